//! The training loop, without types.

use std::time::Instant;

use ferrolab_display::poll;

use super::History;
use super::live::Live;
use super::progress::{Bar, Means};
use crate::autograd::{backward, no_grad};
use crate::data::{Augment, Rows};
use crate::nn::{Module, Network, evaluation, training};
use crate::ops;
use crate::optim::Optimizer;
use crate::random;
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
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) seed: Option<u64>,
    pub(super) augment: Augment,
}

/// All that one call of `fit` is about.
pub(super) struct Run<'a> {
    pub(super) settings: Settings,
    pub(super) model: &'a dyn Module,
    pub(super) train: &'a Rows,
    pub(super) validation: Option<&'a Rows>,
    pub(super) judge: &'a Judge<'a>,
}

/// Trains a classifier. Not generic, so that a notebook's cell compiles none of it.
#[track_caller]
pub(super) fn fit_network(
    optimizer: &mut dyn Optimizer,
    settings: Settings,
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
    Run { settings, model: network, train, validation, judge: &judge }.fit(optimizer)
}

impl Run<'_> {
    #[track_caller]
    pub(super) fn fit(&self, optimizer: &mut dyn Optimizer) -> History {
        assert!(self.train.len() > 0, "there are no examples to train on");
        let Settings { epochs, seed, .. } = self.settings;
        if let Some(seed) = seed {
            random::manual_seed(seed);
        }
        let started = Instant::now();
        let mut history = History::new(epochs);
        let mut live = Live::default();
        let bar = Bar::new(epochs, self.train.len());
        for _ in 0..epochs {
            let epoch = Instant::now();
            let means = self.epoch(optimizer, &bar, history.loss.len());
            history.add_epoch(&means, self.train.len(), epoch.elapsed().as_secs_f64());
            if let Some(validation) = self.validation {
                history.add_validation(&self.evaluate(validation));
            }
            history.seconds = started.elapsed().as_secs_f64();
            live.show(&history);
        }
        bar.finish();
        history
    }

    /// Goes through the training data once, in random order.
    fn epoch(&self, optimizer: &mut dyn Optimizer, bar: &Bar, number: usize) -> Means {
        let mut means = Means::default();
        for positions in random::permutation(self.train.len()).chunks(self.settings.batch_size) {
            let (x, labels) = self.train.batch(positions);
            let x = self.settings.augment.apply(&x);
            let judged = training(|| (self.judge)(&x, &labels));
            let gradients = backward(&judged.loss);
            means.add(&judged, labels.len());
            // The graph shares the parameters' memory: while it lives, changing them would copy them.
            drop(judged);
            optimizer.step(self.model, &gradients);
            // Leaves the cell here if the user has interrupted it: between two steps, the model in order.
            bar.advance(number, &means, positions.len());
        }
        means
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
