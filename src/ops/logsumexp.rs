//! `logsumexp`: the logarithm of a sum of exponentials, without overflow.

use super::axis::{around, without};
use super::{reshape, unsqueeze};
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::cpu::buffer::Buffer;
use crate::cpu::elementwise::for_lanes;
use crate::cpu::math;
use crate::cpu::reduce::{greatest, sum_of};
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `ln Σ exp(x)` of all values: a scalar. Great values do not overflow.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank1<2>>::from([1000.0, 1000.0]).logsumexp();
    /// assert_eq!(y.item(), 1000.0 + std::f32::consts::LN_2);
    /// ```
    #[inline]
    pub fn logsumexp(&self) -> Tensor<()> {
        Tensor::from_raw(logsumexp(self.raw()))
    }

    /// `ln Σ exp(x)` along axis `A`, which goes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<1, 2>>::from([[3.0, 3.0]]);
    /// assert_eq!(scores.logsumexp_axis::<1>().to_vec(), [3.0 + std::f32::consts::LN_2]);
    /// ```
    #[inline]
    pub fn logsumexp_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(logsumexp_axis(self.raw(), A))
    }

    /// `ln Σ exp(x)` along axis `A`, which stays with size 1: `x - x.logsumexp_axis_keep::<A>().broadcast()` are the
    /// logarithms of probabilities along it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<1, 1>> = Tensor::<Rank2<1, 2>>::from([[0.0, 0.0]]).logsumexp_axis_keep::<1>();
    /// assert_eq!(y.to_vec(), [std::f32::consts::LN_2]);
    /// ```
    #[inline]
    pub fn logsumexp_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&logsumexp_axis(self.raw(), A), A))
    }
}

/// `ln Σ exp(x)` of all values.
pub fn logsumexp(x: &Raw) -> Raw {
    logsumexp_axis(&reshape(x, &[x.len()]), 0)
}

/// `ln Σ exp(x)` along an axis, which goes; minus infinity where it is empty.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn logsumexp_axis(x: &Raw, axis: usize) -> Raw {
    let sizes = x.sizes();
    let blocks = around("logsumexp_axis", &sizes, axis);
    let kept = x.array().row_major();
    if let Some(gpu) = cuda::active() {
        let y = Array::on_gpu(&without(&sizes, axis), Layout::RowMajor, gpu.log_sums(&kept, blocks));
        let logs = y.clone();
        return Raw::from_op("logsumexp_axis", y, &[x], move |gradient, _| {
            vec![Some(gpu.log_sums_slope(gradient, &kept, &logs, blocks))]
        });
    }
    let [outer, size, inner] = blocks;
    let (len, row) = ((size * inner).max(1), inner.max(1));
    let mut y = Buffer::full(outer * inner, f32::NEG_INFINITY);
    for_lanes(
        &mut y,
        row,
        #[inline(always)]
        |i, y| {
            let block = kept.values().get(i * len..(i + 1) * len).unwrap_or_default();
            if let [y] = y {
                let greatest = finite(greatest(block));
                *y = greatest + sum_of(block, |x| math::exp(x - greatest)).ln();
                return;
            }
            for x in block.chunks_exact(row) {
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = if x > *y { x } else { *y });
            }
            let mut sums = vec![0.0; row];
            for x in block.chunks_exact(row) {
                for ((sum, &x), &greatest) in sums.iter_mut().zip(x).zip(&*y) {
                    *sum += math::exp(x - finite(greatest));
                }
            }
            y.iter_mut().zip(sums).for_each(|(y, sum)| *y = finite(*y) + math::ln(sum));
        },
    );
    let y = Array::new(&without(&sizes, axis), Layout::RowMajor, y);
    let logs = y.clone();
    Raw::from_op("logsumexp_axis", y, &[x], move |gradient, _| {
        // The slopes are the softmax along the axis.
        let gradient = gradient.row_major();
        let mut dx = Buffer::scratch(kept.len());
        for_lanes(
            &mut dx,
            len,
            #[inline(always)]
            |i, dx| {
                let x = &kept.values()[i * len..][..len];
                let [y, g] = [&logs, &gradient].map(|of| &of.values()[i * row..][..row]);
                if let ([y], [g]) = (y, g) {
                    return dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = g * math::exp(x - finite(*y)));
                }
                for (dx, x) in dx.chunks_exact_mut(row).zip(x.chunks_exact(row)) {
                    for (((dx, x), y), g) in dx.iter_mut().zip(x).zip(y).zip(g) {
                        *dx = g * math::exp(x - finite(*y));
                    }
                }
            },
        );
        vec![Some(Array::new(&sizes, Layout::RowMajor, dx))]
    })
}

/// 0 in place of an infinity, whose difference from itself is unknown.
#[inline(always)]
fn finite(x: f32) -> f32 {
    if x.abs() == f32::INFINITY { 0.0 } else { x }
}

/// `ln Σ exp(x)` in double precision, for chains of many sums; of nothing, or of impossible things only, -∞.
pub(crate) fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + values.map(|value| (value - greatest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 4.0 - 1.0).collect());
        for axis in 0..3 {
            check_gradient(std::slice::from_ref(&x), |x| logsumexp_axis(&x[0], axis));
        }
        check_gradient(&[x], |x| logsumexp(&x[0]));
    }

    #[test]
    fn infinities_are_as_in_the_formula() {
        let of =
            |values: Vec<f32>| logsumexp(&Raw::new(Array::from_vec(&[values.len()], values))).to_vec()[0];
        assert_eq!(of(vec![f32::NEG_INFINITY; 2]), f32::NEG_INFINITY);
        assert_eq!(of(vec![f32::NEG_INFINITY, 3.0]), 3.0);
        assert_eq!(of(vec![f32::INFINITY, 3.0]), f32::INFINITY);
        assert_eq!(of(vec![]), f32::NEG_INFINITY);
        assert!(of(vec![f32::NAN, 3.0]).is_nan() && of(vec![3.0, f32::NAN]).is_nan());
        let x = Raw::new(Array::full(&[2], f32::NEG_INFINITY)).requires_grad();
        assert_eq!(backward(&logsumexp(&x)).of_raw(&x).to_vec(), [0.0; 2]);
    }

    #[test]
    fn rows_of_every_length_are_those_of_the_cpu() {
        for sizes in [[1, 40_000, 1], [300, 20_000, 1], [3, 1025, 5], [9, 33, 7], [2, 0, 3]] {
            let x = crate::random::Generator::new(1).uniform(&sizes, -3.0, 5.0);
            agrees_within(1e-4, &[x], |x| logsumexp_axis(&x[0], 1));
        }
    }
}
