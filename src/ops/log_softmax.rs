//! `log_softmax`: the logarithm of `softmax`, without its rounding.

use super::softmax::softmax_row;
use crate::axes::LastAxis;
use crate::cpu::elementwise::{for_lanes, map_lanes};
use crate::cpu::math;
use crate::cpu::reduce::{greatest, sum_of};
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Logarithms of probabilities along the last axis: `x - ln Σ exp(x)`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank2<1, 2>>::from([[3.0, 3.0]]).log_softmax();
    /// assert_eq!(y.to_vec(), [-std::f32::consts::LN_2; 2]);
    /// ```
    #[inline]
    pub fn log_softmax(&self) -> Self
    where
        S: LastAxis,
    {
        Tensor::from_raw(log_softmax(self.raw()))
    }
}

/// `x - ln Σ exp(x)` along the last axis.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn log_softmax(x: &Raw) -> Raw {
    if let Some(gpu) = cuda::active() {
        let y = gpu.softmax("log_softmax", &x.array());
        let kept = y.clone();
        return Raw::from_op("log_softmax", y, &[x], move |gradient, _| {
            vec![Some(gpu.softmax_slope("log_softmax", gradient, &kept))]
        });
    }
    let scores = x.array();
    let y = map_lanes(
        &scores,
        "log_softmax",
        #[inline(always)]
        |row| {
            let log_sum = log_sum_exp(row);
            row.iter_mut().for_each(|x| *x -= log_sum);
        },
    );
    Raw::from_op("log_softmax", y, &[x], move |gradient, _| {
        // dx = g - softmax(x) Σ g
        let mut dx = map_lanes(&scores, "softmax", softmax_row);
        let last = dx.sizes().last().copied().unwrap_or(1).max(1);
        let gradient = gradient.row_major();
        for_lanes(
            dx.values_mut(),
            last,
            #[inline(always)]
            |i, row| {
                let g = &gradient.values()[i * last..][..last];
                let sum = sum_of(g, |g| g);
                row.iter_mut().zip(g).for_each(|(p, g)| *p = g - *p * sum);
            },
        );
        vec![Some(dx)]
    })
}

/// `ln Σ exp(x)` without overflow.
#[inline(always)]
pub(super) fn log_sum_exp(row: &[f32]) -> f32 {
    let greatest = greatest(row);
    sum_of(row, |x| math::exp(x - greatest)).ln() + greatest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 3], vec![1.0, -2.0, 0.5, 0.3, 0.0, 1.5])], |x| {
            log_softmax(&x[0])
        });
    }

    #[test]
    fn tiny_probabilities_keep_their_logarithm() {
        let x = Raw::new(Array::from_vec(&[2], vec![0.0, 1000.0]));
        assert_eq!(log_softmax(&x).to_vec(), [-1000.0, 0.0]);
    }

    #[test]
    fn rows_of_every_length_are_those_of_the_cpu() {
        for sizes in [[5, 1], [9, 33], [3, 1024], [2, 1025], [2, 9000], [0, 3], [3, 0]] {
            agrees_within(1e-4, &[crate::random::Generator::new(1).uniform(&sizes, -3.0, 5.0)], |x| {
                log_softmax(&x[0])
            });
        }
    }

    #[test]
    fn infinities_leave_rows_unknown() {
        let (most, least) = (f32::INFINITY, f32::NEG_INFINITY);
        let rows = vec![most, 1.0, least, least, least, 1.0, f32::NAN, 1.0];
        let y = log_softmax(&Raw::new(Array::from_vec(&[4, 2], rows))).to_vec();
        assert!(y[..4].iter().chain(&y[6..]).all(|y| y.is_nan()), "{y:?}");
        assert_eq!(y[4..6], [least, 0.0]);
    }
}
