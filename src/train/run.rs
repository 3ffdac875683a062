//! The training loop, without types.

use std::time::Instant;

use ferrolab_display::poll;

use super::History;
use super::checkpoint::{self, Checkpoints};
use super::drive::{Drive, Unit};
use super::early_stopping::{EarlyStopping, Stopper};
use super::live::Live;
use super::progress::{Bar, Means};
use crate::amp::{GradScaler, Precision, autocast};
use crate::autograd::{Gradients, backward, no_grad};
use crate::data::{Augment, Rows};
use crate::nn::{Module, Network, evaluation, training};
use crate::ops;
use crate::optim::{clip_grad_norm, clip_grad_value};
use crate::random::{self, Place};
use crate::raw::Raw;

/// Examples that are evaluated at a time.
pub(crate) const EVALUATION_BATCH: usize = 256;

/// The loss of a batch and, for a classifier, how many examples it got right.
pub(super) struct Judged {
    pub(super) loss: Raw,
    pub(super) right: Option<usize>,
}

/// What one batch costs the model.
pub(super) type Judge<'a> = dyn Fn(&Raw, &[usize]) -> Judged + 'a;

/// What a trainer can be told.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) seed: Option<u64>,
    pub(super) augment: Augment,
    /// Batches a step.
    pub(super) accumulate: usize,
    pub(super) clip_norm: Option<f32>,
    pub(super) clip_value: Option<f32>,
    /// Of matrix products, if not 32 bits.
    pub(super) precision: Option<Precision>,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) checkpoints: Option<Checkpoints>,
}

/// All that one call of `fit` is about.
pub(super) struct Run<'a> {
    pub(super) settings: &'a Settings,
    pub(super) model: &'a dyn Module,
    pub(super) train: &'a Rows,
    pub(super) validation: Option<&'a Rows>,
    pub(super) judge: &'a Judge<'a>,
}

/// How far a training is.
pub(super) struct State {
    pub(super) history: History,
    /// Batches of the present epoch that are done, and what they cost.
    pub(super) batch: usize,
    pub(super) means: Means,
    pub(super) epoch_seconds: f64,
    /// Steps of the optimiser, over all epochs.
    pub(super) step: usize,
    /// Where the random numbers were when the present epoch began: its order follows from that.
    pub(super) order: Place,
    pub(super) stopper: Stopper,
    lap: Instant,
}

impl State {
    pub(super) fn new(epochs: usize) -> State {
        State {
            history: History::new(epochs),
            batch: 0,
            means: Means::default(),
            epoch_seconds: 0.0,
            step: 0,
            order: random::place(),
            stopper: Stopper::default(),
            lap: Instant::now(),
        }
    }

    /// The seconds since the last call, which are added to the history.
    fn lap(&mut self) -> f64 {
        let seconds = self.lap.elapsed().as_secs_f64();
        self.lap = Instant::now();
        self.history.seconds += seconds;
        seconds
    }
}

/// Trains a classifier. Not generic, so that a notebook's cell compiles none of it.
#[track_caller]
pub(super) fn fit_network(
    drive: &mut Drive,
    settings: &Settings,
    network: &Network,
    train: &Rows,
    validation: Option<&Rows>,
) -> History {
    let judge = |x: &Raw, labels: &[usize]| {
        let scores = network.forward(x);
        let right =
            ops::argmax_last(&scores).iter().zip(labels).filter(|(class, label)| class == label).count();
        Judged { loss: ops::cross_entropy(&scores, labels), right: Some(right) }
    };
    Run { settings, model: network, train, validation, judge: &judge }.fit(drive)
}

