//! Loops that treat every value alike: [`map`], [`zip`], [`add_into`]. Long arrays are shared out over the threads.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::{simd, threads};

/// Values a thread takes at a time: 64 KiB, which stays in a core's cache.
const BLOCK: usize = 16 * 1024;

/// `f` of every value.
pub fn map(x: &Array, f: impl Fn(f32) -> f32 + Sync) -> Array {
    let mut result = Buffer::scratch(x.len());
    for_blocks(
        &mut result,
        #[inline(always)]
        |start, block| {
            for (y, &x) in block.iter_mut().zip(&x.values()[start..]) {
                *y = f(x);
            }
        },
    );
    Array::new(x.sizes(), x.layout(), result)
}

/// `f` of the values of two arrays of the same sizes, pair by pair.
#[track_caller]
pub fn zip(a: &Array, b: &Array, f: impl Fn(f32, f32) -> f32 + Sync) -> Array {
    let (a, b) = in_one_layout(a, b);
    let mut result = Buffer::scratch(a.len());
    for_blocks(
        &mut result,
        #[inline(always)]
        |start, block| {
            let operands = a.values()[start..].iter().zip(&b.values()[start..]);
            for (y, (&a, &b)) in block.iter_mut().zip(operands) {
                *y = f(a, b);
            }
        },
    );
    Array::new(a.sizes(), a.layout(), result)
}

/// `f` of every value and the value of `row` at the same place of the axis that varies fastest.
#[track_caller]
pub fn map_rows(x: &Array, row: &Array, f: impl Fn(f32, f32) -> f32 + Sync) -> Array {
    let mut result = Buffer::scratch(x.len());
    let rows = x.values().chunks_exact(row.len().max(1));
    simd::vectorised(
        #[inline(always)]
        || {
            for (y, x) in result.chunks_exact_mut(row.len().max(1)).zip(rows) {
                for ((y, &x), &r) in y.iter_mut().zip(x).zip(row.values()) {
                    *y = f(x, r);
                }
            }
        },
    );
    Array::new(x.sizes(), x.layout(), result)
}

/// A copy on which `f` has changed every row along the last axis.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn map_lanes(x: &Array, operation: &str, f: impl Fn(&mut [f32]) + Sync) -> Array {
    let Some(&last) = x.sizes().last() else { panic!("{operation}: a scalar has no last axis") };
    let mut result = x.row_major();
    for_lanes(
        result.values_mut(),
        last,
        #[inline(always)]
        |_, lane| f(lane),
    );
    result
}

/// Calls `f` with the number of every `lane` of so many values and the lane, compiled for the widest instruction set; in
/// parallel if there are many.
pub fn for_lanes(values: &mut [f32], lane: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let lane = lane.max(1);
    let lanes = BLOCK.div_ceil(lane);
    let run = |block: usize, values: &mut [f32]| {
        simd::vectorised(
            #[inline(always)]
            || values.chunks_exact_mut(lane).enumerate().for_each(|(i, lane)| f(block * lanes + i, lane)),
        )
    };
    if values.len() <= 2 * BLOCK {
        return values.chunks_mut(lanes * lane).enumerate().for_each(|(i, block)| run(i, block));
    }
    threads::chunks_mut(values, lanes * lane, run);
}

/// A number for every `lane` of so many values; in parallel if there are many.
pub fn of_lanes(values: &[f32], lane: usize, f: impl Fn(&[f32]) -> f32 + Sync) -> Vec<f32> {
    let lane = lane.max(1);
    let mut results = vec![0.0; values.len() / lane];
    let lanes = BLOCK.div_ceil(lane);
    let run = |block: usize, results: &mut [f32]| {
        let values = &values[block * lanes * lane..];
        simd::vectorised(
            #[inline(always)]
            || results.iter_mut().zip(values.chunks_exact(lane)).for_each(|(result, lane)| *result = f(lane)),
        )
    };
    if values.len() <= 2 * BLOCK {
        results.chunks_mut(lanes).enumerate().for_each(|(i, results)| run(i, results));
    } else {
        threads::chunks_mut(&mut results, lanes, run);
    }
    results
}

/// Adds `part` to `sum`, which keeps its layout.
#[track_caller]
pub fn add_into(sum: &mut Array, part: &Array) {
    assert!(sum.sizes() == part.sizes(), "cannot add {:?} to {:?}", part.sizes(), sum.sizes());
    let part = part.in_layout(sum.layout());
    for_blocks(
        sum.values_mut(),
        #[inline(always)]
        |start, block| {
            for (sum, &part) in block.iter_mut().zip(&part.values()[start..]) {
                *sum += part;
            }
        },
    );
}

/// Puts `f` of every value in its place; on this thread, for blocks that lie in its cache.
#[inline(always)]
pub fn each(values: &mut [f32], f: impl Fn(f32) -> f32) {
    simd::vectorised(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value = f(*value)),
    );
}

/// [`each`] for a value and its partner.
#[inline(always)]
pub fn each_pair(values: &mut [f32], partners: &[f32], f: impl Fn(f32, f32) -> f32) {
    simd::vectorised(
        #[inline(always)]
        || values.iter_mut().zip(partners).for_each(|(value, &partner)| *value = f(*value, partner)),
    );
}

/// Runs `body` on blocks of `values` with the position of their first value; in parallel if there are many.
fn for_blocks(values: &mut [f32], body: impl Fn(usize, &mut [f32]) + Sync) {
    let run = |start: usize, block: &mut [f32]| {
        simd::vectorised(
            #[inline(always)]
            || body(start, block),
        )
    };
    if values.len() <= 2 * BLOCK {
        run(0, values);
    } else {
        threads::chunks_mut(values, BLOCK, |i, block| run(i * BLOCK, block));
    }
}

/// Both arrays in the same layout. Channels-last wins: it is what a chain of convolutions goes on with.
#[track_caller]
fn in_one_layout(a: &Array, b: &Array) -> (Array, Array) {
    assert!(a.sizes() == b.sizes(), "the shapes differ: {:?} and {:?}", a.sizes(), b.sizes());
    let layout = if a.layout() == b.layout() { a.layout() } else { Layout::ChannelsLast };
    (a.in_layout(layout), b.in_layout(layout))
}
