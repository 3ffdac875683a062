//! The loss [`ctc`](crate::loss::ctc): `kernels/ctc.cu`.

use super::launch::{BLOCK, packed};
use super::words::sizes;
use super::{Gpu, Memory};
use crate::array::{Array, Layout};
use crate::loss::Ctc;

/// Most threads that walk through the frames of a sequence.
const MOST_THREADS: usize = 512;

/// What the sequences of a batch are to say.
pub(crate) struct Sequences {
    /// The lists of the kernels' `Batch`, one behind the other.
    lists: Memory<u32>,
    sizes: [usize; 3],
    /// Of all targets together.
    labels: usize,
    /// States of the longest target.
    most_states: usize,
    rule: Ctc,
}

/// What is kept of a loss for its gradient.
pub(crate) struct Walked {
    losses: Memory<f64>,
    forwards: Memory<f64>,
}

impl Sequences {
    /// Of targets and lengths that belong to logarithms of probabilities of these sizes, `[frames, batch, classes]`.
    pub(crate) fn new(
        gpu: &'static Gpu,
        targets: &[Vec<usize>],
        lengths: &[usize],
        sizes: [usize; 3],
        rule: Ctc,
    ) -> Sequences {
        let (mut lists, mut labels) = (lengths.to_vec(), 0);
        for target in targets {
            lists.push(labels);
            labels += target.len();
        }
        lists.push(labels);
        lists.extend(targets.iter().flatten());
        for target in targets {
            let mut places: Vec<usize> = (0..target.len()).collect();
            places.sort_by_key(|&place| target[place]);
            lists.extend(places);
        }
        let most_labels = targets.iter().map(Vec::len).max().unwrap_or(0);
        Sequences { lists: gpu.upload_numbers(&lists), sizes, labels, most_states: 2 * most_labels + 1, rule }
    }

    /// The kernels' `Batch`.
    fn argument(&self) -> Vec<u64> {
        let [frames, batch, classes] = self.sizes;
        let starts = [0, batch, 2 * batch + 1, 2 * batch + 1 + self.labels];
        let list = |start: usize| self.lists.address() + (start * size_of::<u32>()) as u64;
        let Ctc { blank, zero_infinity, sum } = self.rule;
        let numbers = sizes([frames, batch, classes, blank, usize::from(zero_infinity), usize::from(sum)]);
        starts.into_iter().map(list).chain(packed(&numbers)).collect()
    }

    /// A walk through the frames from one of their ends: a value for each frame and state.
    fn walk(&self, gpu: &'static Gpu, x: &Array, backwards: bool) -> Memory<f64> {
        let [frames, batch, _] = self.sizes;
        let table = Memory::scratch(gpu, frames * (2 * self.labels + batch));
        let launch = gpu.kernel("ctc", "walk").with(self.argument()).with(x.memory(gpu));
        let threads = self.most_states.next_multiple_of(32).min(MOST_THREADS);
        launch.with(u32::from(backwards)).with(&table).blocks([batch, 1, 1], [threads as u32, 1, 1]);
        table
    }
}

impl Gpu {
    /// The loss of row-major logarithms of probabilities.
    pub(crate) fn ctc(&'static self, x: &Array, sequences: &Sequences) -> (Array, Walked) {
        let forwards = sequences.walk(self, x, false);
        let (losses, loss) = (Memory::scratch(self, sequences.sizes[1]), Memory::scratch(self, 1));
        let launch = self.kernel("ctc", "total").with(sequences.argument()).with(&forwards);
        launch.with(&losses).with(&loss).blocks([1, 1, 1], [BLOCK, 1, 1]);
        (Array::on_gpu(&[], Layout::RowMajor, loss), Walked { losses, forwards })
    }

    /// What of `gradient` comes back to them.
    pub(crate) fn ctc_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        sequences: &Sequences,
        walked: &Walked,
    ) -> Array {
        let [frames, batch, classes] = sequences.sizes;
        let (backwards, dx) = (sequences.walk(self, x, true), Memory::scratch(self, x.len()));
        self.by_rows("ctc", "slope", [frames * batch, classes.max(sequences.most_states)], |kernel| {
            let kernel = kernel.with(sequences.argument()).with(gradient.memory(self)).with(x.memory(self));
            kernel.with(&walked.losses).with(&walked.forwards).with(&backwards).with(&dx)
        });
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }
}