impl Run<'_> {
    #[track_caller]
    pub(super) fn fit(&self, drive: &mut Drive) -> History {
        assert!(self.train.len() > 0, "there are no examples to train on");
        let epochs = self.settings.epochs;
        if let Some(seed) = self.settings.seed {
            random::manual_seed(seed);
        }
        let mut state = self.start(drive);
        let mut live = Live::default();
        let done = state.history.loss.len() * self.train.len() + state.means.examples;
        let bar = Bar::new(epochs, (epochs * self.train.len()).saturating_sub(done));
        while state.history.loss.len() < epochs && !state.stopper.stopped {
            self.epoch(drive, &bar, &mut state);
            self.end_epoch(drive, &mut state);
            live.show(&state.history);
        }
        bar.finish();
        state.stopper.give_back_best(self.model);
        state.history
    }

    /// From the beginning or, if that is wanted and there is one, from a checkpoint.
    #[track_caller]
    fn start(&self, drive: &mut Drive) -> State {
        match &self.settings.checkpoints {
            Some(Checkpoints { path, resume: true, .. }) if path.exists() => {
                checkpoint::read(path, self, drive).unwrap_or_else(|error| panic!("{error}"))
            }
            _ => State::new(self.settings.epochs),
        }
    }

    /// Goes through the training data once, in random order, or through what is left of that.
    #[track_caller]
    fn epoch(&self, drive: &mut Drive, bar: &Bar, state: &mut State) {
        let Settings { batch_size, accumulate, .. } = *self.settings;
        let order = self.order(state);
        let number = state.history.loss.len();
        let rest = order.get(state.batch * batch_size..).unwrap_or_default();
        for positions in rest.chunks(batch_size * accumulate) {
            drive.set_learning_rate();
            let before = state.means;
            let mut gradients = self.gradients(positions, &mut state.means, drive.scaler.as_mut());
            drive.step(self.model, &mut gradients);
            drive.count(Unit::Step);
            state.batch += positions.len().div_ceil(batch_size);
            state.step += 1;
            state.epoch_seconds += state.lap();
            if let Some(Checkpoints { every: Some(every), .. }) = self.settings.checkpoints
                && state.step.is_multiple_of(every)
            {
                self.write_checkpoint(drive, state);
            }
            let loss = (state.means.loss - before.loss) / positions.len() as f64;
            drive.tell_step(number + 1, state.step, loss as f32);
            // Leaves the cell here if the user has interrupted it: between two steps, the model in order.
            bar.advance(number, &state.means, positions.len());
        }
    }

    /// The order of the examples in this epoch. One that was begun before gets the same order again.
    fn order(&self, state: &mut State) -> Vec<usize> {
        let now = random::place();
        if state.batch == 0 {
            state.order = now;
            return random::permutation(self.train.len());
        }
        random::go_to(state.order);
        let order = random::permutation(self.train.len());
        random::go_to(now);
        order
    }

    /// The gradients of the mean loss of these examples, batch by batch, clipped.
    fn gradients(
        &self,
        positions: &[usize],
        means: &mut Means,
        scaler: Option<&mut GradScaler>,
    ) -> Gradients {
        let mut sum: Option<Gradients> = None;
        let several = positions.len() > self.settings.batch_size;
        for positions in positions.chunks(self.settings.batch_size) {
            let (x, labels) = self.train.batch(positions);
            let x = self.settings.augment.apply(&x);
            let judge = || (self.judge)(&x, &labels);
            let judged = training(|| match self.settings.precision {
                Some(precision) => autocast(precision, judge),
                None => judge(),
            });
            let mut gradients = match &scaler {
                Some(scaler) => backward(&scaler.scale_raw(&judged.loss)),
                None => backward(&judged.loss),
            };
            means.add(&judged, labels.len());
            // The graph shares the parameters' memory: while it lives, changing them would copy them.
            drop(judged);
            if several {
                gradients.scale(positions.len() as f32);
            }
            match &mut sum {
                Some(sum) => sum.add(gradients),
                None => sum = Some(gradients),
            }
        }
        let mut gradients = sum.expect("a step looks at at least one example");
        if several {
            gradients.scale(1.0 / positions.len() as f32);
        }
        if let Some(scaler) = scaler {
            scaler.unscale(&mut gradients);
        }
        if let Some(max) = self.settings.clip_value {
            clip_grad_value(self.model, &mut gradients, max);
        }
        if let Some(max) = self.settings.clip_norm {
            clip_grad_norm(self.model, &mut gradients, max);
        }
        gradients
    }

    /// Validation, and all that happens once an epoch.
    #[track_caller]
    fn end_epoch(&self, drive: &mut Drive, state: &mut State) {
        let history = &mut state.history;
        history.add_epoch(&state.means, self.train.len(), state.epoch_seconds);
        history.learning_rate.push(drive.optimizer.learning_rate());
        if let Some(validation) = self.validation {
            history.add_validation(&self.evaluate(validation));
        }
        drive.observe(history);
        drive.count(Unit::Epoch);
        if let Some(rule) = self.settings.early_stopping {
            state.stopper.observe(rule, history, self.model);
        }
        (state.batch, state.means, state.epoch_seconds) = (0, Means::default(), 0.0);
        state.lap();
        state.stopper.stopped |= drive.tell_epoch(&state.history);
        self.write_checkpoint(drive, state);
    }

    #[track_caller]
    fn write_checkpoint(&self, drive: &Drive, state: &State) {
        if let Some(Checkpoints { path, .. }) = &self.settings.checkpoints
            && let Err(error) = checkpoint::write(path, self, state, drive)
        {
            panic!("{error}");
        }
    }

    fn evaluate(&self, data: &Rows) -> Means {
        let mut means = Means::default();
        for_batches(data, &mut |x, labels| means.add(&(self.judge)(x, labels), labels.len()));
        means
    }
}

/// Calls `body` with the examples in their order, in batches, in evaluation mode.
pub(crate) fn for_batches(data: &Rows, body: &mut dyn FnMut(&Raw, &[usize])) {
    let positions: Vec<usize> = (0..data.len()).collect();
    for positions in positions.chunks(EVALUATION_BATCH) {
        poll();
        let (x, labels) = data.batch(positions);
        no_grad(|| evaluation(|| body(&x, &labels)));
    }
}
