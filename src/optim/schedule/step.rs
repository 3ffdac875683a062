//! Rates that fall by a factor: [`StepLr`], [`MultiStepLr`], [`ExponentialLr`].

use super::Schedule;

/// Multiplies the rate with `gamma` every `step_size` steps.
///
/// ```
/// use ferrolab::optim::schedule::{Schedule, StepLr};
/// let schedule = StepLr::new(30, 0.5);
/// assert_eq!([0, 29, 30, 60].map(|epoch| schedule.learning_rate(0.8, epoch)), [0.8, 0.8, 0.4, 0.2]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StepLr {
    step_size: usize,
    gamma: f32,
}

impl StepLr {
    /// ***Panics*** if `step_size` is 0.
    #[track_caller]
    pub fn new(step_size: usize, gamma: f32) -> Self {
        assert!(step_size > 0, "StepLr: the rate falls every so many steps, but not every 0");
        StepLr { step_size, gamma }
    }
}

impl Schedule for StepLr {
    fn learning_rate(&self, base: f32, step: usize) -> f32 {
        fallen(base, self.gamma, step / self.step_size)
    }
}

/// Multiplies the rate with `gamma` at each of the milestones.
///
/// ```
/// use ferrolab::optim::schedule::{MultiStepLr, Schedule};
/// let schedule = MultiStepLr::new(&[30, 80], 0.5);
/// assert_eq!([29, 30, 79, 80].map(|epoch| schedule.learning_rate(0.8, epoch)), [0.8, 0.4, 0.4, 0.2]);
/// ```
#[derive(Clone, Debug)]
pub struct MultiStepLr {
    milestones: Vec<usize>,
    gamma: f32,
}

impl MultiStepLr {
    /// The milestones may come in any order; one named twice counts twice.
    pub fn new(milestones: &[usize], gamma: f32) -> Self {
        MultiStepLr { milestones: milestones.to_vec(), gamma }
    }
}

impl Schedule for MultiStepLr {
    fn learning_rate(&self, base: f32, step: usize) -> f32 {
        fallen(base, self.gamma, self.milestones.iter().filter(|&&milestone| milestone <= step).count())
    }
}

/// Multiplies the rate with `gamma` at every step.
///
/// ```
/// use ferrolab::optim::schedule::{ExponentialLr, Schedule};
/// assert_eq!([0, 1, 2].map(|epoch| ExponentialLr::new(0.5).learning_rate(0.8, epoch)), [0.8, 0.4, 0.2]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExponentialLr {
    gamma: f32,
}

impl ExponentialLr {
    /// `gamma` is a little less than 1.
    pub fn new(gamma: f32) -> Self {
        ExponentialLr { gamma }
    }
}

impl Schedule for ExponentialLr {
    fn learning_rate(&self, base: f32, step: usize) -> f32 {
        fallen(base, self.gamma, step)
    }
}

/// `base gamma^times`
fn fallen(base: f32, gamma: f32, times: usize) -> f32 {
    let times = i32::try_from(times).unwrap_or(i32::MAX);
    (f64::from(base) * f64::from(gamma).powi(times)) as f32
}
