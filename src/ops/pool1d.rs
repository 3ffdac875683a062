//! `max_pool1d` and `avg_pool1d`: the greatest value, or the mean, of every window of a sequence.

use super::pool2d::{Windows, maxima, means};
use super::reshape;
use crate::raw::Raw;
use crate::shape::{ConvOut, Dim};
use crate::tensor::Tensor;

impl<N: Dim, C: Dim, L: Dim> Tensor<(N, C, L)> {
    /// The greatest value of every window of `K` steps, window beside window: `[N, C, L]` becomes `[N, C, L / K]`, rounded
    /// down.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank3<1, 1, 5>>::from_vec(vec![1.0, 2.0, 4.0, 3.0, 9.0]);
    /// assert_eq!(x.max_pool1d::<2>().to_vec(), [2.0, 4.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn max_pool1d<const K: usize>(&self) -> Tensor<(N, C, ConvOut<L, K, K, 0>)> {
        const { check::<L, K>() }
        Tensor::from_raw(max_pool1d(self.raw(), K, K, 0))
    }

    /// The mean of every window of `K` steps, window beside window: `[N, C, L]` becomes `[N, C, L / K]`, rounded down.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank3<1, 1, 4>>::from_vec(vec![1.0, 2.0, 4.0, 3.0]);
    /// assert_eq!(x.avg_pool1d::<2>().to_vec(), [1.5, 3.5]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn avg_pool1d<const K: usize>(&self) -> Tensor<(N, C, ConvOut<L, K, K, 0>)> {
        const { check::<L, K>() }
        Tensor::from_raw(avg_pool1d(self.raw(), K, K, 0))
    }
}

/// Checks, while compiling, the sizes that are known then.
#[track_caller]
const fn check<L: Dim, const K: usize>() {
    assert!(K > 0, "pooling: the window must be at least 1");
    assert!(L::SIZE >= K, "pooling: the window is larger than the sequence");
}

/// The greatest value of every window of `window` steps of `[n, c, l]` that moves by `stride`; what lies in the padding is
/// never the greatest. The gradient goes to the first of equal ones.
///
/// ***Panics*** unless `x` holds sequences at least as long as the window, or if the padding is more than half of it.
#[track_caller]
pub fn max_pool1d(x: &Raw, window: usize, stride: usize, padding: usize) -> Raw {
    over("max_pool1d", maxima, x, [window, stride, padding])
}

/// The mean of every window of `window` steps of `[n, c, l]` that moves by `stride`; the zeros of the padding count as
/// values.
///
/// ***Panics*** as [`max_pool1d`].
#[track_caller]
pub fn avg_pool1d(x: &Raw, window: usize, stride: usize, padding: usize) -> Raw {
    over("avg_pool1d", means, x, [window, stride, padding])
}

/// Pools sequences as pictures one pixel high.
#[track_caller]
fn over(
    name: &'static str,
    pool: fn(&'static str, &Raw, Windows) -> Raw,
    x: &Raw,
    [window, stride, padding]: [usize; 3],
) -> Raw {
    let sizes = x.sizes();
    let &[n, c, l] = &sizes[..] else {
        panic!("{name}: expected sequences [batch, channels, length], got {sizes:?}")
    };
    let windows = Windows::over_sequences(name, [c, l], window, stride, padding);
    let y = pool(name, &reshape(x, &[n, c, 1, l]), windows);
    let length = y.sizes()[3];
    reshape(&y, &[n, c, length])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    fn sequences() -> Array {
        Array::from_vec(&[2, 3, 7], (0..42).map(|i| ((i * 37) % 42) as f32 / 4.0 - 3.0).collect())
    }

    #[test]
    fn gradient() {
        for (window, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 1, 0), (1, 2, 0)] {
            check_gradient(&[sequences()], |x| max_pool1d(&x[0], window, stride, padding));
            check_gradient(&[sequences()], |x| avg_pool1d(&x[0], window, stride, padding));
        }
    }

    #[test]
    #[should_panic(expected = "max_pool1d: the window (9) is larger than its input (7 steps with padding 0)")]
    fn the_window_must_fit() {
        max_pool1d(&Raw::new(sequences()), 9, 9, 0);
    }
}
