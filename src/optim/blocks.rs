//! Loops over a parameter, its gradient and what the optimiser remembers, in one pass; large ones on all threads.

use rayon::prelude::*;

/// Values a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// Runs `body` on blocks of a parameter, one slice of memory and the gradient.
pub(super) fn for_blocks2(
    values: &mut [f32],
    memory: &mut [f32],
    gradient: &[f32],
    body: impl Fn(&mut [f32], &mut [f32], &[f32]) + Sync,
) {
    if values.len() <= 2 * BLOCK {
        return body(values, memory, gradient);
    }
    let blocks = (values.par_chunks_mut(BLOCK), memory.par_chunks_mut(BLOCK), gradient.par_chunks(BLOCK));
    blocks.into_par_iter().for_each(|(values, memory, gradient)| body(values, memory, gradient));
}

/// [`for_blocks2`] with two slices of memory.
pub(super) fn for_blocks3(
    values: &mut [f32],
    [first, second]: [&mut [f32]; 2],
    gradient: &[f32],
    body: impl Fn(&mut [f32], [&mut [f32]; 2], &[f32]) + Sync,
) {
    if values.len() <= 2 * BLOCK {
        return body(values, [first, second], gradient);
    }
    let memory = (first.par_chunks_mut(BLOCK), second.par_chunks_mut(BLOCK));
    let blocks = (values.par_chunks_mut(BLOCK), memory.0, memory.1, gradient.par_chunks(BLOCK));
    blocks
        .into_par_iter()
        .for_each(|(values, first, second, gradient)| body(values, [first, second], gradient));
}
