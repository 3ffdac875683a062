//! [`OneCycleLr`]: up to a high rate and down again, once in a whole training.

use super::{Schedule, half_cosine};

/// From `max / 25` up to `max` in the first 30 % of all steps, then down to a 10 000th of where it began, both along half
/// a cosine (Smith and Topin 2018, <https://arxiv.org/abs/1708.07120>). It sets the rate itself, whatever rate the
/// optimiser was made with, and is followed step by step:
/// [`Trainer::schedule_steps`](crate::Trainer::schedule_steps). Momentum stays as it is (in PyTorch,
/// `cycle_momentum=False`).
///
/// ```
/// use ferrolab::optim::schedule::{OneCycleLr, Schedule};
/// let schedule = OneCycleLr::new(0.1, 100);
/// let rates = [0, 29, 99].map(|step| schedule.learning_rate(0.0, step));
/// assert_eq!(rates, [0.004, 0.1, 4e-7]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OneCycleLr {
    max: f32,
    steps: usize,
    rising: f64,
    div_factor: f64,
    final_div_factor: f64,
}

impl OneCycleLr {
    /// Up to `max` and down again in `steps` steps. After those the rate stays where it ended.
    ///
    /// ***Panics*** if `steps` is 0.
    #[track_caller]
    pub fn new(max: f32, steps: usize) -> Self {
        assert!(steps > 0, "OneCycleLr: a cycle has at least 1 step, not 0");
        OneCycleLr { max, steps, rising: 0.3, div_factor: 25.0, final_div_factor: 1e4 }
    }

    /// The part of the steps in which the rate rises: PyTorch's `pct_start`.
    ///
    /// ```
    /// use ferrolab::optim::schedule::{OneCycleLr, Schedule};
    /// let schedule = OneCycleLr::new(1.0, 100).rising(0.5).div_factor(10.0).final_div_factor(100.0);
    /// assert!((schedule.learning_rate(1.0, 0) - 0.1).abs() < 1e-6);
    /// ```
    ///
    /// ***Panics*** unless `part` is between 0 and 1.
    #[track_caller]
    pub fn rising(mut self, part: f64) -> Self {
        assert!((0.0..=1.0).contains(&part), "rising: expected a part between 0 and 1, got {part}");
        self.rising = part;
        self
    }

    /// How many times smaller than `max` the rate begins.
    pub fn div_factor(mut self, factor: f64) -> Self {
        self.div_factor = factor;
        self
    }

    /// How many times smaller than where it began the rate ends.
    pub fn final_div_factor(mut self, factor: f64) -> Self {
        self.final_div_factor = factor;
        self
    }
}

impl Schedule for OneCycleLr {
    fn learning_rate(&self, _: f32, step: usize) -> f32 {
        let max = f64::from(self.max);
        let first = max / self.div_factor;
        let last = first / self.final_div_factor;
        // Counted as PyTorch does: the top may lie between two steps.
        let top = self.rising * self.steps as f64 - 1.0;
        let end = self.steps as f64 - 1.0;
        let step = (step as f64).min(end);
        let rate = if step <= top {
            half_cosine(first, max, if top > 0.0 { step / top } else { 1.0 })
        } else {
            half_cosine(max, last, (step - top) / (end - top))
        };
        rate as f32
    }
}
