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
use crate::array::Array;
use crate::autograd::{Gradients, backward, no_grad};
use crate::data::{Augment, Content, Feed, Pass, Taker, with_batches};
use crate::nn::{Module, evaluation, training};
use crate::optim::{clip_grad_norm, clip_grad_value};
use crate::random::{self, Place};
use crate::raw::Raw;

/// Examples that are evaluated at a time.
pub(crate) const EVALUATION_BATCH: usize = 256;

/// Batches that are made ahead where that is worth a thread: one that is ready, one under way.
const PREFETCH: usize = 2;

/// The loss of a batch and, for a classifier, how many examples it got right: scalars.
pub(super) struct Judged {
    pub(super) loss: Raw,
    pub(super) right: Option<Array>,
}

/// What one batch costs the model.
pub(super) type Judge<'a> = dyn Fn(Content) -> Judged + 'a;

/// Data, and what they cost the model.
pub(super) struct Lesson<'a> {
    pub(super) feed: Feed<'a>,
    pub(super) judge: &'a Judge<'a>,
}

/// What a trainer can be told.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) seed: Option<u64>,
    pub(super) augment: Augment,
    /// Batches that are made ahead, if somebody has said how many.
    pub(super) prefetch: Option<usize>,
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
    pub(super) train: Lesson<'a>,
    pub(super) validation: Option<Lesson<'a>>,
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

