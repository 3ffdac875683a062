//! [`TemperatureScaling`]: probabilities that can be believed, by one number.

use crate::loss::Labels;
use crate::shape::{Const, Dim, Fits, same_size};
use crate::tensor::Tensor;

/// Networks that are trained for long are too sure of themselves. Dividing all scores by one number, the temperature, before
/// the softmax mends most of it and changes no decision (Guo et al. 2017). The temperature is found on examples that the network
/// was not trained on: the one that makes their cross entropy smallest.
///
/// ```
/// use ferrolab::metrics::TemperatureScaling;
/// use ferrolab::prelude::*;
/// // Very sure, and wrong one time out of four.
/// let scores = Tensor::<Rank2<4, 2>>::from([[9.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 0.0]]);
/// let scaling = TemperatureScaling::fit(&scores, &Labels::from([0, 0, 1, 1]));
/// assert!((scaling.temperature - 9.0 / 3f32.ln()).abs() < 1e-2);
/// let honest = scaling.probabilities(&scores).to_vec();
/// assert!((honest[0] - 0.75).abs() < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TemperatureScaling {
    /// What the scores are divided by: above 1 if the network was too sure, below if it was not sure enough.
    pub temperature: f32,
}

/// The temperatures that are tried.
const RANGE: (f64, f64) = (0.01, 100.0);

impl TemperatureScaling {
    /// The temperature, from 0.01 to 100, with the smallest cross entropy of these scores and labels.
    ///
    /// ***Panics*** if there are not as many rows as labels, or none.
    #[track_caller]
    pub fn fit<B: Dim + Fits<D>, D: Dim, const C: usize>(
        scores: &Tensor<(B, Const<C>)>,
        labels: &Labels<D, C>,
    ) -> TemperatureScaling {
        const { same_size("TemperatureScaling", "the batches of scores and labels", B::SIZE, D::SIZE) }
        TemperatureScaling { temperature: best(&scores.to_vec(), C, labels.as_slice()) }
    }

    /// The scores divided by the temperature.
    #[inline]
    pub fn scaled<B: Dim, const C: usize>(&self, scores: &Tensor<(B, Const<C>)>) -> Tensor<(B, Const<C>)> {
        scores / self.temperature
    }

    /// The softmax of the [`scaled`](Self::scaled) scores: `[batch, C]`.
    #[inline]
    pub fn probabilities<B: Dim, const C: usize>(
        &self,
        scores: &Tensor<(B, Const<C>)>,
    ) -> Tensor<(B, Const<C>)> {
        self.scaled(scores).softmax()
    }
}

/// By halving the range of the inverse temperature, of which the cross entropy is a convex function.
#[track_caller]
fn best(scores: &[f32], classes: usize, labels: &[usize]) -> f32 {
    let rows = scores.len() / classes.max(1);
    assert!(rows == labels.len(), "TemperatureScaling: {rows} rows of scores, but {} labels", labels.len());
    assert!(rows > 0, "TemperatureScaling: no examples to fit to");
    let (mut low, mut high) = ((1.0 / RANGE.1).ln(), (1.0 / RANGE.0).ln());
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if slope(scores, classes, labels, middle.exp()) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (-0.5 * (low + high)).exp() as f32
}

/// The derivative of the summed cross entropy by the inverse temperature: what the scores are expected to be, less what those of
/// the labels are.
fn slope(scores: &[f32], classes: usize, labels: &[usize], inverse: f64) -> f64 {
    let row = |row: &[f32], label: usize| {
        let most = row.iter().fold(f32::NEG_INFINITY, |most, &score| most.max(score));
        let (mut weights, mut sum) = (0.0, 0.0);
        for &score in row {
            let weight = (inverse * f64::from(score - most)).exp();
            weights += weight;
            sum += weight * f64::from(score);
        }
        sum / weights - f64::from(row[label])
    };
    scores.chunks_exact(classes).zip(labels).map(|(scores, &label)| row(scores, label)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_mistakes_it_gets_as_cold_and_without_knowledge_as_hot_as_it_may() {
        // Colder than this changes nothing in 64 bits.
        assert!(best(&[1.0, 0.0, 0.0, 1.0], 2, &[0, 1]) < 0.05);
        assert!((best(&[1.0, 0.0, 0.0, 1.0], 2, &[1, 0]) - 100.0).abs() < 0.1);
    }

    #[test]
    fn decisions_stay() {
        use crate::prelude::*;
        let scores = Tensor::<Rank2<2, 3>>::from([[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]]);
        let scaling = TemperatureScaling { temperature: 7.0 };
        assert_eq!(scaling.probabilities(&scores).argmax(), scores.argmax());
    }

    #[test]
    #[should_panic(expected = "TemperatureScaling: 2 rows of scores, but 1 labels")]
    fn there_is_a_label_for_each_row() {
        best(&[0.0; 4], 2, &[0]);
    }
}
