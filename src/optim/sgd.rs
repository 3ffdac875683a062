//! Stochastic gradient descent, with momentum if wanted.

use super::blocks::for_blocks2;
use super::{Memory, Optimizer};
use crate::autograd::Gradients;
use crate::nn::Module;

/// Stochastic gradient descent, as PyTorch computes it.
///
/// ```
/// use ferrolab::prelude::*;
/// let optimizer = Sgd::new(0.05).momentum(0.9);
/// ```
pub struct Sgd {
    learning_rate: f32,
    momentum: f32,
    weight_decay: f32,
    memory: Memory<Vec<f32>>,
}

impl Sgd {
    /// Steps of `learning_rate` times the gradient.
    pub fn new(learning_rate: f32) -> Self {
        Sgd { learning_rate, momentum: 0.0, weight_decay: 0.0, memory: Memory::default() }
    }

    /// Each step goes on with this part of the step before (Polyak 1964).
    pub fn momentum(mut self, momentum: f32) -> Self {
        self.momentum = momentum;
        self
    }

    /// Adds `decay` times the parameter to its gradient.
    pub fn weight_decay(mut self, decay: f32) -> Self {
        self.weight_decay = decay;
        self
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let Sgd { learning_rate, momentum, weight_decay, ref mut memory } = *self;
        // A velocity of zero makes the first one the gradient itself, as in PyTorch.
        let fresh = |len| vec![0.0; len];
        memory.for_each(model, gradients, fresh, |velocity, values, gradient| {
            for_blocks2(values, velocity, gradient.values(), |values, velocity, gradient| {
                for ((value, velocity), &gradient) in values.iter_mut().zip(velocity).zip(gradient) {
                    *velocity = momentum * *velocity + gradient + weight_decay * *value;
                    *value -= learning_rate * *velocity;
                }
            });
        });
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f32) {
        self.learning_rate = learning_rate;
    }
}
