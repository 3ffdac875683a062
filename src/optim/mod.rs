//! Optimisers: how parameters follow their gradients. The formulas and the defaults are PyTorch's.

mod adam;
mod blocks;
mod sgd;

use std::collections::HashMap;

use crate::array::Array;
use crate::autograd::Gradients;
use crate::nn::Module;
use crate::raw::Raw;

pub use adam::Adam;
pub use sgd::Sgd;

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
}

/// What an optimiser remembers of each parameter, by its name.
///
/// The parameter itself is kept beside it: a name that has come to mean another tensor, such as that of a model made
/// anew in the next cell, starts with a fresh memory.
struct Memory<T>(HashMap<String, (Raw, T)>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Memory(HashMap::new())
    }
}

impl<T> Memory<T> {
    /// Calls `change` with every parameter that has a gradient: its memory, its values and its gradient, in one layout.
    fn for_each(
        &mut self,
        model: &dyn Module,
        gradients: &Gradients,
        fresh: impl Fn(usize) -> T,
        mut change: impl FnMut(&mut T, &mut [f32], &Array),
    ) {
        for (name, parameter) in model.parameters() {
            let Some(gradient) = gradients.get(&parameter) else { continue };
            let gradient = gradient.in_layout(parameter.array().layout());
            let (known, memory) =
                self.0.entry(name).or_insert_with(|| (parameter.clone(), fresh(gradient.len())));
            if known.id() != parameter.id() {
                (*known, *memory) = (parameter.clone(), fresh(gradient.len()));
            }
            parameter.update(|values| change(memory, values, &gradient));
        }
    }
}
