//! `softmax`: exp(x) / Σ exp(x) along the last axis.

use crate::axes::LastAxis;
use crate::cpu::elementwise::map_lanes;
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
    let y = map_lanes(&x.array(), "softmax", softmax_row);
    let kept = y.clone();
    Raw::from_op("softmax", y, &[x], move |gradient, _| {
        // dx = y (g - Σ g y)
        let last = kept.sizes().last().copied().unwrap_or(1);
        let mut dx = gradient.row_major();
        for (row, y) in dx.values_mut().chunks_mut(last.max(1)).zip(kept.values().chunks(last.max(1))) {
            let dot: f32 = row.iter().zip(y).map(|(g, y)| g * y).sum();
            row.iter_mut().zip(y).for_each(|(g, y)| *g = y * (*g - dot));
        }
        vec![Some(dx)]
    })
}

/// Turns scores into probabilities; the greatest is taken off first, so that nothing overflows.
pub(super) fn softmax_row(row: &mut [f32]) {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|x| *x = (*x - max).exp());
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|x| *x /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

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
}
