//! Attention in wide heads: `kernels/attention_wide.cu` between matrix products, one of each head of each sequence.

use super::{Heads, Place};
use crate::cuda::{Ending, Gpu, Matrix, Memory, Product};

const THREADS: [u32; 3] = [256, 1, 1];

impl Gpu {
    /// The result and the weights.
    pub(super) fn wide_attention(&'static self, heads: &Heads, [q, k, v]: [Place; 3]) -> (Memory, Memory) {
        let s = &heads.sizes;
        let [q, k, v] =
            [(q, s.queries), (k, s.keys), (v, s.keys)].map(|(x, steps)| self.split(heads, x, steps));
        let weights = self.of_heads(heads, [s.queries, s.width, s.keys], (&q, false), (&k, true));
        let launch = self.kernel("attention_wide", "weigh").with(heads.argument()).with(&weights);
        launch.blocks(heads.rows(), THREADS);
        let dropped = self.dropped(heads, &weights);
        let weighed = dropped.as_ref().unwrap_or(&weights);
        let y = self.of_heads(heads, [s.queries, s.keys, s.width], (weighed, false), (&v, false));
        // The heads side by side.
        let sizes = [s.batch, s.queries, s.heads, s.width];
        let y = self.read(&y, 0, &sizes, &[s.queries * s.all(), s.width, s.queries * s.width, 1]);
        (y, weights)
    }

    pub(super) fn wide_back(
        &'static self,
        heads: &Heads,
        [q, k, v]: [Place; 3],
        weights: &Memory,
        dy: &Memory,
        [dq, dk, dv]: [Place; 3],
    ) {
        let s = &heads.sizes;
        let [q, k, v] =
            [(q, s.queries), (k, s.keys), (v, s.keys)].map(|(x, steps)| self.split(heads, x, steps));
        let dy = self.read(
            dy,
            0,
            &[s.batch, s.heads, s.queries, s.width],
            &[s.queries * s.all(), s.width, s.all(), 1],
        );
        let dropped = self.dropped(heads, weights);
        let weighed = dropped.as_ref().unwrap_or(weights);
        let of_values = self.of_heads(heads, [s.keys, s.queries, s.width], (weighed, true), (&dy, false));
        self.join(heads, &of_values, dv, s.keys);
        let slopes = self.of_heads(heads, [s.queries, s.width, s.keys], (&dy, false), (&v, true));
        let launch = self.kernel("attention_wide", "slopes").with(heads.argument());
        launch.with(weights).with(&slopes).blocks(heads.rows(), THREADS);
        let of_queries = self.of_heads(heads, [s.queries, s.keys, s.width], (&slopes, false), (&k, false));
        self.join(heads, &of_queries, dq, s.queries);
        let of_keys = self.of_heads(heads, [s.keys, s.queries, s.width], (&slopes, true), (&q, false));
        self.join(heads, &of_keys, dk, s.keys);
    }

    /// The products of row-major matrices of each head, transposed if so said.
    fn of_heads(
        &'static self,
        heads: &Heads,
        [m, k, n]: [usize; 3],
        (a, a_turned): (&Memory, bool),
        (b, b_turned): (&Memory, bool),
    ) -> Memory {
        let a = if a_turned { Matrix::transposed(a, m) } else { Matrix::new(a, k) };
        let b = if b_turned { Matrix::transposed(b, k) } else { Matrix::new(b, n) };
        let batch = heads.sizes.batch * heads.sizes.heads;
        let product = Product { sizes: [m, k, n], batch, a: a.apart(m * k), b: b.apart(k * n) };
        self.product(&product, &Ending::default())
    }

    /// The weights without those that are dropped; none if all are kept.
    fn dropped(&'static self, heads: &Heads, weights: &Memory) -> Option<Memory> {
        (heads.kept < 1.0).then(|| {
            let dropped = Memory::scratch(self, weights.len());
            let launch = self.kernel("attention_wide", "drop").with(heads.argument());
            launch.with(weights).with(&dropped).blocks(heads.rows(), THREADS);
            dropped
        })
    }

    /// `[batch, heads, steps, width]` of rows in which the heads lie side by side.
    fn split(&'static self, heads: &Heads, (x, first): Place, steps: usize) -> Memory {
        let (sizes, strides) = heads.walk(steps);
        self.read(x, first, &sizes, &strides)
    }

    /// The way back.
    fn join(&'static self, heads: &Heads, from: &Memory, (to, first): Place, steps: usize) {
        let (sizes, strides) = heads.walk(steps);
        self.write(from, to, first, &sizes, &strides);
    }
}

impl Heads {
    /// A block for each row.
    fn rows(&self) -> [usize; 3] {
        [self.sizes.batch * self.sizes.heads * self.sizes.queries, 1, 1]
    }

    fn walk(&self, steps: usize) -> ([usize; 4], [usize; 4]) {
        let s = &self.sizes;
        ([s.batch, s.heads, steps, s.width], [steps * self.stride, s.width, self.stride, 1])
    }
}
