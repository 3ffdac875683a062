//! `div`: a / b value by value, of two tensors or of a tensor and a number.

use super::mul_scalar;
use super::operator::{operator, same_sizes};
use crate::compute;
use crate::raw::Raw;
use crate::tensor::Tensor;

operator!(Div, div, div, |x, number: f32| mul_scalar(x, 1.0 / number), scalar_div);

/// The quotient of two tensors of the same sizes, value by value. Also `a / b`.
///
/// ```
/// use ferrolab::prelude::*;
/// let a = Tensor::<Rank1<2>>::from([1.0, 4.0]);
/// let b = Tensor::<Rank1<2>>::from([2.0, 8.0]);
/// assert_eq!((&a / b).to_vec(), [0.5, 0.5]);
/// assert_eq!((2.0 / a).to_vec(), [2.0, 0.5]);
/// ```
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn div(a: &Raw, b: &Raw) -> Raw {
    same_sizes("div", a, b);
    let divisor = b.array();
    let quotient = compute::zip("div", &a.array(), &divisor, |a, b| a / b);
    let kept = quotient.clone();
    Raw::from_op("div", quotient, &[a, b], move |gradient, wanted| {
        let of_a = compute::zip("div", gradient, &divisor, |g, b| g / b);
        // d(a/b)/db = -a/b² = -y/b
        let of_b =
            wanted[1].then(|| compute::zip("mul", &compute::map("neg", &of_a, |g| -g), &kept, |g, y| g * y));
        vec![Some(of_a), of_b]
    })
}

/// `number` divided by every value. Also `number / x`.
pub fn scalar_div(number: f32, x: &Raw) -> Raw {
    let quotient = compute::map_by("scalar_div", [number, 0.0], &x.array(), |x| number / x);
    let divisor = x.array();
    Raw::from_op("scalar_div", quotient, &[x], move |gradient, _| {
        let slope = |g: f32, x: f32| g * (-(number / x) / x);
        vec![Some(compute::slope_by("scalar_div", [number, 0.0], gradient, &divisor, slope))]
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
        let b = Array::from_vec(&[3], vec![-1.0, 0.8, 2.0]);
        check_gradient(&[a, b.clone()], |x| div(&x[0], &x[1]));
        check_gradient(&[b], |x| scalar_div(3.0, &x[0]));
    }

    #[test]
    fn numbers_stand_on_either_side() {
        let a = Tensor::<(crate::Const<2>,)>::from([1.0, 2.0]);
        assert_eq!((&a / 4.0).to_vec(), [0.25, 0.5]);
        assert_eq!((4.0 / &a).to_vec(), [4.0, 2.0]);
    }
}
