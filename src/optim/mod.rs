//! Optimisers: how parameters follow their gradients. The formulas and the defaults are PyTorch's.

mod adagrad;
mod adam;
mod adam_w;
mod blocks;
mod clip;
mod memory;
mod rms_prop;
pub mod schedule;
mod sgd;
#[cfg(test)]
mod tests;

use crate::autograd::Gradients;
use crate::nn::Module;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use clip::{clip_grad_norm, clip_grad_value};
pub use memory::{Remembered, StateError};
pub use rms_prop::RmsProp;
pub use schedule::Schedule;
pub use sgd::Sgd;

use memory::Memory;

/// Moves parameters along their gradients.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = Linear::<2, 1>::default();
/// let mut optimizer = Sgd::new(0.1);
/// let x = Tensor::<Rank2<4, 2>>::from([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let y = Tensor::<Rank2<4, 1>>::from([[1.0], [3.0], [4.0], [6.0]]); // 3 a + 2 b + 1
/// for _ in 0..500 {
///     let gradients = mse(&model.forward(&x), &y).backward();
///     optimizer.step(&model, &gradients);
/// }
/// assert!((model.weight.to_vec()[0] - 3.0).abs() < 0.01);
/// ```
pub trait Optimizer: Send {
    /// One step. Parameters that the gradients say nothing of stay as they are.
    fn step(&mut self, model: &dyn Module, gradients: &Gradients);

    /// How far a step goes.
    fn learning_rate(&self) -> f32;

    /// Changes how far the next steps go.
    fn set_learning_rate(&mut self, learning_rate: f32);

    /// What it remembers of the parameters, for a checkpoint.
    fn state(&self) -> Vec<Remembered>;

    /// Goes on from a state for the parameters of `model`, with the settings it has now.
    ///
    /// # Errors
    /// [`StateError`] if the state is that of another model or another kind of optimiser; nothing is changed then.
    fn restore(&mut self, model: &dyn Module, state: &[Remembered]) -> Result<(), StateError>;
}

/// How one kind of optimiser moves a parameter, of which it remembers `SLOTS` tensors.
trait Rule<const SLOTS: usize, const NUMBERS: usize>: Sync {
    /// The formula's name among the kernels of a GPU.
    fn kernel(&self) -> &'static str;

    /// The numbers in the formula, in the kernel's order, for the step of a number, from 1.
    fn numbers(&self, step: i32) -> [f32; NUMBERS];

    /// The formula: a run of the parameter, of what is remembered of it, and of its gradient.
    fn apply(
        &self,
        numbers: [f32; NUMBERS],
        values: &mut [f32],
        slots: [&mut [f32]; SLOTS],
        gradient: &[f32],
    );
}

/// The methods that every optimiser with the fields `learning_rate` and `memory` has alike.
macro_rules! common_methods {
    () => {
        fn learning_rate(&self) -> f32 {
            self.learning_rate
        }

        fn set_learning_rate(&mut self, learning_rate: f32) {
            self.learning_rate = learning_rate;
        }

        fn state(&self) -> Vec<$crate::optim::Remembered> {
            self.memory.state()
        }

        fn restore(
            &mut self,
            model: &dyn $crate::nn::Module,
            state: &[$crate::optim::Remembered],
        ) -> Result<(), $crate::optim::StateError> {
            self.memory.restore(model, state)
        }
    };
}
use common_methods;
