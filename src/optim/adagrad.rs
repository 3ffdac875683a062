//! Adagrad: steps that become smaller the more a parameter has moved.

use super::{Memory, Optimizer, Rule, common_methods};
use crate::autograd::Gradients;
use crate::nn::Module;

/// Adagrad (Duchi et al. 2011, <https://jmlr.org/papers/v12/duchi11a.html>), as PyTorch computes it: the gradient divided
/// by the root of the sum of all its squares so far. For features of which most are rare.
///
/// ```
/// use ferrolab::prelude::*;
/// let optimizer = Adagrad::new(1e-2).learning_rate_decay(1e-3);
/// assert_eq!(optimizer.learning_rate(), 1e-2);
/// ```
pub struct Adagrad {
    learning_rate: f32,
    learning_rate_decay: f32,
    epsilon: f32,
    weight_decay: f32,
    /// The sum of the squared gradients.
    memory: Memory<1>,
}

impl Adagrad {
    /// With epsilon 1e-10 and sums that start at zero.
    pub fn new(learning_rate: f32) -> Self {
        Adagrad {
            learning_rate,
            learning_rate_decay: 0.0,
            epsilon: 1e-10,
            weight_decay: 0.0,
            memory: Memory::default(),
        }
    }

    /// Divides the learning rate of step `n`, from 0, by `1 + n decay` as well.
    pub fn learning_rate_decay(mut self, decay: f32) -> Self {
        self.learning_rate_decay = decay;
        self
    }

    /// Where the sums of squares start: greater for smaller first steps.
    ///
    /// ```
    /// use ferrolab::optim::Adagrad;
    /// use ferrolab::prelude::*;
    /// let optimizer = Adagrad::new(0.1).initial_accumulator(0.1).epsilon(1e-8).weight_decay(1e-4);
    /// assert_eq!(optimizer.learning_rate(), 0.1);
    /// ```
    pub fn initial_accumulator(mut self, value: f32) -> Self {
        self.memory = Memory::starting_at(value);
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

struct AdagradRule {
    learning_rate: f32,
    learning_rate_decay: f32,
    epsilon: f32,
    weight_decay: f32,
}

impl Rule<1, 3> for AdagradRule {
    fn kernel(&self) -> &'static str {
        "adagrad"
    }

    fn numbers(&self, step: i32) -> [f32; 3] {
        let rate = self.learning_rate / (1.0 + (step - 1) as f32 * self.learning_rate_decay);
        [rate, self.epsilon, self.weight_decay]
    }

    #[inline(always)]
    fn apply(&self, numbers: [f32; 3], values: &mut [f32], [squares]: [&mut [f32]; 1], gradient: &[f32]) {
        let [rate, epsilon, weight_decay] = numbers;
        for ((value, squares), &gradient) in values.iter_mut().zip(squares).zip(gradient) {
            let gradient = gradient + weight_decay * *value;
            *squares += gradient * gradient;
            *value -= rate * gradient / (squares.sqrt() + epsilon);
        }
    }
}

impl Optimizer for Adagrad {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let Adagrad { learning_rate, learning_rate_decay, epsilon, weight_decay, ref mut memory } = *self;
        let rule = AdagradRule { learning_rate, learning_rate_decay, epsilon, weight_decay };
        memory.step(model, gradients, &rule);
    }

    common_methods!();
}
