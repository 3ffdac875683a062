//! Scaled dot-product attention, one head of one sequence at a time.

use super::buffer::Buffer;
use super::gemm::Matrix;
use super::packed::Packed;
use super::tile::{Kernels, Start};
use super::{half, math, reduce, simd, threads};
use crate::amp::Precision;

/// Batches from which on there is work for all threads without sharing out the heads.
const MANY: usize = 16;

/// The sizes, and what all heads share.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub batch: usize,
    pub queries: usize,
    pub keys: usize,
    pub heads: usize,
    /// Of one head.
    pub width: usize,
}

/// Rows in which the heads lie side by side, maybe with other values beside them: how far apart the rows are, and where
/// the first head begins.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    pub stride: usize,
    pub first: usize,
}

/// Hides some scores of a query, the third, of a sequence, the second: by minus infinity.
pub type Hide<'a> = dyn Fn(&mut [f32], usize, usize) + Sync + 'a;

/// What is done to the weights beside the definition.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// What each weight is multiplied with: those that are dropped by 0.
    pub kept: Option<&'a [f32]>,
    /// To which weights are rounded.
    pub precision: Option<Precision>,
}

impl Sizes {
    /// Values of all heads of a step.
    pub fn all(&self) -> usize {
        self.heads * self.width
    }

    /// Weights of a head.
    fn area(&self) -> usize {
        self.queries * self.keys
    }

    /// Weights of all heads of all sequences.
    pub fn weights(&self) -> usize {
        self.batch * self.heads * self.area()
    }

    pub fn scale(&self) -> f32 {
        1.0 / (self.width as f32).sqrt()
    }

    /// One head of one sequence, a row a step.
    fn head<'a>(&self, x: (&'a [f32], Columns), steps: usize, which: usize) -> Matrix<'a> {
        let (batch, head) = (which / self.heads, which % self.heads);
        let start = batch * steps * x.1.stride + x.1.first + head * self.width;
        Matrix::new(&x.0[start..], x.1.stride)
    }

    /// Calls `f` with what belongs to each head of a sequence and its number. Where sequences are few, their heads are shared
    /// out over the threads.
    fn for_heads<T: Send>(&self, heads: impl Iterator<Item = T>, f: impl Fn(usize, T) + Sync) {
        if self.batch >= MANY {
            heads.enumerate().for_each(|(head, of_head)| f(head, of_head));
        } else {
            threads::for_each_of(heads.collect(), f);
        }
    }

    /// Puts the heads of a sequence, `[heads, steps, width]`, side by side.
    fn join(&self, heads: &[f32], to: &mut [f32], columns: Columns) {
        let len = heads.len() / self.heads;
        for (head, from) in heads.chunks_exact(len).enumerate() {
            let at = columns.first + head * self.width;
            let rows = to.chunks_mut(columns.stride).zip(from.chunks_exact(self.width));
            rows.for_each(|(to, from)| to[at..at + self.width].copy_from_slice(from));
        }
    }
}

fn transposed(x: Matrix) -> Matrix {
    Matrix { row_stride: x.column_stride, column_stride: x.row_stride, ..x }
}

/// `softmax(q kᵀ / √width) v` of every head, `[batch, queries, heads · width]`; beside it the weights, `[batch, heads,
/// queries, keys]`, if they are to be kept.
pub fn forward(
    s: &Sizes,
    kernels: &'static Kernels,
    [q, k, v]: [(&[f32], Columns); 3],
    hide: Option<&Hide>,
    options: Options,
    keep: bool,
) -> (Buffer, Option<Buffer>) {
    let (area, of_head) = (s.area(), s.queries * s.width);
    let mut y = Buffer::scratch(s.batch * s.queries * s.all());
    let mut weights = Buffer::scratch(if keep { s.weights() } else { 0 });
    let per_sequence = if keep { s.heads * area } else { 0 };
    let mut rest = &mut weights[..];
    let sequences: Vec<_> = y
        .chunks_mut(s.queries * s.all())
        .map(|y| (y, rest.split_off_mut(..per_sequence).unwrap_or_default()))
        .collect();
    threads::for_each_of(sequences, |sequence, (y, weights)| {
        let mut passing = Buffer::scratch(if keep { 0 } else { s.heads * area });
        let weights = if keep { weights } else { &mut passing[..] };
        let mut heads = Buffer::scratch(s.heads * of_head);
        let each = heads.chunks_exact_mut(of_head).zip(weights.chunks_exact_mut(area));
        s.for_heads(each, |head, (part, weights)| {
            let which = sequence * s.heads + head;
            let (q, k, v) = (s.head(q, s.queries, which), s.head(k, s.keys, which), s.head(v, s.keys, which));
            let keys = Packed::new(kernels, s.queries, s.keys, &[(s.width, transposed(k))]);
            keys.multiply(s.queries, q, Start::Zero, weights, s.keys);
            simd::vectorised(
                #[inline(always)]
                || {
                    for (query, row) in weights.chunks_exact_mut(s.keys).enumerate() {
                        if let Some(hide) = hide {
                            hide(row, sequence, query);
                        }
                        softmax(row, s.scale());
                    }
                },
            );
            round(weights, options.precision);
            let values = Packed::new(kernels, s.queries, s.width, &[(s.keys, v)]);
            let dropped = dropped(s, options, which, weights);
            let weights = dropped.as_deref().unwrap_or(weights);
            values.multiply(s.queries, Matrix::new(weights, s.keys), Start::Zero, part, s.width);
        });
        s.join(&heads, y, Columns { stride: s.all(), first: 0 });
    });
    (y, keep.then_some(weights))
}

