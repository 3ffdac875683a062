//! `mae`: the mean absolute error, PyTorch's `l1_loss`.

use super::pairs::{Pair, mean_of_pairs};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// The mean of the absolute differences, PyTorch's `l1_loss`: less moved by outliers than [`mse`](crate::loss::mse).
///
/// ```
/// use ferrolab::prelude::*;
/// let prediction = Tensor::<Rank1<2>>::from([1.0, 5.0]);
/// assert_eq!(loss::mae(&prediction, &Tensor::from([2.0, 3.0])).item(), 1.5); // (1 + 2) / 2
/// ```
#[inline]
#[track_caller]
pub fn mae<S: Shape, R: SameAs<S> + Shape>(prediction: &Tensor<S>, target: &Tensor<R>) -> Tensor<()> {
    const { same_shape::<S, R>("mae") }
    Tensor::from_raw(raw(prediction.raw(), target.raw()))
}

/// The gradient is 0 where prediction and target are equal.
#[track_caller]
fn raw(prediction: &Raw, target: &Raw) -> Raw {
    let sign = |d: f32| if d == 0.0 { 0.0 } else { d.signum() };
    let pair = Pair {
        value: |p: f32, t: f32| (p - t).abs(),
        by_prediction: move |p, t| sign(p - t),
        by_target: move |p, t| -sign(p - t),
    };
    mean_of_pairs("mae", [0.0; 2], [prediction, target], prediction.len(), pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[3], vec![1.0, -2.0, 0.5]);
        let b = Array::from_vec(&[3], vec![0.0, 1.0, 2.0]);
        check_gradient(&[a, b], |x| raw(&x[0], &x[1]));
    }

    #[test]
    #[should_panic(expected = "mae: the shapes differ: [3] and [2]")]
    fn the_shapes_are_compared() {
        let long = Tensor::<(usize,)>::from_vec(vec![0.0; 3]);
        mae(&long, &Tensor::<(usize,)>::from_vec(vec![0.0; 2]));
    }

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 3001], -1.0, 1.0));
        agrees_within(1e-4, &pair, |x| raw(&x[0], &x[1]));
    }
}
