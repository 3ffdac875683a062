//! The loop over a parameter, its gradient and what the optimiser remembers, in one pass; large ones on all threads.

use super::Rule;
use crate::cpu::{simd, threads};

/// Values a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// Applies a rule to blocks of a parameter, compiled for the widest instruction set.
pub(super) fn for_blocks<const SLOTS: usize, const NUMBERS: usize>(
    rule: &impl Rule<SLOTS, NUMBERS>,
    numbers: [f32; NUMBERS],
    values: &mut [f32],
    slots: [&mut [f32]; SLOTS],
    gradient: &[f32],
) {
    threads::chunks_mut_with(values, slots, BLOCK, |number, values, slots| {
        let gradient = &gradient[number * BLOCK..][..values.len()];
        simd::vectorised(
            #[inline(always)]
            || rule.apply(numbers, values, slots, gradient),
        );
    });
}
