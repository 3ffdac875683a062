//! Linear chains of tags: `kernels/crf.cu`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::launch::{BLOCK, packed};
use super::reduce::Columns;
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// Most threads that share out the tags of a sequence.
const MOST_THREADS: usize = 512;

/// The emissions of a batch of sequences, and the weights of their chain.
pub(crate) struct Chains {
    sizes: [usize; 3],
    emissions: Arc<Memory>,
    transitions: Arc<Memory>,
    start: Arc<Memory>,
    end: Arc<Memory>,
    lengths: Memory<u32>,
}

/// What is known of sequences whose tags are given: the kernels' `Ways`.
pub(crate) struct Ways {
    given: Memory<u32>,
    before: Memory<f64>,
    behind: Memory<f64>,
    all: Memory<f64>,
}

impl Chains {
    /// Emissions `[batch, steps, tags]`, then transitions, start and end; of each sequence, how many steps count.
    pub(crate) fn new(gpu: &'static Gpu, sizes: [usize; 3], arrays: [&Array; 4], lengths: &[usize]) -> Self {
        let [emissions, transitions, start, end] = arrays.map(|array| array.row_major().memory(gpu));
        Chains { sizes, emissions, transitions, start, end, lengths: gpu.upload_numbers(lengths) }
    }

    /// The kernels' `Chains`.
    fn argument(&self) -> Vec<u64> {
        let sizes = self.sizes.map(|size| size as u32);
        let weights = [&self.emissions, &self.transitions, &self.start, &self.end];
        let addresses = weights.map(|memory| memory.address()).into_iter().chain([self.lengths.address()]);
        packed(&sizes).chain(addresses).collect()
    }

    /// The threads of a block.
    fn threads(&self) -> [u32; 3] {
        [self.sizes[2].next_multiple_of(32).clamp(32, MOST_THREADS) as u32, 1, 1]
    }
}

impl Ways {
    fn argument(&self) -> Vec<u64> {
        let Ways { given, before, behind, all } = self;
        vec![given.address(), before.address(), behind.address(), all.address()]
    }
}

impl Gpu {
    /// The mean of what sequences with these tags cost, and what the slopes need if that is to be kept.
    pub(crate) fn crf(&'static self, chains: &Chains, tags: &[usize], keep: bool) -> (Array, Option<Ways>) {
        let [batch, steps, count] = chains.sizes;
        // Without slopes two places are enough, the old and the new.
        let places = if keep { steps } else { 2 };
        let room = |places: usize| Memory::scratch(self, batch * places * count);
        let ways = Ways {
            given: self.upload_numbers(tags),
            before: room(places),
            behind: room(if keep { places } else { 0 }),
            all: Memory::scratch(self, batch),
        };
        let reversed = keep.then(|| self.read(&chains.transitions, 0, &[count, count], &[1, count]));
        let losses = Memory::scratch(self, batch);
        let launch = self.kernel("crf", "ways").with(chains.argument()).with(reversed.as_ref());
        let launch = launch.with(&ways.given).with(places).with(&ways.before).with(&ways.behind);
        let launch = launch.with(&ways.all).with(&losses);
        launch.blocks([if keep { 2 * batch } else { batch }, 1, 1], chains.threads());
        (self.mean_of_rows(&losses), keep.then_some(ways))
    }

    /// What of its gradient comes back to emissions, transitions, start and end.
    pub(crate) fn crf_slopes(
        &'static self,
        gradient: &Array,
        chains: &Chains,
        ways: &Ways,
        wanted: &[bool],
    ) -> Vec<Option<Array>> {
        let [batch, steps, count] = chains.sizes;
        let gradient = &*gradient.memory(self);
        let array = |sizes: &[usize], memory| Array::on_gpu(sizes, Layout::RowMajor, memory);
        let emissions = wanted[0].then(|| {
            let slope = Memory::scratch(self, batch * steps * count);
            let launch = self.kernel("crf", "emissions_slope").with(slope.len()).with(chains.argument());
            launch.with(ways.argument()).with(gradient).with(&slope).over(slope.len());
            array(&[batch, steps, count], slope)
        });
        let transitions = wanted[1].then(|| {
            let columns = Columns::new([1, batch * steps, count * count]);
            let parts = Memory::scratch(self, columns.results().iter().product());
            let launch = self.kernel("crf", "transitions_slope").with(columns.argument());
            let launch = launch.with(chains.argument()).with(ways.argument()).with(gradient).with(&parts);
            launch.blocks(columns.grid(), [BLOCK, 1, 1]);
            let one = columns.parts == 1;
            array(&[count, count], if one { parts } else { self.axis_sum(&parts, columns.results(), 1.0) })
        });
        let [mut start, mut end] = [None, None];
        if wanted[2] || wanted[3] {
            let columns = Columns::whole([2, batch, count]);
            let slopes = [(); 2].map(|()| Memory::scratch(self, count));
            let launch = self.kernel("crf", "ends_slope").with(columns.argument()).with(chains.argument());
            let launch = launch.with(ways.argument()).with(gradient).with(&slopes[0]).with(&slopes[1]);
            launch.blocks(columns.grid(), [BLOCK, 1, 1]);
            [start, end] = slopes.map(|slope| Some(array(&[count], slope)));
        }
        vec![emissions, transitions, start, end]
    }

    /// The likeliest tags of all steps, 0 behind the length of a sequence.
    pub(crate) fn crf_decode(&'static self, chains: &Chains) -> Vec<u32> {
        let [batch, steps, count] = chains.sizes;
        let scores: Memory<f64> = Memory::scratch(self, batch * 2 * count);
        let origins: Memory<u32> = Memory::scratch(self, batch * steps * count);
        let best = Memory::scratch(self, batch * steps);
        let launch = self.kernel("crf", "likeliest").with(chains.argument());
        launch.with(&scores).with(&origins).with(&best).blocks([batch, 1, 1], chains.threads());
        let mut tags = vec![0; best.len()];
        self.download(&best, &mut tags);
        tags
    }
}
