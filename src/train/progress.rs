//! What is shown while an epoch is under way.

use std::cell::Cell;
use std::time::{Duration, Instant};

use ferrolab_display::Progress;

use super::run::Judged;
use crate::Device;
use crate::array::Array;
use crate::cuda;

/// How often numbers are read from a GPU to be shown: reading one waits for it.
const PAUSE: Duration = Duration::from_millis(200);

/// Loss and accuracy so far, averaged over examples.
#[derive(Default)]
pub(super) struct Means {
    /// The sum over the examples.
    pub(super) loss: f64,
    pub(super) right: Option<usize>,
    pub(super) examples: usize,
    /// Of batches that the sums lack: the loss, how many examples are right, and how many there are.
    awaited: Vec<(Array, Option<Array>, usize)>,
}

impl Means {
    pub(super) fn of(loss: f64, right: Option<usize>, examples: usize) -> Means {
        Means { loss, right, examples, awaited: Vec::new() }
    }

    /// Adds a batch, without waiting for a GPU that still computes it.
    pub(super) fn add(&mut self, judged: &Judged, examples: usize) {
        self.awaited.push((judged.loss.array(), judged.right.clone(), examples));
        self.examples += examples;
        if cuda::active().is_none() {
            self.settled();
        }
    }

    /// With all batches in the sums.
    pub(super) fn settled(&mut self) -> &Means {
        for (loss, right, examples) in self.awaited.drain(..) {
            self.loss += f64::from(loss.to_vec()[0]) * examples as f64;
            if let Some(right) = right {
                *self.right.get_or_insert(0) += right.to_vec()[0] as usize;
            }
        }
        self
    }

    pub(super) fn loss(&self) -> f32 {
        (self.loss / self.examples.max(1) as f64) as f32
    }

    /// The share of examples that the model got right, if that was counted.
    pub(super) fn accuracy(&self) -> Option<f32> {
        self.right.map(|right| right as f32 / self.examples.max(1) as f32)
    }
}

/// The progress bar of a training; it knows the time left.
pub(super) struct Bar {
    bar: Progress,
    epochs: usize,
    /// Which GPU computes, if one does.
    on: String,
    done: Cell<usize>,
    started: Instant,
    /// When numbers were last read to be shown.
    read: Cell<Instant>,
}

impl Bar {
    /// For `examples` that are left to look at, over all epochs, if that is known.
    pub(super) fn new(epochs: usize, examples: Option<usize>) -> Bar {
        let bar = match examples {
            Some(examples) => Progress::new(examples, "training"),
            None => Progress::unbounded("training"),
        };
        let on = match Device::current() {
            Device::Cpu => String::new(),
            gpu => format!(" on {gpu}"),
        };
        let now = Instant::now();
        Bar { bar, epochs, on, done: Cell::new(0), started: now, read: Cell::new(now) }
    }

    /// So many examples are left, as is known by now.
    pub(super) fn expect(&self, examples: usize) {
        self.bar.set_total(self.done.get() + examples);
    }

    /// After a step of epoch `number` (from 0) on `count` examples. Leaves the cell if the user has interrupted it.
    pub(super) fn advance(&self, number: usize, means: &mut Means, count: usize) {
        self.done.set(self.done.get() + count);
        if !means.awaited.is_empty() && self.read.get().elapsed() < PAUSE {
            return self.bar.inc(count);
        }
        means.settled();
        self.read.set(Instant::now());
        let speed = self.done.get() as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
        let accuracy =
            means.accuracy().map(|accuracy| format!(", accuracy {accuracy:.3}")).unwrap_or_default();
        self.bar.message(format!(
            "epoch {}/{}, loss {:.4}{accuracy}, {speed:.0} examples/s{}",
            number + 1,
            self.epochs,
            means.loss(),
            self.on
        ));
        self.bar.inc(count);
    }

    pub(super) fn finish(&self) {
        self.bar.finish();
    }
}
