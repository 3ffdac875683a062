//! Sanity checks: does a map depend on what the model has learnt, or only on the picture?

use crate::array::Array;
use crate::nn::Module;
use crate::random;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Runs `body` while the last `count` parameter tensors of the model are random: each keeps its values, in another order. A map
/// that hardly changes lies about what the model has learnt (Adebayo et al. 2018, <https://arxiv.org/abs/1810.03292>, whose
/// cascade grows `count` from the last layer on). The model is then as before, also if `body` panics.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));
/// let image = Tensor::<Rank4<1, 3, 8, 8>>::uniform(0.0, 1.0);
/// let learnt = explain::saliency(&model, &image, 7);
/// let random = explain::sanity::randomised(&model, 2, || explain::saliency(&model, &image, 7));
/// let similarity = explain::sanity::rank_correlation(&learnt, &random);
/// assert!(similarity < 0.99);
/// assert_eq!(explain::saliency(&model, &image, 7).to_vec(), learnt.to_vec());
/// ```
///
/// ***Panics*** if the model has fewer parameter tensors.
#[track_caller]
pub fn randomised<T>(model: &impl Module, count: usize, body: impl FnOnce() -> T) -> T {
    let parameters = model.parameters();
    assert!(
        count <= parameters.len(),
        "randomised: the model has {} parameter tensors, not {count}",
        parameters.len()
    );
    let _restored = Shuffled::new(parameters.into_iter().rev().take(count).map(|(_, parameter)| parameter));
    body()
}

/// Parameters in disorder, and their own values for when it is dropped.
struct Shuffled(Vec<(Raw, Array)>);

impl Shuffled {
    fn new(parameters: impl Iterator<Item = Raw>) -> Self {
        let shuffle = |parameter: Raw| {
            let values = parameter.array();
            let old = values.to_vec();
            let order = random::permutation(old.len());
            parameter.update(|new| new.iter_mut().zip(order).for_each(|(new, from)| *new = old[from]));
            (parameter, values)
        };
        Shuffled(parameters.map(shuffle).collect())
    }
}

impl Drop for Shuffled {
    fn drop(&mut self) {
        self.0.drain(..).for_each(|(parameter, values)| parameter.set(values));
    }
}

/// Spearman's rank correlation of two maps: 1 if they order the pixels alike, 0 if they have nothing in common, -1 if one is
/// the other upside down. Equal values share their ranks.
///
/// ```
/// use ferrolab::prelude::*;
/// let map = Tensor::<Rank1<4>>::from([0.1, 0.5, 0.2, 0.9]);
/// assert_eq!(explain::sanity::rank_correlation(&map, &(&map * 3.0)), 1.0);
/// assert_eq!(explain::sanity::rank_correlation(&map, &(-&map)), -1.0);
/// ```
///
/// NaN if all values of one map are equal.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn rank_correlation<S: Shape>(a: &Tensor<S>, b: &Tensor<S>) -> f32 {
    assert!(a.shape() == b.shape(), "the maps differ in shape: {:?} and {:?}", a.shape(), b.shape());
    correlation(&ranks(&a.to_vec()), &ranks(&b.to_vec()))
}

/// The place of each value in the order of size, from 0; equal values get the mean of their places.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut smaller = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = smaller as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|&place| ranks[place] = rank);
        smaller += equal.len();
    }
    ranks
}

/// Pearson's correlation.
fn correlation(a: &[f64], b: &[f64]) -> f32 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        (both, of_a, of_b) = (both + a * b, of_a + a * a, of_b + b * b);
    }
    (both / (of_a * of_b).sqrt()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.0]), [2.5, 1.0, 2.5, 0.0]);
    }

    #[test]
    fn the_model_is_as_before_also_after_a_panic() {
        use crate::prelude::*;
        let model = sequential!(Input([8]).dense(8).dense(3));
        let before: Vec<_> = model.parameters().iter().map(|(_, p)| p.to_vec()).collect();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            randomised(&model, 4, || panic!("in the middle"))
        }));
        assert!(panicked.is_err());
        assert_eq!(model.parameters().iter().map(|(_, p)| p.to_vec()).collect::<Vec<_>>(), before);
    }
}