impl Run<'_> {
    #[track_caller]
    pub(super) fn fit(&self, drive: &mut Drive) -> History {
        assert!(self.train.feed.len() != Some(0), "there are no examples to train on");
        let epochs = self.settings.epochs;
        if let Some(seed) = self.settings.seed {
            random::manual_seed(seed);
        }
        let mut state = self.start(drive);
        let mut live = Live::default();
        let left = |state: &State, examples: usize| {
            (epochs * examples).saturating_sub(state.history.loss.len() * examples + state.means.examples)
        };
        let bar = Bar::new(epochs, self.train.feed.len().map(|examples| left(&state, examples)));
        while state.history.loss.len() < epochs && !state.stopper.stopped {
            self.epoch(drive, &bar, &mut state);
            let examples = state.means.examples;
            assert!(examples > 0, "there are no examples to train on");
            self.end_epoch(drive, &mut state);
            // Now it is known how many examples a stream has.
            bar.expect(left(&state, examples));
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
        let number = state.history.loss.len();
        let pass = self.pass(state);
        with_batches(&self.train.feed, pass, self.prefetch(), &mut |next| {
            loop {
                drive.set_learning_rate();
                let (before, told) = (state.means.examples, drive.is_listened_to());
                let loss_before = if told { state.means.settled().loss } else { 0.0 };
                let Some(mut gradients) = self.gradients(next, state, drive.scaler.as_mut()) else { break };
                drive.step(self.model, &mut gradients);
                drive.count(Unit::Step);
                state.step += 1;
                state.epoch_seconds += state.lap();
                if let Some(Checkpoints { every: Some(every), .. }) = self.settings.checkpoints
                    && state.step.is_multiple_of(every)
                {
                    self.write_checkpoint(drive, state);
                }
                let examples = state.means.examples - before;
                if told {
                    let loss = (state.means.settled().loss - loss_before) / examples as f64;
                    drive.tell_step(number + 1, state.step, loss as f32);
                }
                // Leaves the cell here if the user has interrupted it: between two steps, the model in order.
                bar.advance(number, &mut state.means, examples);
            }
        });
    }

    /// The order of the examples in this epoch, and the random numbers that its batches are made with. An epoch that was
    /// begun before gets the same again.
    fn pass(&self, state: &mut State) -> Pass {
        let now = random::place();
        if state.batch == 0 {
            state.order = now;
            return self.new_pass();
        }
        random::go_to(state.order);
        let pass = self.new_pass();
        random::go_to(now);
        Pass { next: state.batch, ..pass }
    }

    fn new_pass(&self) -> Pass {
        let Settings { batch_size, augment, .. } = *self.settings;
        let order = match &self.train.feed {
            Feed::Table(table) => table.arrange(random::permutation(table.len()), batch_size),
            Feed::Flow(_) => Vec::new(),
        };
        Pass { order, shuffle: true, seed: random::seed(), augment, ..Pass::in_order(0, batch_size) }
    }

    /// How many batches are made ahead. What is only copied is not worth a thread.
    fn prefetch(&self) -> usize {
        let worth = self.train.feed.is_lazy() || !self.settings.augment.is_empty();
        self.settings.prefetch.unwrap_or(if worth { PREFETCH } else { 0 })
    }

    /// The gradients of the mean loss of the examples of one step, batch by batch, clipped; nothing if there are no more.
    fn gradients(
        &self,
        next: &mut Taker<'_>,
        state: &mut State,
        scaler: Option<&mut GradScaler>,
    ) -> Option<Gradients> {
        let (mut sum, mut examples, mut batches): (Option<Gradients>, usize, usize) = (None, 0, 0);
        while batches < self.settings.accumulate
            && let Some(parcel) = next()
        {
            let judge = || (self.train.judge)(parcel.content);
            let judged = training(|| match self.settings.precision {
                Some(precision) => autocast(precision, judge),
                None => judge(),
            });
            let mut gradients = match &scaler {
                Some(scaler) => backward(&scaler.scale_raw(&judged.loss)),
                None => backward(&judged.loss),
            };
            state.means.add(&judged, parcel.examples);
            // The graph shares the parameters' memory: while it lives, changing them would copy them.
            drop(judged);
            if let Some(sum) = &mut sum {
                // Each example counts the same. One batch alone needs no scaling.
                if batches == 1 {
                    sum.scale(examples as f32);
                }
                gradients.scale(parcel.examples as f32);
                sum.add(gradients);
            } else {
                sum = Some(gradients);
            }
            examples += parcel.examples;
            batches += 1;
        }
        let mut gradients = sum?;
        state.batch += batches;
        if batches > 1 {
            gradients.scale(1.0 / examples as f32);
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
        Some(gradients)
    }

    /// Validation, and all that happens once an epoch.
    #[track_caller]
    fn end_epoch(&self, drive: &mut Drive, state: &mut State) {
        state.means.settled();
        // What a GPU still had to do is done now.
        state.epoch_seconds += state.lap();
        let history = &mut state.history;
        history.add_epoch(&state.means, state.epoch_seconds);
        history.learning_rate.push(drive.optimizer.learning_rate());
        if let Some(validation) = &self.validation {
            history.add_validation(&evaluate(validation));
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
    fn write_checkpoint(&self, drive: &Drive, state: &mut State) {
        state.means.settled();
        if let Some(Checkpoints { path, .. }) = &self.settings.checkpoints
            && let Err(error) = checkpoint::write(path, self, state, drive)
        {
            panic!("{error}");
        }
    }
}

fn evaluate(Lesson { feed, judge }: &Lesson<'_>) -> Means {
    let mut means = Means::default();
    for_batches(feed, &mut |content, examples| means.add(&judge(content), examples));
    means.settled();
    means
}

/// Calls `body` with the examples in their order, in batches and how many each has, in evaluation mode.
pub(crate) fn for_batches(feed: &Feed<'_>, body: &mut dyn FnMut(Content, usize)) {
    let len = match feed {
        Feed::Table(table) => table.len(),
        Feed::Flow(_) => 0,
    };
    let ahead = if feed.is_lazy() { PREFETCH } else { 0 };
    with_batches(feed, Pass::in_order(len, EVALUATION_BATCH), ahead, &mut |next| {
        while let Some(parcel) = next() {
            poll();
            no_grad(|| evaluation(|| body(parcel.content, parcel.examples)));
        }
    });
}
