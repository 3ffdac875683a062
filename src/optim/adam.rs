//! Adam: steps scaled by running means of the gradient and of its square.

use super::blocks::for_blocks3;
use super::{Memory, Optimizer};
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
    betas: [f32; 2],
    epsilon: f32,
    weight_decay: f32,
    memory: Memory<Moments>,
}

/// What Adam remembers of a parameter.
struct Moments {
    steps: i32,
    /// The running mean of the gradient.
    mean: Vec<f32>,
    /// The running mean of its square.
    square: Vec<f32>,
}

impl Adam {
    /// With the usual betas 0.9 and 0.999, and epsilon 1e-8.
    pub fn new(learning_rate: f32) -> Self {
        Adam {
            learning_rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: 0.0,
            memory: Memory::default(),
        }
    }

    /// How slowly the running means of the gradient and of its square forget.
    pub fn betas(mut self, mean: f32, square: f32) -> Self {
        self.betas = [mean, square];
        self
    }

    /// What keeps the step finite where the gradient is zero.
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Adds `decay` times the parameter to its gradient.
    pub fn weight_decay(mut self, decay: f32) -> Self {
        self.weight_decay = decay;
        self
    }
}

impl Optimizer for Adam {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let Adam { learning_rate, betas: [beta1, beta2], epsilon, weight_decay, ref mut memory } = *self;
        let fresh = |len| Moments { steps: 0, mean: vec![0.0; len], square: vec![0.0; len] };
        memory.for_each(model, gradients, fresh, |moments, values, gradient| {
            moments.steps += 1;
            // The means start at zero: these corrections undo that bias.
            let correction1 = 1.0 - f64::from(beta1).powi(moments.steps);
            let correction2 = 1.0 - f64::from(beta2).powi(moments.steps);
            let step = (f64::from(learning_rate) / correction1) as f32;
            let inverse_root = (1.0 / correction2.sqrt()) as f32;
            let memory = [&mut moments.mean[..], &mut moments.square[..]];
            for_blocks3(values, memory, gradient.values(), |values, [mean, square], gradient| {
                for (((value, mean), square), &gradient) in
                    values.iter_mut().zip(mean).zip(square).zip(gradient)
                {
                    let gradient = gradient + weight_decay * *value;
                    *mean = beta1 * *mean + (1.0 - beta1) * gradient;
                    *square = beta2 * *square + (1.0 - beta2) * gradient * gradient;
                    *value -= step * *mean / (square.sqrt() * inverse_root + epsilon);
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
