//! Attention whose weights are never written: `kernels/attention.cu`.

use std::sync::Arc;

use super::launch::Argument;
use super::memory::Word;
use super::{Gpu, Memory};
use crate::cpu::attention::Sizes;

/// The widest head that there is a kernel for.
pub(crate) const WIDEST_HEAD: usize = 128;

/// Rows that a block treats, and its threads.
const ROWS: usize = 32;
const THREADS: u32 = 128;

/// What the heads of all sequences share.
pub(crate) struct Heads {
    pub(crate) sizes: Sizes,
    /// Values from one row of queries, keys or values to the next.
    pub(crate) stride: usize,
    pub(crate) causal: bool,
    /// Of each sequence, which keys there are.
    pub(crate) there: Option<Arc<Memory<u8>>>,
    /// Of each query, which keys it sees.
    pub(crate) pairs: Option<Arc<Memory<u8>>>,
    /// The share of the weights that is kept, drawn by a seed.
    pub(crate) kept: f32,
    pub(crate) seed: u64,
}

/// Some memory and where in it the rows begin.
pub(crate) type Place<'a> = (&'a Memory, usize);

/// What the gradients need of the result.
pub(crate) struct Outcome<'a> {
    pub(crate) y: &'a Memory,
    pub(crate) logs: &'a Memory,
}

impl Gpu {
    /// The result, `[batch, queries, heads · width]`, and a number for each row with which its weights are made again.
    pub(crate) fn attention(&'static self, heads: &Heads, [q, k, v]: [Place; 3]) -> (Memory, Memory) {
        let s = &heads.sizes;
        let y = Memory::scratch(self, s.batch * s.queries * s.all());
        let logs = Memory::scratch(self, s.batch * s.heads * s.queries);
        let launch = self.kernel("attention", &heads.kernel("forward")).with(&heads.argument()[..]);
        launch.with(q).with(k).with(v).with(&y).with(&logs).blocks(heads.grid(s.queries), [THREADS, 1, 1]);
        (y, logs)
    }

    /// The weights, `[batch, heads, queries, keys]`.
    pub(crate) fn attention_weights(
        &'static self,
        heads: &Heads,
        [q, k]: [Place; 2],
        logs: &Memory,
    ) -> Memory {
        let weights = Memory::scratch(self, heads.sizes.weights());
        let launch = self.kernel("attention", &heads.kernel("weights")).with(&heads.argument()[..]);
        let launch = launch.with(q).with(k).with(logs).with(&weights);
        launch.blocks(heads.grid(heads.sizes.queries), [THREADS, 1, 1]);
        weights
    }

    /// Writes the gradients of queries, keys and values, from that of the result.
    pub(crate) fn attention_back(
        &'static self,
        heads: &Heads,
        [q, k, v]: [Place; 3],
        Outcome { y, logs }: Outcome,
        dy: &Memory,
        [dq, dk, dv]: [Place; 3],
    ) {
        let along = Memory::<f32>::scratch(self, logs.len());
        let launch = self.kernel("attention", &heads.kernel("of_queries")).with(&heads.argument()[..]);
        let launch = launch.with(q).with(k).with(v).with(y).with(dy).with(logs).with(&along).with(dq);
        launch.blocks(heads.grid(heads.sizes.queries), [THREADS, 1, 1]);
        let launch = self.kernel("attention", &heads.kernel("of_keys")).with(&heads.argument()[..]);
        let launch = launch.with(q).with(k).with(v).with(dy).with(logs).with(&along).with(dk).with(dv);
        launch.blocks(heads.grid(heads.sizes.keys), [THREADS, 1, 1]);
    }
}

impl Heads {
    /// The kernel for heads of this width.
    fn kernel(&self, name: &str) -> String {
        let width = [32, 64].into_iter().find(|&width| self.sizes.width <= width).unwrap_or(WIDEST_HEAD);
        assert!(self.sizes.width <= width, "a head of {} values has no kernel", self.sizes.width);
        format!("{name}_{width}")
    }

    fn grid(&self, rows: usize) -> [usize; 3] {
        [self.sizes.batch * self.sizes.heads * rows.div_ceil(ROWS), 1, 1]
    }

    /// The kernels' `Attention`.
    fn argument(&self) -> Vec<u64> {
        fn address<T: Word>(memory: &Option<Arc<Memory<T>>>) -> u64 {
            memory.as_ref().map_or(0, |memory| memory.address())
        }
        let s = &self.sizes;
        let sizes = [s.heads, s.queries, s.keys, s.width, self.stride, usize::from(self.causal)];
        let [heads, queries, keys, width, stride, causal] = sizes.map(|size| size as u32);
        let mut words = Vec::new();
        let [scale, kept] = [s.scale(), self.kept].map(f32::to_bits);
        [heads, queries, keys, width, stride, causal, scale, kept].push(&mut words);
        words.extend([self.seed, address(&self.there), address(&self.pairs)]);
        words
    }
}
