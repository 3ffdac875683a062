//! The loop over a parameter, its gradient and what the optimiser remembers, in one pass; large ones on all threads.

use rayon::prelude::*;

use crate::cpu::simd;

/// Values a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// Runs `body` on blocks of a parameter, what is remembered of it, and its gradient, compiled for the widest instruction set.
pub(super) fn for_blocks<const N: usize>(
    values: &mut [f32],
    memory: [&mut [f32]; N],
    gradient: &[f32],
    body: impl Fn(&mut [f32], [&mut [f32]; N], &[f32]) + Sync,
) {
    let run = |values: &mut [f32], memory: [&mut [f32]; N], gradient: &[f32]| {
        simd::vectorised(
            #[inline(always)]
            || body(values, memory, gradient),
        )
    };
    if values.len() <= 2 * BLOCK {
        return run(values, memory, gradient);
    }
    let mut memory = memory.map(|slot| slot.chunks_mut(BLOCK));
    let blocks: Vec<_> = values
        .chunks_mut(BLOCK)
        .zip(gradient.chunks(BLOCK))
        .map(|(values, gradient)| {
            let memory = memory.each_mut().map(|slot| slot.next().unwrap_or_default());
            (values, memory, gradient)
        })
        .collect();
    blocks.into_par_iter().for_each(|(values, memory, gradient)| run(values, memory, gradient));
}
