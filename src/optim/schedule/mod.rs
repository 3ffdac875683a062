//! Schedules: how the learning rate changes while a model learns. The formulas, the names and the defaults are PyTorch's.
//!
//! | what the rate does | schedule |
//! |---|---|
//! | falls by a factor every so often | [`StepLr`], [`MultiStepLr`], [`ExponentialLr`] |
//! | falls along a cosine, once or again and again | [`CosineAnnealingLr`], [`CosineAnnealingWarmRestarts`] |
//! | rises first | [`LinearWarmup`], with any other one after it; [`OneCycleLr`] |
//! | falls when learning stalls | [`ReduceLrOnPlateau`] |

mod cosine;
mod one_cycle;
mod plateau;
mod step;
mod warmup;

pub use cosine::{CosineAnnealingLr, CosineAnnealingWarmRestarts};
pub use one_cycle::OneCycleLr;
pub use plateau::ReduceLrOnPlateau;
pub use step::{ExponentialLr, MultiStepLr, StepLr};
pub use warmup::LinearWarmup;

/// The learning rate of every step.
///
/// [`Trainer::schedule`](crate::Trainer::schedule) follows a schedule epoch by epoch,
/// [`Trainer::schedule_steps`](crate::Trainer::schedule_steps) step by step. In a loop of one's own:
///
/// ```
/// use ferrolab::optim::schedule::StepLr;
/// use ferrolab::prelude::*;
/// let (mut optimizer, schedule) = (Sgd::new(0.1), StepLr::new(2, 0.5));
/// let base = optimizer.learning_rate();
/// let mut rates = vec![];
/// for epoch in 0..5 {
///     optimizer.set_learning_rate(schedule.learning_rate(base, epoch));
///     rates.push(optimizer.learning_rate());
///     // … train for an epoch
/// }
/// assert_eq!(rates, [0.1, 0.1, 0.05, 0.05, 0.025]);
/// ```
pub trait Schedule: Send {
    /// The learning rate of step or epoch `step`, counted from 0, for an optimiser that was made with the rate `base`.
    fn learning_rate(&self, base: f32, step: usize) -> f32;

    /// Takes note of how well the epoch that has just ended went: the validation loss or, without, the training loss.
    fn observe(&mut self, loss: f32) {
        let _ = loss;
    }

    /// What it has learnt by [`Schedule::observe`], for a checkpoint.
    fn state(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Goes on from such a state. One of another kind of schedule is left aside.
    fn restore(&mut self, state: &[f32]) {
        let _ = state;
    }
}

/// `start` where `part` is 0, `end` where it is 1, along half a cosine between them.
fn half_cosine(start: f64, end: f64, part: f64) -> f64 {
    end + (start - end) * (1.0 + (std::f64::consts::PI * part).cos()) / 2.0
}
