//! Rates that fall along half a cosine: [`CosineAnnealingLr`], [`CosineAnnealingWarmRestarts`].

use super::{Schedule, half_cosine};

/// From the rate of the optimiser down to `min` (0 unless told otherwise) within `steps`, along half a cosine: slowly,
/// then fast, then slowly (Loshchilov and Hutter 2017, <https://arxiv.org/abs/1608.03983>). After that it rises again as it
/// fell.
///
/// ```
/// use ferrolab::optim::schedule::{CosineAnnealingLr, Schedule};
/// let schedule = CosineAnnealingLr::new(10);
/// assert_eq!([0, 5, 10].map(|epoch| schedule.learning_rate(0.8, epoch)), [0.8, 0.4, 0.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CosineAnnealingLr {
    steps: usize,
    min: f32,
}

impl CosineAnnealingLr {
    /// ***Panics*** if `steps` is 0.
    #[track_caller]
    pub fn new(steps: usize) -> Self {
        assert!(steps > 0, "CosineAnnealingLr: the rate falls within at least 1 step, not 0");
        CosineAnnealingLr { steps, min: 0.0 }
    }

    /// The rate at the end.
    ///
    /// ```
    /// use ferrolab::optim::schedule::{CosineAnnealingLr, Schedule};
    /// let schedule = CosineAnnealingLr::new(10).min(0.01);
    /// assert!((schedule.learning_rate(0.1, 10) - 0.01).abs() < 1e-6);
    /// ```
    pub fn min(mut self, min: f32) -> Self {
        self.min = min;
        self
    }
}

impl Schedule for CosineAnnealingLr {
    fn learning_rate(&self, base: f32, step: usize) -> f32 {
        half_cosine(f64::from(base), f64::from(self.min), step as f64 / self.steps as f64) as f32
    }
}

/// [`CosineAnnealingLr`] that starts again at the full rate when it has reached the end.
///
/// ```
/// use ferrolab::optim::schedule::{CosineAnnealingWarmRestarts, Schedule};
/// let schedule = CosineAnnealingWarmRestarts::new(2).longer_by(2); // 2 steps, then 4, then 8 …
/// let rates = [0, 1, 2, 4, 6].map(|epoch| schedule.learning_rate(0.8, epoch));
/// assert_eq!(rates, [0.8, 0.4, 0.8, 0.4, 0.8]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CosineAnnealingWarmRestarts {
    steps: usize,
    longer_by: usize,
    min: f32,
}

impl CosineAnnealingWarmRestarts {
    /// `steps` from the start to the first restart, and from each to the next.
    ///
    /// ***Panics*** if `steps` is 0.
    #[track_caller]
    pub fn new(steps: usize) -> Self {
        assert!(steps > 0, "CosineAnnealingWarmRestarts: at least 1 step lies between restarts, not 0");
        CosineAnnealingWarmRestarts { steps, longer_by: 1, min: 0.0 }
    }

    /// Makes each way down `factor` times as long as the one before: PyTorch's `T_mult`.
    ///
    /// ***Panics*** if `factor` is 0.
    #[track_caller]
    pub fn longer_by(mut self, factor: usize) -> Self {
        assert!(factor > 0, "longer_by: a way down cannot be 0 times as long as the one before");
        self.longer_by = factor;
        self
    }

    /// The rate at the end of each way down.
    ///
    /// ```
    /// use ferrolab::optim::schedule::{CosineAnnealingWarmRestarts, Schedule};
    /// let schedule = CosineAnnealingWarmRestarts::new(10).min(0.01);
    /// assert_eq!(schedule.learning_rate(0.1, 10), 0.1); // starts again
    /// ```
    pub fn min(mut self, min: f32) -> Self {
        self.min = min;
        self
    }
}

impl Schedule for CosineAnnealingWarmRestarts {
    fn learning_rate(&self, base: f32, step: usize) -> f32 {
        let (mut position, mut length) = (step, self.steps);
        if self.longer_by == 1 {
            position %= length;
        }
        while position >= length {
            position -= length;
            length = length.saturating_mul(self.longer_by);
        }
        half_cosine(f64::from(base), f64::from(self.min), position as f64 / length as f64) as f32
    }
}
