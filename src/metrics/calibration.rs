//! Whether probabilities can be believed: [`CalibrationCurve`], [`expected_calibration_error`].

/// Of the examples to which a model gives about the same probability, how many are a yes: if it says 80 %, it should be right
/// four times out of five. The probabilities from 0 to 1 are cut into bins of equal width; empty ones are left out. Scikit-learn's
/// `calibration_curve`.
///
/// ```
/// use ferrolab::metrics::CalibrationCurve;
/// let curve = CalibrationCurve::new(&[0.1, 0.15, 0.9, 0.95, 0.9, 0.95], &[0, 0, 1, 0, 1, 1], 5);
/// assert_eq!(curve.counts, [2, 4]);
/// assert_eq!(curve.observed, [0.0, 0.75]);
/// assert!((curve.predicted[1] - 0.925).abs() < 1e-6); // too sure: 92.5 % said, 75 % right
/// ```
///
/// Of more than two classes: take the greatest probability of each example, and 1 as its label if that class is the right one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CalibrationCurve {
    /// The mean of the probabilities in each bin.
    pub predicted: Vec<f32>,
    /// The share of yeses in each bin.
    pub observed: Vec<f32>,
    /// How many examples each bin has.
    pub counts: Vec<usize>,
}

impl CalibrationCurve {
    /// From probabilities of a yes and labels, 1 for yes and 0 for no. A probability on the border of two bins belongs to the
    /// lower one.
    ///
    /// ***Panics*** if there are no bins, not as many probabilities as labels, a label is neither 0 nor 1, or a probability is not
    /// from 0 to 1.
    #[track_caller]
    pub fn new(probabilities: &[f32], labels: &[usize], bins: usize) -> CalibrationCurve {
        let (p, l) = (probabilities.len(), labels.len());
        assert!(bins > 0, "calibration: at least one bin is needed");
        assert!(p == l, "calibration: {p} probabilities, but {l} labels");
        if let Some(label) = labels.iter().find(|&&label| label > 1) {
            panic!("calibration: expected labels 0 (no) and 1 (yes), got {label}");
        }
        if let Some(wrong) = probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            panic!(
                "calibration: expected probabilities from 0 to 1, got {wrong}: is a softmax or sigmoid missing?"
            );
        }
        let borders: Vec<f64> = (1..bins).map(|bin| bin as f64 / bins as f64).collect();
        // Of each bin: the sum of the probabilities, the yeses, the examples.
        let mut sums = vec![(0.0f64, 0usize, 0usize); bins];
        for (&probability, &label) in probabilities.iter().zip(labels) {
            let probability = f64::from(probability);
            let (total, yeses, count) = &mut sums[borders.partition_point(|&border| border < probability)];
            (*total, *yeses, *count) = (*total + probability, *yeses + label, *count + 1);
        }
        sums.retain(|(_, _, count)| *count > 0);
        CalibrationCurve {
            predicted: sums.iter().map(|(total, _, count)| (total / *count as f64) as f32).collect(),
            observed: sums.iter().map(|(_, yeses, count)| (*yeses as f64 / *count as f64) as f32).collect(),
            counts: sums.iter().map(|(_, _, count)| *count).collect(),
        }
    }

    /// The expected calibration error: the mean distance between what is said and what is true, each bin counting by its examples
    /// (Naeini et al. 2015). 0 is best; NaN if there are no examples.
    pub fn error(&self) -> f32 {
        let count: usize = self.counts.iter().sum();
        let distance = |bin: usize| (f64::from(self.predicted[bin]) - f64::from(self.observed[bin])).abs();
        let total: f64 = (0..self.counts.len()).map(|bin| self.counts[bin] as f64 * distance(bin)).sum();
        (total / count as f64) as f32
    }

    /// The reliability diagram: what is said against what is true. On the diagonal, the probabilities can be taken at their word;
    /// below it, the model is too sure of a yes.
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> crate::plot::Chart {
        use crate::plot::{LineChart, Plot};
        LineChart::new(format!("Reliability, error {:.3}", self.error()))
            .axes("probability that is said", "share that is true")
            .line_xy("the model", &self.predicted, &self.observed)
            .dashed("as it should be", &[0.0, 1.0], &[0.0, 1.0])
            .x_range(0.0, 1.0)
            .size(420, 400)
            .chart()
    }
}

/// The mean distance between the probabilities of a yes and the share of yeses, over bins of equal width: the
/// [`error`](CalibrationCurve::error) of a [`CalibrationCurve`].
///
/// ```
/// use ferrolab::metrics::expected_calibration_error;
/// let sure = [0.9, 0.9, 0.9, 0.9];
/// assert!((expected_calibration_error(&sure, &[1, 1, 0, 0], 10) - 0.4).abs() < 1e-6); // 90 % said, 50 % true
/// ```
///
/// ***Panics*** as [`CalibrationCurve::new`] does.
#[track_caller]
pub fn expected_calibration_error(probabilities: &[f32], labels: &[usize], bins: usize) -> f32 {
    CalibrationCurve::new(probabilities, labels, bins).error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_belong_to_the_lower_bin_and_the_ends_to_the_last_ones() {
        let curve = CalibrationCurve::new(&[0.0, 0.5, 0.75, 1.0], &[0, 1, 1, 1], 2);
        assert_eq!((curve.counts, curve.predicted), (vec![2, 2], vec![0.25, 0.875]));
        assert!(expected_calibration_error(&[], &[], 3).is_nan());
    }

    #[cfg(feature = "plot")]
    #[test]
    fn the_chart_says_the_error() {
        let chart = CalibrationCurve::new(&[0.25, 0.75], &[0, 1], 4).plot();
        assert!(
            chart.text().starts_with("Reliability, error 0.250: the model, 2 points"),
            "{}",
            chart.text()
        );
    }

    #[test]
    #[should_panic(expected = "calibration: expected probabilities from 0 to 1, got 1.5")]
    fn scores_are_not_probabilities() {
        CalibrationCurve::new(&[1.5], &[1], 10);
    }

    #[test]
    #[should_panic(expected = "calibration: 2 probabilities, but 1 labels")]
    fn there_is_a_label_for_each() {
        CalibrationCurve::new(&[0.5, 0.5], &[1], 10);
    }
}
