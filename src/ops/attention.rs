//! `attention`: every query's mean of the values, weighted by how well their keys fit it.

use std::sync::Arc;

use rayon::prelude::*;

use crate::array::{Array, Kept, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{Matrix, gemm};
use crate::random;
use crate::raw::Raw;

/// Which keys a query must not look at.
///
/// ```
/// use ferrolab::ops::AttentionMask;
/// let mask = AttentionMask::causal().lengths(&[5, 3], 5); // of the second sequence only three steps count
/// ```
#[derive(Clone, Debug, Default)]
pub struct AttentionMask {
    causal: bool,
    /// Of each sequence, which keys are there.
    keys: Option<Arc<[bool]>>,
    /// Of each query, which keys it looks at.
    pairs: Option<Arc<[bool]>>,
}

impl AttentionMask {
    /// Every query looks at every key.
    pub fn none() -> Self {
        AttentionMask::default()
    }

    /// A query looks at the keys up to its own place only: what a model that predicts the next token needs.
    pub fn causal() -> Self {
        AttentionMask { causal: true, ..Default::default() }
    }

    /// Padding: of each sequence, how many of its `steps` keys there are. The inverse of PyTorch's `key_padding_mask`.
    ///
    /// ***Panics*** if a length is more than `steps`.
    #[track_caller]
    pub fn lengths(self, lengths: &[usize], steps: usize) -> Self {
        if let Some(length) = lengths.iter().find(|&&length| length > steps) {
            panic!("a sequence of length {length} does not fit into {steps} steps");
        }
        let keys = lengths.iter().flat_map(|&length| (0..steps).map(move |step| step < length)).collect();
        AttentionMask { keys: Some(keys), ..self }
    }

    /// Which keys there are, one a place of the batch: `keys[sequence * steps + step]`.
    pub fn keys(self, keys: Vec<bool>) -> Self {
        AttentionMask { keys: Some(keys.into()), ..self }
    }

    /// Which keys each query looks at, the same for every sequence: `pairs[query * keys + key]`. The inverse of PyTorch's
    /// boolean `attn_mask`.
    pub fn pairs(self, pairs: Vec<bool>) -> Self {
        AttentionMask { pairs: Some(pairs.into()), ..self }
    }

    fn hides(&self, [batch, query, key]: [usize; 3], keys: usize) -> bool {
        self.causal && key > query
            || self.keys.as_ref().is_some_and(|there| !there[batch * keys + key])
            || self.pairs.as_ref().is_some_and(|seen| !seen[query * keys + key])
    }
}

#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    queries: usize,
    keys: usize,
    heads: usize,
    /// Of one head.
    width: usize,
}

impl Sizes {
    fn all(&self) -> usize {
        self.heads * self.width
    }

    /// One head of one sequence, a row a step.
    fn head<'a>(&self, x: &'a [f32], steps: usize, which: usize) -> Matrix<'a> {
        let (batch, head) = (which / self.heads, which % self.heads);
        let start = batch * steps * self.all() + head * self.width;
        Matrix { values: &x[start..], row_stride: self.all(), column_stride: 1 }
    }

    /// Puts the heads, `[batch, heads, steps, width]`, side by side: `[batch, steps, heads · width]`.
    fn joined(&self, heads: &[f32], steps: usize) -> Array {
        let mut y = Buffer::scratch(heads.len());
        for (row, y) in y.chunks_exact_mut(self.all()).enumerate() {
            let (batch, step) = (row / steps, row % steps);
            for (head, y) in y.chunks_exact_mut(self.width).enumerate() {
                let from = ((batch * self.heads + head) * steps + step) * self.width;
                y.copy_from_slice(&heads[from..from + self.width]);
            }
        }
        Array::new(&[self.batch, steps, self.all()], Layout::RowMajor, y)
    }
}

fn transposed(x: Matrix) -> Matrix {
    Matrix { row_stride: x.column_stride, column_stride: x.row_stride, ..x }
}

