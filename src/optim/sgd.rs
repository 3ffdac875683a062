//! Stochastic gradient descent, with momentum if wanted.

use super::{Memory, Optimizer, Rule, common_methods};
use crate::autograd::Gradients;
use crate::nn::Module;

/// Stochastic gradient descent, as PyTorch computes it.
///
/// ```
/// use ferrolab::prelude::*;
/// let optimizer = Sgd::new(0.05).momentum(0.9).nesterov();
/// ```
pub struct Sgd {
    learning_rate: f32,
    momentum: f32,
    weight_decay: f32,
    nesterov: bool,
    memory: Memory<1>,
}

impl Sgd {
    /// Steps of `learning_rate` times the gradient.
    pub fn new(learning_rate: f32) -> Self {
        Sgd { learning_rate, momentum: 0.0, weight_decay: 0.0, nesterov: false, memory: Memory::default() }
    }

    /// Each step goes on with this part of the step before (Polyak 1964).
    pub fn momentum(mut self, momentum: f32) -> Self {
        self.momentum = momentum;
        self
    }

    /// Looks where momentum is about to lead: the gradient is taken as if the step before had already been repeated
    /// (Nesterov 1983). Without momentum it changes nothing.
    pub fn nesterov(mut self) -> Self {
        self.nesterov = true;
        self
    }

    /// Adds `decay` times the parameter to its gradient.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let optimizer = Sgd::new(0.1).momentum(0.9).weight_decay(5e-4);
    /// ```
    pub fn weight_decay(mut self, decay: f32) -> Self {
        self.weight_decay = decay;
        self
    }
}

struct SgdRule {
    numbers: [f32; 3],
    nesterov: bool,
}

impl Rule<1, 3> for SgdRule {
    fn kernel(&self) -> &'static str {
        if self.nesterov { "sgd_nesterov" } else { "sgd" }
    }

    fn numbers(&self, _step: i32) -> [f32; 3] {
        self.numbers
    }

    #[inline(always)]
    fn apply(&self, numbers: [f32; 3], values: &mut [f32], [velocity]: [&mut [f32]; 1], gradient: &[f32]) {
        let [learning_rate, momentum, weight_decay] = numbers;
        let all = values.iter_mut().zip(velocity).zip(gradient);
        // A velocity of zero makes the first one the gradient itself, as in PyTorch.
        if self.nesterov {
            for ((value, velocity), &gradient) in all {
                let gradient = gradient + weight_decay * *value;
                *velocity = momentum * *velocity + gradient;
                *value -= learning_rate * (gradient + momentum * *velocity);
            }
        } else {
            for ((value, velocity), &gradient) in all {
                *velocity = momentum * *velocity + gradient + weight_decay * *value;
                *value -= learning_rate * *velocity;
            }
        }
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let Sgd { learning_rate, momentum, weight_decay, nesterov, ref mut memory } = *self;
        let rule = SgdRule { numbers: [learning_rate, momentum, weight_decay], nesterov };
        memory.step(model, gradients, &rule);
    }

    common_methods!();
}
