//! What moves a model and is itself changed by that: the optimiser, its schedule, and who wants to be told.

use super::History;
use crate::amp::GradScaler;
use crate::autograd::Gradients;
use crate::nn::Module;
use crate::optim::{Optimizer, Schedule};

/// The moving parts of a trainer.
pub(super) struct Drive {
    pub(super) optimizer: Box<dyn Optimizer>,
    pub(super) schedule: Option<Scheduled>,
    /// Only of a training in `f16`.
    pub(super) scaler: Option<GradScaler>,
    pub(super) hooks: Hooks,
}

/// A schedule and where it is.
pub(super) struct Scheduled {
    pub(super) schedule: Box<dyn Schedule>,
    pub(super) unit: Unit,
    /// The learning rate that the optimiser was made with.
    pub(super) base: f32,
    /// Steps or epochs that are over.
    pub(super) done: usize,
}

/// What a schedule counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Epoch,
    Step,
}

/// A callback of the user's.
pub(super) type Hook<T, R> = Box<dyn FnMut(&T) -> R + Send>;

/// Called while a training is under way.
#[derive(Default)]
pub(super) struct Hooks {
    pub(super) epoch: Vec<Hook<History, ()>>,
    pub(super) step: Vec<Hook<StepReport, ()>>,
    pub(super) stop: Vec<Hook<History, bool>>,
}

/// What [`Trainer::on_step`](crate::Trainer::on_step) is told.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct StepReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step, from 1, counted over all epochs.
    pub step: usize,
    /// The loss of the examples of this step, before it.
    pub loss: f32,
    /// The learning rate of this step.
    pub learning_rate: f32,
}

impl Drive {
    pub(super) fn new(optimizer: Box<dyn Optimizer>) -> Drive {
        Drive { optimizer, schedule: None, scaler: None, hooks: Hooks::default() }
    }

    pub(super) fn follow(&mut self, schedule: Box<dyn Schedule>, unit: Unit) {
        let base = self.optimizer.learning_rate();
        self.schedule = Some(Scheduled { schedule, unit, base, done: 0 });
    }

    /// A step of the optimiser, unless a scaler finds that the gradients overflowed.
    pub(super) fn step(&mut self, model: &dyn Module, gradients: &mut Gradients) {
        match &mut self.scaler {
            Some(scaler) => {
                scaler.step(self.optimizer.as_mut(), model, gradients);
                scaler.update();
            }
            None => self.optimizer.step(model, gradients),
        }
    }

    /// Before a step: the learning rate that the schedule asks for.
    pub(super) fn set_learning_rate(&mut self) {
        if let Some(Scheduled { schedule, base, done, .. }) = &self.schedule {
            self.optimizer.set_learning_rate(schedule.learning_rate(*base, *done));
        }
    }

    /// A step or an epoch is over.
    pub(super) fn count(&mut self, unit: Unit) {
        if let Some(schedule) = self.schedule.as_mut().filter(|schedule| schedule.unit == unit) {
            schedule.done += 1;
        }
    }

    /// The epoch is over: tells the schedule how it went.
    pub(super) fn observe(&mut self, history: &History) {
        let loss = history.val_loss.last().or(history.loss.last());
        if let (Some(schedule), Some(&loss)) = (&mut self.schedule, loss) {
            schedule.schedule.observe(loss);
        }
    }

    /// Tells who wants to know that an epoch is over; whether somebody wants to stop.
    pub(super) fn tell_epoch(&mut self, history: &History) -> bool {
        self.hooks.epoch.iter_mut().for_each(|hook| hook(history));
        // Everybody is asked, also after the first yes.
        self.hooks.stop.iter_mut().fold(false, |stop, hook| hook(history) | stop)
    }

    /// Whether somebody is told of every step.
    pub(super) fn is_listened_to(&self) -> bool {
        !self.hooks.step.is_empty()
    }

    pub(super) fn tell_step(&mut self, epoch: usize, step: usize, loss: f32) {
        let report = StepReport { epoch, step, loss, learning_rate: self.optimizer.learning_rate() };
        self.hooks.step.iter_mut().for_each(|hook| hook(&report));
    }
}

/// What of a model must be kept for it to be the same again: what it has learnt.
pub(super) fn kept(model: &dyn Module) -> Vec<(String, crate::raw::Raw)> {
    model.parameters()
}
