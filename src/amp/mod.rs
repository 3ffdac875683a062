//! Automatic mixed precision: [`autocast`] computes matrix products with numbers of 16 bits, [`GradScaler`] keeps gradients
//! of 16 bits from vanishing. The names and the rules are PyTorch's `torch.amp`.
//!
//! What happens inside `autocast`:
//!
//! | operations | inputs | sums | results |
//! |---|---|---|---|
//! | `matmul`, `einsum`, linear layers, convolutions, recurrent cells, attention | rounded to 16 bits | in 32 bits | rounded |
//! | activations, pooling, batch normalisation, dropout, `a + b`, `reshape`, `permute`, `cat`, `slice`, of such results | as they are | in 32 bits | rounded |
//! | everything else: softmax, layer normalisation, reductions, losses | as they are | in 32 bits | 32 bits |
//!
//! Rounding is to the nearest, ties to even. Gradients are rounded where the values were. Parameters, their gradients when
//! they arrive, and what optimisers remember stay in 32 bits.
//!
//! What a graph keeps for its backward pass it keeps in the 16 bits. Of the course's CNN (`tests/memory.rs`) that is 52 % of
//! the bytes between forward and backward pass; the most that a whole step takes falls less, to 89 %, because the gradients
//! on their way take 32 bits. That, and seeing what 16 bits do to the accuracy, is all that is won on the CPU: its kernels
//! compute in 32 bits, so every number is brought to them first, which costs some time. On the CPU, 16 bits are not faster.

mod scaler;

use std::cell::Cell;

use crate::array::Array;
use crate::cpu::half;
use crate::cuda;

pub use scaler::{GradScaler, ScalerState};

/// How a number is kept in 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// bfloat16: as far as `f32` reaches, to 3e38, with 8 bits of precision, two to three decimals. Needs no
    /// [`GradScaler`].
    Bf16,
    /// IEEE 754 half precision: 11 bits of precision, but only up to 65504, and below 6e-5 ever less precise.
    F16,
}

impl Precision {
    /// The distance from 1 to the next number: what rounding changes a number by is at most half of that, relatively.
    ///
    /// ```
    /// use ferrolab::amp::Precision;
    /// assert_eq!((Precision::Bf16.epsilon(), Precision::F16.epsilon()), (1.0 / 128.0, 1.0 / 1024.0));
    /// ```
    pub const fn epsilon(self) -> f32 {
        match self {
            Precision::Bf16 => 1.0 / 128.0,
            Precision::F16 => 1.0 / 1024.0,
        }
    }

    /// Every number brought to the nearest that 16 bits can hold.
    pub(crate) fn rounded(self, mut array: Array) -> Array {
        if let Some(gpu) = cuda::active() {
            return gpu.rounded(&array, self);
        }
        half::round(array.values_mut(), self);
        array
    }
}

thread_local! {
    static PRECISION: Cell<Option<Precision>> = const { Cell::new(None) };
}

/// In what precision this thread computes matrix products now, if not in 32 bits.
pub fn precision() -> Option<Precision> {
    PRECISION.get()
}

/// Runs `body`, a forward pass, with matrix products in 16 bits; see the [module](self). The backward pass may lie outside.
///
/// ```
/// use ferrolab::amp::{Precision, autocast};
/// use ferrolab::prelude::*;
/// let (a, b) = (Tensor::<Rank2<1, 1>>::full(1.001), Tensor::<Rank2<1, 1>>::full(2.0));
/// assert_eq!(a.matmul(&b).to_vec(), [2.002]);
/// assert_eq!(autocast(Precision::Bf16, || a.matmul(&b)).to_vec(), [2.0]); // the neighbours of 1 are 0.996 and 1.008
/// ```
///
/// A training loop of one's own, with parameters in 32 bits:
///
/// ```
/// use ferrolab::amp::{Precision, autocast};
/// use ferrolab::nn::training;
/// use ferrolab::prelude::*;
/// # manual_seed(1);
/// let model = sequential!(Input([2]).dense(16).relu().dense(2));
/// let mut optimizer = Adam::new(0.05);
/// let (x, labels) = (Tensor::<Rank2<2, 2>>::from([[0.0, 1.0], [1.0, 0.0]]), Labels::from([0, 1]));
/// let mut losses = Vec::new();
/// for _ in 0..30 {
///     let scores = training(|| autocast(Precision::Bf16, || model.forward(&x)));
///     let loss = cross_entropy(&scores, &labels);
///     losses.push(loss.item());
///     optimizer.step(&model, &loss.backward());
/// }
/// assert!(losses[29] < 0.1 * losses[0]);
/// ```
///
/// `F16` reaches less far and needs a [`GradScaler`].
pub fn autocast<T>(precision: Precision, body: impl FnOnce() -> T) -> T {
    with(Some(precision), body)
}

/// Runs `body` in 32 bits, also inside [`autocast`]: for a part of a network that does not bear rounding.
pub fn full_precision<T>(body: impl FnOnce() -> T) -> T {
    with(None, body)
}

fn with<T>(precision: Option<Precision>, body: impl FnOnce() -> T) -> T {
    /// Puts the precision back even when `body` panics or is interrupted.
    struct Restore(Option<Precision>);
    impl Drop for Restore {
        fn drop(&mut self) {
            PRECISION.set(self.0);
        }
    }
    let _restore = Restore(PRECISION.replace(precision));
    body()
}

#[cfg(test)]
mod tests;
