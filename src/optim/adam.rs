//! Adam: steps scaled by running means of the gradient and of its square.

use super::{Memory, Optimizer, Rule, common_methods};
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
    means: Means,
    weight_decay: f32,
    memory: Memory<2>,
}

/// How the running means are made and used.
#[derive(Clone, Copy)]
pub(super) struct Means {
    pub(super) betas: [f32; 2],
    pub(super) epsilon: f32,
}

impl Default for Means {
    fn default() -> Self {
        Means { betas: [0.9, 0.999], epsilon: 1e-8 }
    }
}

/// What Adam and AdamW do. They remember the running means of the gradient and of its square.
pub(super) struct AdamRule {
    pub(super) learning_rate: f32,
    pub(super) means: Means,
    /// What is added to the gradient.
    pub(super) decay: f32,
    /// What the parameter is multiplied with first.
    pub(super) shrink: f32,
}

impl Rule<2, 7> for AdamRule {
    fn kernel(&self) -> &'static str {
        "adam"
    }

    fn numbers(&self, step: i32) -> [f32; 7] {
        let Means { betas: [beta1, beta2], epsilon } = self.means;
        // The means start at zero: these corrections undo that bias.
        let correction1 = 1.0 - f64::from(beta1).powi(step);
        let correction2 = 1.0 - f64::from(beta2).powi(step);
        let rate = (f64::from(self.learning_rate) / correction1) as f32;
        let inverse_root = (1.0 / correction2.sqrt()) as f32;
        [beta1, beta2, epsilon, rate, inverse_root, self.decay, self.shrink]
    }

    #[inline(always)]
    fn apply(
        &self,
        numbers: [f32; 7],
        values: &mut [f32],
        [mean, square]: [&mut [f32]; 2],
        gradient: &[f32],
    ) {
        let [beta1, beta2, epsilon, rate, inverse_root, decay, shrink] = numbers;
        for (((value, mean), square), &gradient) in values.iter_mut().zip(mean).zip(square).zip(gradient) {
            *value *= shrink;
            let gradient = gradient + decay * *value;
            *mean = beta1 * *mean + (1.0 - beta1) * gradient;
            *square = beta2 * *square + (1.0 - beta2) * gradient * gradient;
            *value -= rate * *mean / (square.sqrt() * inverse_root + epsilon);
        }
    }
}

impl Adam {
    /// With the usual betas 0.9 and 0.999, and epsilon 1e-8.
    pub fn new(learning_rate: f32) -> Self {
        Adam { learning_rate, means: Means::default(), weight_decay: 0.0, memory: Memory::default() }
    }

    /// How slowly the running means of the gradient and of its square forget.
    pub fn betas(mut self, mean: f32, square: f32) -> Self {
        self.means.betas = [mean, square];
        self
    }

    /// What keeps the step finite where the gradient is zero.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let optimizer = Adam::new(1e-3).betas(0.9, 0.98).epsilon(1e-9).weight_decay(1e-4);
    /// ```
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.means.epsilon = epsilon;
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
        let Adam { learning_rate, means, weight_decay, ref mut memory } = *self;
        memory.step(model, gradients, &AdamRule { learning_rate, means, decay: weight_decay, shrink: 1.0 });
    }

    common_methods!();
}
