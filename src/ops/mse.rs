//! `mse`: the mean squared error.

use super::operator::same_sizes;
use crate::array::Array;
use crate::compute;
use crate::cpu::reduce;
use crate::cuda::{self, Side};
use crate::raw::Raw;

/// The mean of `(a - b)²`, of two tensors of the same sizes.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn mse(a: &Raw, b: &Raw) -> Raw {
    same_sizes("mse", a, b);
    if let Some(gpu) = cuda::active() {
        let (pair, n) = ([a.array(), b.array()], a.len() as f32);
        let loss = gpu.mean_of_pairs("mse", [0.0; 2], pair.each_ref(), n);
        return Raw::from_op("mse", loss, &[a, b], move |gradient, wanted| {
            let of = |side| gpu.slope_of_pairs(("mse", side), [0.0; 2], pair.each_ref(), gradient, n);
            vec![wanted[0].then(|| of(Side::Prediction)), wanted[1].then(|| of(Side::Target))]
        });
    }
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
    use crate::cuda::agreement::agrees_within;

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

    #[test]
    fn many_pairs_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[3, 2, 70, 11], -1.0, 2.0));
        agrees_within(1e-4, &pair, |x| mse(&x[0], &x[1]));
        agrees_within(1e-4, &[pair[0].channels_last(), pair[1].clone()], |x| mse(&x[0], &x[1]));
    }
}
