//! [`LinearWarmup`]: small steps while the network is still anything.

use super::Schedule;

/// Rises evenly from a part of the rate (a third, unless told otherwise) to all of it within `steps`: PyTorch's
/// `LinearLR`. After that the rate stays, or follows another schedule, whose steps are counted from there.
///
/// ```
/// use ferrolab::optim::schedule::{CosineAnnealingLr, LinearWarmup, Schedule};
/// let schedule = LinearWarmup::new(4).start_factor(0.0).then(CosineAnnealingLr::new(10));
/// let rates = [0, 1, 4, 9, 14].map(|step| schedule.learning_rate(0.8, step));
/// assert_eq!(rates, [0.0, 0.2, 0.8, 0.4, 0.0]);
/// ```
pub struct LinearWarmup {
    steps: usize,
    from: f32,
    then: Option<Box<dyn Schedule>>,
}

impl LinearWarmup {
    /// ***Panics*** if `steps` is 0.
    #[track_caller]
    pub fn new(steps: usize) -> Self {
        assert!(steps > 0, "LinearWarmup: the rate rises within at least 1 step, not 0");
        LinearWarmup { steps, from: 1.0 / 3.0, then: None }
    }

    /// The part of the rate to start with, PyTorch's `start_factor`.
    pub fn start_factor(mut self, part: f32) -> Self {
        self.from = part;
        self
    }

    /// What comes after it.
    pub fn then(mut self, schedule: impl Schedule + 'static) -> Self {
        self.then = Some(Box::new(schedule));
        self
    }
}

impl Schedule for LinearWarmup {
    fn learning_rate(&self, base: f32, step: usize) -> f32 {
        match &self.then {
            Some(then) if step >= self.steps => then.learning_rate(base, step - self.steps),
            _ => {
                let risen = step.min(self.steps) as f64 / self.steps as f64;
                let from = f64::from(self.from);
                (f64::from(base) * (from + (1.0 - from) * risen)) as f32
            }
        }
    }

    fn observe(&mut self, loss: f32) {
        if let Some(then) = &mut self.then {
            then.observe(loss);
        }
    }

    fn state(&self) -> Vec<f32> {
        self.then.as_ref().map_or_else(Vec::new, |then| then.state())
    }

    fn restore(&mut self, state: &[f32]) {
        if let Some(then) = &mut self.then {
            then.restore(state);
        }
    }
}
