//! What is shown while an epoch is under way.

use std::cell::Cell;
use std::time::Instant;

use ferrolab_display::Progress;

use super::run::Judged;

/// Loss and accuracy so far, averaged over examples.
#[derive(Clone, Copy, Default)]
pub(super) struct Means {
    /// The sum over the examples.
    pub(super) loss: f64,
    pub(super) right: Option<usize>,
    pub(super) examples: usize,
}

impl Means {
    pub(super) fn add(&mut self, judged: &Judged, examples: usize) {
        self.loss += f64::from(judged.loss.array().values()[0]) * examples as f64;
        if let Some(right) = judged.right {
            *self.right.get_or_insert(0) += right;
        }
        self.examples += examples;
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
    done: Cell<usize>,
    started: Instant,
}

impl Bar {
    /// For `examples` that are left to look at, over all epochs, if that is known.
    pub(super) fn new(epochs: usize, examples: Option<usize>) -> Bar {
        let bar = match examples {
            Some(examples) => Progress::new(examples, "training"),
            None => Progress::unbounded("training"),
        };
        Bar { bar, epochs, done: Cell::new(0), started: Instant::now() }
    }

    /// So many examples are left, as is known by now.
    pub(super) fn expect(&self, examples: usize) {
        self.bar.set_total(self.done.get() + examples);
    }

    /// After a step of epoch `number` (from 0) on `count` examples. Leaves the cell if the user has interrupted it.
    pub(super) fn advance(&self, number: usize, means: &Means, count: usize) {
        self.done.set(self.done.get() + count);
        let speed = self.done.get() as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
        let accuracy =
            means.accuracy().map(|accuracy| format!(", accuracy {accuracy:.3}")).unwrap_or_default();
        self.bar.message(format!(
            "epoch {}/{}, loss {:.4}{accuracy}, {speed:.0} examples/s",
            number + 1,
            self.epochs,
            means.loss()
        ));
        self.bar.inc(count);
    }

    pub(super) fn finish(&self) {
        self.bar.finish();
    }
}
