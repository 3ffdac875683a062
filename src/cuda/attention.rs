//! Attention: in tiles, where weights are never written (`kernels/attention.cu`, `kernels/attention_back.cu`); by matrix products
//! in heads that are too wide for that (`wide.rs`).

mod wide;

use std::sync::Arc;

use super::launch::packed;
use super::memory::Word;
use super::{Gpu, Memory};
use crate::cpu::attention::Sizes;

/// The widest head that tiles hold.
const WIDEST_HEAD: usize = 128;

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

/// What the gradients need to make the weights again.
pub(crate) enum Kept {
    /// A number for each row.
    Logs(Memory),
    /// The weights, without regard to those that are dropped.
    Weights(Memory),
}

/// The result, and what the gradients need beside it.
pub(crate) struct Outcome<'a> {
    pub(crate) y: &'a Memory,
    pub(crate) kept: &'a Kept,
}

impl Gpu {
    /// The result, `[batch, queries, heads · width]`, and what to keep for the gradients.
    pub(crate) fn attention(&'static self, heads: &Heads, [q, k, v]: [Place; 3]) -> (Memory, Kept) {
        let s = &heads.sizes;
        if s.width > WIDEST_HEAD {
            let (y, weights) = self.wide_attention(heads, [q, k, v]);
            return (y, Kept::Weights(weights));
        }
        let y = Memory::scratch(self, s.batch * s.queries * s.all());
        let logs = Memory::scratch(self, s.batch * s.heads * s.queries);
        let launch = self.kernel("attention", &heads.kernel("forward")).with(heads.argument());
        launch.with(q).with(k).with(v).with(&y).with(&logs).blocks(heads.grid(s.queries), [THREADS, 1, 1]);
        (y, Kept::Logs(logs))
    }

    /// The weights, `[batch, heads, queries, keys]`.
    pub(crate) fn attention_weights(&'static self, heads: &Heads, [q, k]: [Place; 2], kept: &Kept) -> Memory {
        let logs = match kept {
            Kept::Weights(weights) => return weights.clone(),
            Kept::Logs(logs) => logs,
        };
        let weights = Memory::scratch(self, heads.sizes.weights());
        let launch = self.kernel("attention", &heads.kernel("weights")).with(heads.argument());
        let launch = launch.with(q).with(k).with(logs).with(&weights);
        launch.blocks(heads.grid(heads.sizes.queries), [THREADS, 1, 1]);
        weights
    }

    /// Writes the gradients of queries, keys and values, from that of the result.
    pub(crate) fn attention_back(
        &'static self,
        heads: &Heads,
        [q, k, v]: [Place; 3],
        Outcome { y, kept }: Outcome,
        dy: &Memory,
        [dq, dk, dv]: [Place; 3],
    ) {
        let logs = match kept {
            Kept::Weights(weights) => return self.wide_back(heads, [q, k, v], weights, dy, [dq, dk, dv]),
            Kept::Logs(logs) => logs,
        };
        let along = Memory::<f32>::scratch(self, logs.len());
        let launch = self.kernel("attention_back", &heads.kernel("of_queries")).with(heads.argument());
        let launch = launch.with(q).with(k).with(v).with(y).with(dy).with(logs).with(&along).with(dq);
        launch.blocks(heads.grid(heads.sizes.queries), [THREADS, 1, 1]);
        let launch = self.kernel("attention_back", &heads.kernel("of_keys")).with(heads.argument());
        let launch = launch.with(q).with(k).with(v).with(dy).with(logs).with(&along).with(dk).with(dv);
        launch.blocks(heads.grid(heads.sizes.keys), [THREADS, 1, 1]);
    }
}

impl Heads {
    /// The kernel for heads of this width.
    fn kernel(&self, name: &str) -> String {
        let width = [32, 64].into_iter().find(|&width| self.sizes.width <= width).unwrap_or(WIDEST_HEAD);
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
        let [scale, kept] = [s.scale(), self.kept].map(f32::to_bits);
        let numbers = [heads, queries, keys, width, stride, causal, scale, kept];
        packed(&numbers).chain([self.seed, address(&self.there), address(&self.pairs)]).collect()
    }
}
