//! The loop over a parameter, its gradient and what the optimiser remembers, in one pass; large ones on all threads.

use crate::cpu::{simd, threads};

/// Values a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// Runs `body` on blocks of a parameter, what is remembered of it, and its gradient, compiled for the widest instruction set.
pub(super) fn for_blocks<const N: usize>(
    values: &mut [f32],
    memory: [&mut [f32]; N],
    gradient: &[f32],
    body: impl Fn(&mut [f32], [&mut [f32]; N], &[f32]) + Sync,
) {
    threads::chunks_mut_with(values, memory, BLOCK, |number, values, memory| {
        let gradient = &gradient[number * BLOCK..][..values.len()];
        simd::vectorised(
            #[inline(always)]
            || body(values, memory, gradient),
        );
    });
}