/// Scaled dot-product attention (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>) in `heads` heads: for each of them
/// `softmax(q kᵀ / √width) v`. `query` is `[batch, queries, e]`, `key` and `value` are `[batch, keys, e]`; a head has
/// `e / heads` neighbouring columns. The result is `[batch, queries, e]`, and beside it the weights, `[batch, heads,
/// queries, keys]`. A query that may look at nothing gets zeros.
///
/// While `dropout` is above 0, that share of the weights is dropped and the others made greater.
///
/// ***Panics*** if the sizes do not agree, or if `e` does not divide into the heads.
#[track_caller]
pub fn attention(
    query: &Raw,
    key: &Raw,
    value: &Raw,
    heads: usize,
    mask: &AttentionMask,
    dropout: f32,
) -> (Raw, Array) {
    let s = sizes([query, key, value], heads, mask);
    let inputs = [query, key, value].map(|x| x.kept().in_layout(Layout::RowMajor).for_product());
    let [q, k, v] = inputs.each_ref().map(Kept::array);
    let (area, scale) = (s.queries * s.keys, 1.0 / (s.width as f32).sqrt());
    let mut weights = Buffer::scratch(s.batch * s.heads * area);
    weights.par_chunks_mut(area).enumerate().for_each(|(which, weights)| {
        let (q, k) = (s.head(q.values(), s.queries, which), s.head(k.values(), s.keys, which));
        gemm([s.queries, s.width, s.keys], q, transposed(k), None, weights);
        for (query, row) in weights.chunks_mut(s.keys).enumerate() {
            for (key, score) in row.iter_mut().enumerate() {
                let hidden = mask.hides([which / s.heads, query, key], s.keys);
                *score = if hidden { f32::NEG_INFINITY } else { *score * scale };
            }
            softmax(row);
        }
    });
    let sizes = [s.batch, s.heads, s.queries, s.keys];
    let weights = Kept::from(Array::new(&sizes, Layout::RowMajor, weights)).for_product();
    let shown = weights.array();
    let kept = (dropout > 0.0).then(|| {
        let share = 1.0 - dropout;
        crate::cpu::elementwise::map(&random::bernoulli(&sizes, share), |kept| kept / share)
    });
    let dropped = match &kept {
        Some(kept) => {
            let dropped = crate::cpu::elementwise::zip(&shown, kept, |weight, kept| weight * kept);
            Kept::from(dropped).for_product()
        }
        None => weights.clone(),
    };
    let of_values = dropped.array();
    let of_head = s.queries * s.width;
    let mut parts = Buffer::scratch(s.batch * s.heads * of_head);
    parts.par_chunks_mut(of_head).zip(of_values.values().par_chunks(area)).enumerate().for_each(
        |(which, (part, weights))| {
            let (rows, v) = (Matrix::new(weights, s.keys), s.head(v.values(), s.keys, which));
            gemm([s.queries, s.keys, s.width], rows, v, None, part);
        },
    );
    let y = s.joined(&parts, s.queries);
    let y = Raw::from_product("attention", y, &[query, key, value], move |gradient, _| {
        let [q, k, v] = inputs.each_ref().map(Kept::array);
        let (weights, dropped) = (weights.array(), dropped.array());
        let dy = gradient.row_major();
        let mut dq = Buffer::scratch(q.len());
        let [mut dk, mut dv] = [&k, &v].map(|x| Buffer::scratch(x.len()));
        let of_keys = s.keys * s.width;
        (
            dq.par_chunks_mut(of_head),
            dk.par_chunks_mut(of_keys),
            dv.par_chunks_mut(of_keys),
            weights.values().par_chunks(area),
            dropped.values().par_chunks(area),
        )
            .into_par_iter()
            .enumerate()
            .for_each(|(which, (dq, dk, dv, weights, dropped))| {
                let (q, k) = (s.head(q.values(), s.queries, which), s.head(k.values(), s.keys, which));
                let (v, dy) = (s.head(v.values(), s.keys, which), s.head(dy.values(), s.queries, which));
                gemm([s.keys, s.queries, s.width], Matrix::transposed(dropped, s.keys), dy, None, dv);
                let mut ds = Buffer::scratch(area);
                gemm([s.queries, s.width, s.keys], dy, transposed(v), None, &mut ds);
                if let Some(kept) = &kept {
                    let kept = &kept.values()[which * area..(which + 1) * area];
                    ds.iter_mut().zip(kept).for_each(|(ds, kept)| *ds *= kept);
                }
                for (ds, weights) in ds.chunks_mut(s.keys).zip(weights.chunks(s.keys)) {
                    let along: f32 = ds.iter().zip(weights).map(|(ds, weight)| ds * weight).sum();
                    for (ds, weight) in ds.iter_mut().zip(weights) {
                        *ds = weight * (*ds - along) * scale;
                    }
                }
                gemm([s.queries, s.keys, s.width], Matrix::new(&ds, s.keys), k, None, dq);
                gemm([s.keys, s.queries, s.width], Matrix::transposed(&ds, s.keys), q, None, dk);
            });
        vec![Some(s.joined(&dq, s.queries)), Some(s.joined(&dk, s.keys)), Some(s.joined(&dv, s.keys))]
    });
    (y, shown)
}

