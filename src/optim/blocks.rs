//! The loop over a parameter, its gradient and what the optimiser remembers, in one pass; large ones on all threads.

use rayon::prelude::*;

/// Values a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// Runs `body` on blocks of a parameter, what is remembered of it, and its gradient.
pub(super) fn for_blocks<const N: usize>(
    values: &mut [f32],
    memory: [&mut [f32]; N],
    gradient: &[f32],
    body: impl Fn(&mut [f32], [&mut [f32]; N], &[f32]) + Sync,
) {
    if values.len() <= 2 * BLOCK {
        return body(values, memory, gradient);
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
    blocks.into_par_iter().for_each(|(values, memory, gradient)| body(values, memory, gradient));
}
