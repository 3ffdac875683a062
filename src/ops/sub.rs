//! `sub`: a - b, of two tensors or of a tensor and a number.

use super::operator::{operator, same_sizes};
use super::{add_scalar, neg};
use crate::compute;
use crate::raw::Raw;
use crate::tensor::Tensor;

operator!(Sub, sub, sub, |x, number: f32| add_scalar(x, -number), |number, x| add_scalar(&neg(x), number));

/// The difference of two tensors of the same sizes, value by value. Also `a - b`.
///
/// ```
/// use ferrolab::prelude::*;
/// let a = Tensor::<Rank1<2>>::from([1.0, 2.0]);
/// let b = Tensor::<Rank1<2>>::from([0.5, 5.0]);
/// assert_eq!((&a - b).to_vec(), [0.5, -3.0]);
/// assert_eq!((1.0 - a).to_vec(), [0.0, -1.0]);
/// ```
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn sub(a: &Raw, b: &Raw) -> Raw {
    same_sizes("sub", a, b);
    let difference = compute::zip("sub", &a.array(), &b.array(), |a, b| a - b);
    Raw::from_op("sub", difference, &[a, b], |gradient, wanted| {
        vec![Some(gradient.clone()), wanted[1].then(|| compute::map("neg", gradient, |g| -g))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[3], vec![1.0, 2.0, 3.0]);
        let b = Array::from_vec(&[3], vec![-1.0, 0.5, 2.0]);
        check_gradient(&[a, b], |x| sub(&x[0], &x[1]));
    }

    #[test]
    fn numbers_stand_on_either_side() {
        let a = Tensor::<(crate::Const<2>,)>::from([1.0, 2.0]);
        assert_eq!((&a - 3.0).to_vec(), [-2.0, -1.0]);
        assert_eq!((3.0 - &a).to_vec(), [2.0, 1.0]);
    }
}
