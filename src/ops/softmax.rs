//! `softmax`: exp(x) / Σ exp(x) along the last axis.

use crate::axes::LastAxis;
use crate::cpu::elementwise::{for_lanes, map_lanes};
use crate::cpu::math;
use crate::cpu::reduce::{dot, greatest, sum_of};
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Probabilities along the last axis: `exp(x) / Σ exp(x)`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<1, 2>>::from([[3.0, 3.0]]).softmax().to_vec(), [0.5, 0.5]);
    /// ```
    #[inline]
    pub fn softmax(&self) -> Self
    where
        S: LastAxis,
    {
        Tensor::from_raw(softmax(self.raw()))
    }
}

/// `exp(x) / Σ exp(x)` along the last axis.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn softmax(x: &Raw) -> Raw {
    if let Some(gpu) = cuda::active() {
        let y = gpu.softmax("softmax", &x.array());
        let kept = y.clone();
        return Raw::from_op("softmax", y, &[x], move |gradient, _| {
            vec![Some(gpu.softmax_slope("softmax", gradient, &kept))]
        });
    }
    let y = map_lanes(&x.array(), "softmax", softmax_row);
    let kept = y.clone();
    Raw::from_op("softmax", y, &[x], move |gradient, _| {
        // dx = y (g - Σ g y)
        let last = kept.sizes().last().copied().unwrap_or(1);
        let mut dx = gradient.row_major();
        for_lanes(
            dx.values_mut(),
            last,
            #[inline(always)]
            |i, row| {
                let y = &kept.values()[i * last..][..last];
                let along = dot(row, y);
                row.iter_mut().zip(y).for_each(|(g, y)| *g = y * (*g - along));
            },
        );
        vec![Some(dx)]
    })
}

/// Turns scores into probabilities; the greatest is taken off first, so that nothing overflows.
#[inline(always)]
pub(super) fn softmax_row(row: &mut [f32]) {
    let greatest = greatest(row);
    row.iter_mut().for_each(|x| *x = math::exp(*x - greatest));
    let sum = sum_of(row, |x| x);
    row.iter_mut().for_each(|x| *x /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 3], vec![1.0, -2.0, 0.5, 0.3, 0.0, 1.5])], |x| softmax(&x[0]));
    }

    #[test]
    fn great_scores_do_not_overflow() {
        let x = Raw::new(Array::from_vec(&[2, 2], vec![1000.0, 1000.0, -1000.0, 0.0]));
        assert_eq!(softmax(&x).to_vec(), [0.5, 0.5, 0.0, 1.0]);
    }

    #[test]
    fn values() {
        let y = softmax(&Raw::new(Array::from_vec(&[3], vec![1.0, 2.0, 3.0]))).to_vec();
        let expected = [0.090_030_57, 0.244_728_48, 0.665_240_94];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-6), "{y:?}");
    }

    #[test]
    fn rows_of_every_length_are_those_of_the_cpu() {
        for sizes in [[5, 1], [9, 33], [3, 1024], [2, 1025], [2, 9000], [0, 3], [3, 0]] {
            agrees_within(1e-4, &[crate::random::Generator::new(1).uniform(&sizes, -3.0, 5.0)], |x| {
                softmax(&x[0])
            });
        }
    }

    #[test]
    fn infinities_leave_rows_unknown() {
        let (most, least) = (f32::INFINITY, f32::NEG_INFINITY);
        let rows = vec![most, 1.0, least, least, least, 1.0, f32::NAN, 1.0];
        let y = softmax(&Raw::new(Array::from_vec(&[4, 2], rows))).to_vec();
        assert!(y[..4].iter().chain(&y[6..]).all(|y| y.is_nan()), "{y:?}");
        assert_eq!(y[4..6], [0.0, 1.0]);
    }
}
