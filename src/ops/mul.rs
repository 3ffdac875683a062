//! `mul`: a * b value by value, of two tensors or of a tensor and a number.

use super::operator::{operator, same_sizes};
use crate::array::Array;
use crate::compute;
use crate::raw::Raw;
use crate::tensor::Tensor;

operator!(Mul, mul, mul, mul_scalar, |number, x| mul_scalar(x, number));

/// The product of two tensors of the same sizes, value by value. Also `a * b`; see [`super::matmul`] for matrices.
///
/// ```
/// use ferrolab::prelude::*;
/// let a = Tensor::<Rank1<2>>::from([2.0, 3.0]);
/// assert_eq!((&a * &a).to_vec(), [4.0, 9.0]);
/// assert_eq!((a * 10.0).to_vec(), [20.0, 30.0]);
/// ```
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn mul(a: &Raw, b: &Raw) -> Raw {
    same_sizes("mul", a, b);
    let (left, right) = (a.array(), b.array());
    let product = compute::zip("mul", &left, &right, |a, b| a * b);
    Raw::from_op("mul", product, &[a, b], move |gradient, wanted| {
        let times = |other| compute::zip("mul", gradient, other, |g, other| g * other);
        vec![wanted[0].then(|| times(&right)), wanted[1].then(|| times(&left))]
    })
}

/// Every value times `number`. Also `x * number`.
pub fn mul_scalar(x: &Raw, number: f32) -> Raw {
    let times = move |x: &Array| compute::map_by("mul_scalar", [number, 0.0], x, |x| x * number);
    Raw::from_op("mul_scalar", times(&x.array()), &[x], move |gradient, _| vec![Some(times(gradient))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[3], vec![1.0, 2.0, 3.0]);
        let b = Array::from_vec(&[3], vec![-1.0, 0.5, 2.0]);
        check_gradient(&[a.clone(), b], |x| mul(&x[0], &x[1]));
        check_gradient(std::slice::from_ref(&a), |x| mul(&x[0], &x[0]));
        check_gradient(&[a], |x| mul_scalar(&x[0], -1.5));
    }

    #[test]
    fn a_constant_factor_gets_no_gradient_but_passes_one_on() {
        let x = Tensor::<(crate::Const<2>,)>::from([1.0, 2.0]).requires_grad();
        let constant = Tensor::<(crate::Const<2>,)>::from([3.0, 4.0]);
        let gradients = (&x * &constant).sum().backward();
        assert_eq!(gradients.of(&x).to_vec(), [3.0, 4.0]);
        assert!(gradients.get(constant.raw()).is_none());
    }
}