/// The weights of a head without those that are dropped; none if all are kept.
fn dropped(s: &Sizes, options: Options, which: usize, weights: &[f32]) -> Option<Buffer> {
    let kept = options.kept?;
    let mut dropped = Buffer::scratch(s.area());
    let kept = &kept[which * s.area()..][..s.area()];
    dropped.iter_mut().zip(weights).zip(kept).for_each(|((to, weight), kept)| *to = weight * kept);
    round(&mut dropped, options.precision);
    Some(dropped)
}

fn round(weights: &mut [f32], precision: Option<Precision>) {
    if let Some(precision) = precision {
        half::round(weights, precision);
    }
}

/// Of scores times `scale`, in place; where all are minus infinity, zeros.
#[inline(always)]
fn softmax(row: &mut [f32], scale: f32) {
    let greatest = reduce::greatest(row);
    if greatest == f32::NEG_INFINITY {
        return row.fill(0.0);
    }
    row.iter_mut().for_each(|score| *score = math::exp((*score - greatest) * scale));
    let share = 1.0 / reduce::sum_of(row, |weight| weight);
    row.iter_mut().for_each(|weight| *weight *= share);
}

/// The gradients of one sequence's queries, keys and values: apart, or side by side in the same rows.
pub enum Parts<'a> {
    Apart([&'a mut [f32]; 3]),
    Joined(&'a mut [f32]),
}

/// The gradients of queries, keys and values, from that of the result and the weights; `parts` has one for each sequence.
pub fn backward(
    s: &Sizes,
    kernels: &'static Kernels,
    [q, k, v]: [(&[f32], Columns); 3],
    weights: &[f32],
    options: Options,
    dy: &[f32],
    parts: Vec<Parts>,
) {
    let (area, of_queries, of_keys) = (s.area(), s.queries * s.width, s.keys * s.width);
    let of_head = of_queries + 2 * of_keys;
    threads::for_each_of(parts, |sequence, parts| {
        let mut heads = Buffer::scratch(s.heads * of_head);
        let (dq, rest) = heads.split_at_mut(s.heads * of_queries);
        let (dk, dv) = rest.split_at_mut(s.heads * of_keys);
        let each = dq.chunks_exact_mut(of_queries).zip(dk.chunks_exact_mut(of_keys));
        s.for_heads(each.zip(dv.chunks_exact_mut(of_keys)), |head, ((dq, dk), dv)| {
            let which = sequence * s.heads + head;
            let (q, k, v) = (s.head(q, s.queries, which), s.head(k, s.keys, which), s.head(v, s.keys, which));
            let dy = s.head((dy, Columns { stride: s.all(), first: 0 }), s.queries, which);
            let weights = &weights[which * area..][..area];
            let dropped = dropped(s, options, which, weights);
            let pack = |rows: usize, columns: usize, depth: usize, matrix: Matrix| {
                Packed::new(kernels, rows, columns, &[(depth, matrix)])
            };
            let of_values = Matrix::transposed(dropped.as_deref().unwrap_or(weights), s.keys);
            pack(s.keys, s.width, s.queries, dy).multiply(s.keys, of_values, Start::Zero, dv, s.width);
            let mut ds = Buffer::scratch(area);
            let values = pack(s.queries, s.keys, s.width, transposed(v));
            values.multiply(s.queries, dy, Start::Zero, &mut ds, s.keys);
            simd::vectorised(
                #[inline(always)]
                || {
                    if let Some(kept) = options.kept {
                        let kept = &kept[which * area..][..area];
                        ds.iter_mut().zip(kept).for_each(|(ds, kept)| *ds *= kept);
                    }
                    for (ds, weights) in ds.chunks_exact_mut(s.keys).zip(weights.chunks_exact(s.keys)) {
                        let along = reduce::dot(ds, weights);
                        let scale = s.scale();
                        ds.iter_mut().zip(weights).for_each(|(ds, w)| *ds = w * (*ds - along) * scale);
                    }
                },
            );
            let rows = Matrix::new(&ds, s.keys);
            pack(s.queries, s.width, s.keys, k).multiply(s.queries, rows, Start::Zero, dq, s.width);
            let columns = Matrix::transposed(&ds, s.keys);
            pack(s.keys, s.width, s.queries, q).multiply(s.keys, columns, Start::Zero, dk, s.width);
        });
        let gradients = [&*dq, dk, dv];
        match parts {
            Parts::Apart(to) => {
                for (from, to) in gradients.into_iter().zip(to) {
                    s.join(from, to, Columns { stride: s.all(), first: 0 });
                }
            }
            Parts::Joined(to) => {
                for (i, from) in gradients.into_iter().enumerate() {
                    s.join(from, to, Columns { stride: 3 * s.all(), first: i * s.all() });
                }
            }
        }
    });
}

#[cfg(test)]
mod tests;
