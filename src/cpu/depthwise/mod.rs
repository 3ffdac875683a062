//! Convolutions of each channel by a kernel of its own. Channels lie side by side in channels-last images, so a register
//! holds neighbouring channels and one pass over the pixels treats them all: no patches, no products of tiny matrices.

mod lines;
mod pixels;
mod weight_gradient;

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::array::Array;
use crate::cpu::buffer::Buffer;
use crate::cpu::patches::PatchSizes;
use crate::cpu::simd::{self, Level};
use crate::cpu::threads;
use crate::cpu::tile::{Bounds, UNBOUNDED};
use crate::cpu::transpose::transpose;

/// Multiplications worth a task of their own.
const TASK: usize = 256 * 1024;

/// The convolution of `x` with `weight`, `[channels, 1, kernel]`, plus the bias, brought between the bounds of `clamp`; NaN
/// stays.
pub fn forward(
    s: &PatchSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    clamp: Bounds,
    y: &mut [f32],
) {
    forward_with(simd::level(), s, x, weight, bias, clamp, y);
}

fn forward_with(
    level: Level,
    s: &PatchSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    clamp: Bounds,
    y: &mut [f32],
) {
    let level = level.at_most(s.channels);
    let nothing = Buffer::full(if bias.is_some() { 0 } else { s.channels }, 0.0);
    let bias = bias.unwrap_or(&nothing);
    if !y.is_empty() && lines::suits(s, level) {
        lines::forward(level, s, x, &Channels::new(level, s, weight, bias), clamp, y);
    } else {
        pixels::forward(level, s, x, &by_tap(s, weight), bias, clamp, y);
    }
}

/// The gradient with respect to `x`, from that of `y`.
pub fn input_gradient(s: &PatchSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    input_gradient_with(simd::level(), s, dy, weight, dx);
}

fn input_gradient_with(level: Level, s: &PatchSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    let level = level.at_most(s.channels);
    let reach = [0, 1].map(|axis| s.dilation[axis] * s.kernel[axis].saturating_sub(1));
    if s.stride == [1, 1] && (0..2).all(|axis| s.padding[axis] <= reach[axis]) {
        // A convolution of dy by kernels turned by half a turn.
        let turned = PatchSizes {
            size: s.out_size,
            out_size: s.size,
            padding: [0, 1].map(|axis| reach[axis] - s.padding[axis]),
            ..*s
        };
        let mut weight = weight.to_vec();
        weight.chunks_exact_mut((s.kernel[0] * s.kernel[1]).max(1)).for_each(|kernel| kernel.reverse());
        return forward_with(level, &turned, dy, &weight, None, UNBOUNDED, dx);
    }
    pixels::input_gradient(level, s, dy, &by_tap(s, weight), dx);
}

/// The gradient with respect to the weight, whose sizes are those given. Images are added in their order, whatever the
/// number of threads.
pub fn weight_gradient(s: &PatchSizes, x: &[f32], dy: &[f32], weight: &[usize]) -> Array {
    Array::from_vec(weight, weight_gradient::weight_gradient(simd::level().at_most(s.channels), s, x, dy))
}

/// How many of `lines`, each of so many of the results, a task takes.
fn lines_of_a_task(s: &PatchSizes, lines: usize) -> usize {
    let line = s.size[1].max(s.out_size[1]) * s.channels * s.kernel[0] * s.kernel[1];
    TASK.div_ceil(line.max(1)).max(lines.div_ceil(8 * threads::count())).max(1)
}

/// The weight with the channels innermost: one place of the kernel a row.
fn by_tap(s: &PatchSizes, weight: &[f32]) -> Buffer {
    let mut by_tap = Buffer::scratch(weight.len());
    transpose(weight, &mut by_tap, s.channels, s.kernel[0] * s.kernel[1]);
    by_tap
}

/// The weight and the bias in the order in which registers of channels read them.
struct Channels {
    lanes: usize,
    taps: usize,
    /// The first channel of every block of `lanes`. The last block begins earlier where channels would be missing.
    starts: Vec<usize>,
    /// Block by block, in each of them a row of `lanes` for every place of the kernel.
    weight: Buffer,
    bias: Buffer,
}

impl Channels {
    /// There must be a register of channels at least.
    fn new(level: Level, s: &PatchSizes, weight: &[f32], bias: &[f32]) -> Channels {
        let (lanes, taps, c) = (level.lanes(), s.kernel[0] * s.kernel[1], s.channels);
        let starts: Vec<usize> = (0..c).step_by(lanes).map(|start| start.min(c - lanes)).collect();
        let mut packed = Buffer::scratch(starts.len() * taps * lanes);
        for (block, &start) in packed.chunks_exact_mut(taps * lanes).zip(&starts) {
            transpose(&weight[start * taps..(start + lanes) * taps], block, lanes, taps);
        }
        let mut of_blocks = Buffer::scratch(starts.len() * lanes);
        for (to, &start) in of_blocks.chunks_exact_mut(lanes).zip(&starts) {
            to.copy_from_slice(&bias[start..start + lanes]);
        }
        Channels { lanes, taps, starts, weight: packed, bias: of_blocks }
    }

    /// The weight of a block from one place of the kernel on.
    #[inline(always)]
    fn weight_from(&self, block: usize, tap: usize) -> &[f32] {
        &self.weight[(block * self.taps + tap) * self.lanes..(block + 1) * self.taps * self.lanes]
    }

    #[inline(always)]
    fn bias_of(&self, block: usize) -> &[f32] {
        &self.bias[block * self.lanes..][..self.lanes]
    }
}

/// Which places of the kernel an output reads inside the picture, along one axis.
#[inline(always)]
fn inside(s: &PatchSizes, axis: usize, out: usize) -> Range<usize> {
    let start = out * s.stride[axis];
    let first = s.padding[axis].saturating_sub(start).div_ceil(s.dilation[axis]).min(s.kernel[axis]);
    let end = (s.size[axis] + s.padding[axis]).saturating_sub(start).div_ceil(s.dilation[axis]);
    first..end.min(s.kernel[axis]).max(first)
}
