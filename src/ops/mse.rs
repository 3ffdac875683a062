//! `mse`: the mean squared error.

use super::operator::same_sizes;
use crate::array::Array;
use crate::compute;
use crate::cpu::reduce;
use crate::raw::Raw;

/// The mean of `(a - b)²`, of two tensors of the same sizes.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn mse(a: &Raw, b: &Raw) -> Raw {
    same_sizes("mse", a, b);
    let difference = compute::zip("sub", &a.array(), &b.array(), |a, b| a - b);
    let squares = compute::map("square", &difference, |d| d * d);
    let n = difference.len() as f32;
    let loss = Array::full(&[], reduce::sum(squares.values()) / n);
    Raw::from_op("mse", loss, &[a, b], move |gradient, wanted| {
        let slope = 2.0 * gradient.values()[0] / n;
        let times = |slope: f32| compute::map_by("mul_scalar", [slope, 0.0], &difference, |d| d * slope);
        vec![wanted[0].then(|| times(slope)), wanted[1].then(|| times(-slope))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[3], vec![1.0, -2.0, 0.5]);
        let b = Array::from_vec(&[3], vec![0.0, 1.0, 2.0]);
        check_gradient(&[a, b], |x| mse(&x[0], &x[1]));
    }

    #[test]
    fn values() {
        let a = Raw::new(Array::from_vec(&[2], vec![1.0, 4.0]));
        let b = Raw::new(Array::from_vec(&[2], vec![0.0, 1.0]));
        assert_eq!(mse(&a, &b).to_vec(), [5.0]);
    }
}
