//! `add`: a + b, of two tensors or of a tensor and a number.

use super::operator::{operator, same_sizes};
use crate::compute;
use crate::raw::Raw;
use crate::tensor::Tensor;

operator!(Add, add, add, add_scalar, |number, x| add_scalar(x, number));

/// The sum of two tensors of the same sizes, value by value. Also `a + b`.
///
/// ```
/// use ferrolab::prelude::*;
/// let a = Tensor::<Rank1<2>>::from([1.0, 2.0]);
/// assert_eq!((&a + &a).to_vec(), [2.0, 4.0]);
/// assert_eq!((a + 0.5).to_vec(), [1.5, 2.5]);
/// ```
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn add(a: &Raw, b: &Raw) -> Raw {
    same_sizes("add", a, b);
    let sum = Raw::kept_as(&[a, b], compute::zip("add", &a.array(), &b.array(), |a, b| a + b));
    Raw::from_op("add", sum, &[a, b], |gradient, _| vec![Some(gradient.clone()), Some(gradient.clone())])
}

/// Every value plus `number`. Also `x + number`.
pub fn add_scalar(x: &Raw, number: f32) -> Raw {
    let sum = compute::map_by("add_scalar", [number, 0.0], &x.array(), |x| x + number);
    Raw::from_op("add_scalar", sum, &[x], |gradient, _| vec![Some(gradient.clone())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let b = Array::from_vec(&[2, 2], vec![-1.0, 0.5, 2.0, 0.0]);
        check_gradient(&[a.clone(), b], |x| add(&x[0], &x[1]));
        check_gradient(&[a], |x| add_scalar(&x[0], 3.0));
    }

    #[test]
    fn operators_take_owned_and_borrowed_tensors_and_numbers() {
        let a = || Tensor::<(crate::Const<2>,)>::from([1.0, 2.0]);
        let sums = [a() + a(), &a() + a(), a() + &a(), &a() + &a()];
        assert!(sums.iter().all(|sum| sum.to_vec() == [2.0, 4.0]));
        let sums = [a() + 1.0, &a() + 1.0, 1.0 + a(), 1.0 + &a()];
        assert!(sums.iter().all(|sum| sum.to_vec() == [2.0, 3.0]));
    }

    #[test]
    #[should_panic(expected = "add: the shapes differ: [2] and [3]")]
    fn sizes_that_only_the_running_program_knows_must_be_equal() {
        let a = Tensor::<(usize,)>::from_vec(vec![1.0; 2]);
        let b = Tensor::<(usize,)>::from_vec(vec![1.0; 3]);
        let _ = a + b;
    }
}
