//! AdamW: Adam with a weight decay of its own.

use super::adam::{AdamRule, Means};
use super::{Memory, Optimizer, common_methods};
use crate::autograd::Gradients;
use crate::nn::Module;

/// Adam whose weight decay shrinks the parameters themselves instead of passing through the gradient (Loshchilov and
/// Hutter 2019, <https://arxiv.org/abs/1711.05101>), as PyTorch computes it: the usual choice for transformers.
///
/// ```
/// use ferrolab::prelude::*;
/// let optimizer = AdamW::new(3e-4).weight_decay(0.05);
/// assert_eq!(optimizer.learning_rate(), 3e-4);
/// ```
pub struct AdamW {
    learning_rate: f32,
    means: Means,
    weight_decay: f32,
    memory: Memory<2>,
}

impl AdamW {
    /// With the usual betas 0.9 and 0.999, epsilon 1e-8 and weight decay 0.01.
    pub fn new(learning_rate: f32) -> Self {
        AdamW { learning_rate, means: Means::default(), weight_decay: 0.01, memory: Memory::default() }
    }

    /// How slowly the running means of the gradient and of its square forget.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let optimizer = AdamW::new(1e-3).betas(0.9, 0.98).epsilon(1e-9).weight_decay(0.1);
    /// ```
    pub fn betas(mut self, mean: f32, square: f32) -> Self {
        self.means.betas = [mean, square];
        self
    }

    /// What keeps the step finite where the gradient is zero.
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.means.epsilon = epsilon;
        self
    }

    /// Each step first takes this part, times the learning rate, off every parameter.
    pub fn weight_decay(mut self, decay: f32) -> Self {
        self.weight_decay = decay;
        self
    }
}

impl Optimizer for AdamW {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let AdamW { learning_rate, means, weight_decay, ref mut memory } = *self;
        let shrink = 1.0 - learning_rate * weight_decay;
        memory.step(model, gradients, &AdamRule { learning_rate, means, decay: 0.0, shrink });
    }

    common_methods!();
}
