//! RMSprop: steps scaled by a running mean of the squared gradient.

use super::{Memory, Optimizer, Rule, common_methods};
use crate::autograd::Gradients;
use crate::nn::Module;

/// RMSprop (Tieleman and Hinton 2012), as PyTorch computes it: the gradient divided by the root of the running mean of
/// its square.
///
/// ```
/// use ferrolab::prelude::*;
/// let optimizer = RmsProp::new(1e-3).alpha(0.9).momentum(0.9);
/// assert_eq!(optimizer.learning_rate(), 1e-3);
/// ```
pub struct RmsProp {
    learning_rate: f32,
    alpha: f32,
    epsilon: f32,
    momentum: f32,
    weight_decay: f32,
    /// The running mean of the squared gradient, and the velocity.
    memory: Memory<2>,
}

impl RmsProp {
    /// With the usual alpha 0.99 and epsilon 1e-8, without momentum.
    pub fn new(learning_rate: f32) -> Self {
        RmsProp {
            learning_rate,
            alpha: 0.99,
            epsilon: 1e-8,
            momentum: 0.0,
            weight_decay: 0.0,
            memory: Memory::default(),
        }
    }

    /// How slowly the running mean of the squared gradient forgets.
    pub fn alpha(mut self, alpha: f32) -> Self {
        self.alpha = alpha;
        self
    }

    /// What keeps the step finite where the gradient is zero.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let optimizer = RmsProp::new(1e-3).alpha(0.9).epsilon(1e-7).weight_decay(1e-4);
    /// ```
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Each step goes on with this part of the step before.
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

struct RmsPropRule([f32; 5]);

impl Rule<2, 5> for RmsPropRule {
    fn kernel(&self) -> &'static str {
        "rms_prop"
    }

    fn numbers(&self, _step: i32) -> [f32; 5] {
        self.0
    }

    #[inline(always)]
    fn apply(
        &self,
        numbers: [f32; 5],
        values: &mut [f32],
        [square, velocity]: [&mut [f32]; 2],
        gradient: &[f32],
    ) {
        let [learning_rate, alpha, epsilon, momentum, weight_decay] = numbers;
        for (((value, square), velocity), &gradient) in
            values.iter_mut().zip(square).zip(velocity).zip(gradient)
        {
            let gradient = gradient + weight_decay * *value;
            *square = alpha * *square + (1.0 - alpha) * gradient * gradient;
            *velocity = momentum * *velocity + gradient / (square.sqrt() + epsilon);
            *value -= learning_rate * *velocity;
        }
    }
}

impl Optimizer for RmsProp {
    fn step(&mut self, model: &dyn Module, gradients: &Gradients) {
        let RmsProp { learning_rate, alpha, epsilon, momentum, weight_decay, ref mut memory } = *self;
        let rule = RmsPropRule([learning_rate, alpha, epsilon, momentum, weight_decay]);
        memory.step(model, gradients, &rule);
    }

    common_methods!();
}
