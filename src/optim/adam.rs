//! Adam: steps scaled by running means of the gradient and of its square.

use super::blocks::for_blocks;
use super::{Memory, Optimizer, Turn, common_methods};
use crate::autograd::Gradients;
use crate::nn::Module;

/// Adam (Kingma and Ba 2015, <https://arxiv.org/abs/1412.6980>), as PyTorch computes it.
///
/// ```
/// use ferrolab::prelude::*;
/// let optimizer = Adam::new(1e-3).betas(0.9, 0.95).weight_decay(1e-4);
/// assert_eq!(optimizer.learning_rate(), 1e-3);
/// ```
pub struct Adam {
    learning_rate: f32,
    rule: AdamRule,
    weight_decay: f32,
    memory: Memory<2>,
}

/// What Adam and AdamW share.
#[derive(Clone, Copy)]
pub(super) struct AdamRule {
    pub(super) betas: [f32; 2],
    pub(super) epsilon: f32,
}

impl Default for AdamRule {
    fn default() -> Self {
        AdamRule { betas: [0.9, 0.999], epsilon: 1e-8 }
    }
}

impl AdamRule {
    /// One step of one parameter. It remembers the running means of the gradient and of its square.
    ///
    /// `decay` is what is added to the gradient, `shrink` what the parameter is multiplied with first.
    pub(super) fn step(self, learning_rate: f32, decay: f32, shrink: f32, turn: Turn<'_, 2>) {
        let AdamRule { betas: [beta1, beta2], epsilon } = self;
        // The means start at zero: these corrections undo that bias.
        let correction1 = 1.0 - f64::from(beta1).powi(turn.step);
        let correction2 = 1.0 - f64::from(beta2).powi(turn.step);
        let step = (f64::from(learning_rate) / correction1) as f32;
        let inverse_root = (1.0 / correction2.sqrt()) as f32;
        for_blocks(
            turn.values,
            turn.memory,
            turn.gradient,
            #[inline(always)]
            |values, [mean, square], gradient| {
                for (((value, mean), square), &gradient) in
                    values.iter_mut().zip(mean).zip(square).zip(gradient)
                {
                    *value *= shrink;
                    let gradient = gradient + decay * *value;
                    *mean = beta1 * *mean + (1.0 - beta1) * gradient;
                    *square = beta2 * *square + (1.0 - beta2) * gradient * gradient;
                    *value -= step * *mean / (square.sqrt() * inverse_root + epsilon);
                }
            },
        );
    }
}

impl Adam {
    /// With the usual betas 0.9 and 0.999, and epsilon 1e-8.
    pub fn new(learning_rate: f32) -> Self {
        Adam { learning_rate, rule: AdamRule::default(), weight_decay: 0.0, memory: Memory::default() }
    }

    /// How slowly the running means of the gradient and of its square forget.
    pub fn betas(mut self, mean: f32, square: f32) -> Self {
        self.rule.betas = [mean, square];
        self
    }

    /// What keeps the step finite where the gradient is zero.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let optimizer = Adam::new(1e-3).betas(0.9, 0.98).epsilon(1e-9).weight_decay(1e-4);
    /// ```
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.rule.epsilon = epsilon;
        self
    }

    /// Adds `decay` times the parameter to its gradient. Such decay is scaled like the gradient; [`AdamW`](super::AdamW)
    /// keeps the two apart.
    pub fn weight_decay(mut self, decay: f32) -> Self {
        self.weight_decay = decay;
        self
    }
}

impl Optimizer for Adam {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let Adam { learning_rate, rule, weight_decay, ref mut memory } = *self;
        memory.for_each(model, gradients, |turn| rule.step(learning_rate, weight_decay, 1.0, turn));
    }

    common_methods!();
}