/// In place; where all scores are minus infinity, zeros.
fn softmax(row: &mut [f32]) {
    let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if greatest == f32::NEG_INFINITY {
        return row.fill(0.0);
    }
    let mut sum = 0.0;
    for score in row.iter_mut() {
        *score = (*score - greatest).exp();
        sum += *score;
    }
    row.iter_mut().for_each(|weight| *weight /= sum);
}

#[track_caller]
fn sizes([query, key, value]: [&Raw; 3], heads: usize, mask: &AttentionMask) -> Sizes {
    let [q, k, v] = [query, key, value].map(Raw::sizes);
    let (&[batch, queries, e], &[batch2, keys, e2]) = (&q[..], &k[..]) else {
        panic!("attention: expected queries and keys [batch, steps, size], got {q:?} and {k:?}")
    };
    assert!(
        batch == batch2 && e == e2 && k == v,
        "attention: queries {q:?}, keys {k:?} and values {v:?} do not fit"
    );
    assert!(
        heads > 0 && e > 0 && e.is_multiple_of(heads),
        "attention: {e} values do not divide into {heads} heads"
    );
    assert!(queries > 0 && keys > 0, "attention: sequences of shape {q:?} and {k:?} have no steps");
    if let Some(there) = &mask.keys {
        let len = there.len();
        assert!(len == batch * keys, "attention: a mask of {len} keys for {batch} sequences of {keys} steps");
    }
    if let Some(seen) = &mask.pairs {
        let len = seen.len();
        assert!(
            len == queries * keys,
            "attention: a mask of {len} pairs for {queries} queries and {keys} keys"
        );
    }
    Sizes { batch, queries, keys, heads, width: e / heads }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut random = Generator::new(1);
        for (queries, keys, heads, mask) in [
            (3, 3, 2, AttentionMask::causal()),
            (2, 3, 1, AttentionMask::none().lengths(&[3, 1], 3)),
            (1, 2, 4, AttentionMask::none().pairs(vec![true, false])),
        ] {
            let inputs = [queries, keys, keys].map(|steps| random.uniform(&[2, steps, 4], -1.0, 1.0));
            check_gradient(&inputs, |x| attention(&x[0], &x[1], &x[2], heads, &mask, 0.0).0);
            check_gradient(&inputs, |x| {
                random::manual_seed(3);
                attention(&x[0], &x[1], &x[2], heads, &mask, 0.3).0
            });
        }
    }

    #[test]
    fn a_query_that_may_look_at_nothing_gets_zeros() {
        let x = Raw::new(Array::full(&[1, 2, 4], 1.0));
        let mask = AttentionMask::none().lengths(&[0], 2);
        assert_eq!(attention(&x, &x, &x, 2, &mask, 0.0).0.to_vec(), [0.0; 8]);
    }

    #[test]
    #[should_panic(expected = "attention: 4 values do not divide into 3 heads")]
    fn heads_must_divide_the_values() {
        let x = Raw::new(Array::full(&[1, 2, 4], 1.0));
        attention(&x, &x, &x, 3, &AttentionMask::none(), 0.0);
    }
}
