//! Depthwise convolutions of any form, and the gradient with respect to their input: one pixel of the result after the
//! other, each the sum of some pixels, of all channels at once.

use super::{inside, lines_of_a_task};
use crate::cpu::buffer::Buffer;
use crate::cpu::patches::PatchSizes;
use crate::cpu::simd::{Level, Vector, for_registers};
use crate::cpu::threads;
use crate::cpu::tile::{Bounds, UNBOUNDED};

/// Registers of channels that are added up together.
const REGISTERS: usize = 4;

/// Along one axis, for every place of the result: the places of the kernel, and that in the source.
type Axis = Vec<Vec<(usize, usize)>>;

/// Pixels of the result from pixels of the source.
struct Sums<'a> {
    /// Rows and columns.
    axes: [Axis; 2],
    channels: usize,
    kernel_width: usize,
    /// Height and width of the source.
    size: [usize; 2],
    source: &'a [f32],
    /// Channels innermost.
    weight: &'a [f32],
    bias: &'a [f32],
    clamp: Bounds,
}

/// `y`: every output.
pub fn forward(
    level: Level,
    s: &PatchSizes,
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    clamp: Bounds,
    y: &mut [f32],
) {
    let axes = [0, 1].map(|axis| {
        let taps = |out: usize| {
            let at = move |k: usize| out * s.stride[axis] + k * s.dilation[axis] - s.padding[axis];
            inside(s, axis, out).map(|k| (k, at(k))).collect()
        };
        (0..s.out_size[axis]).map(taps).collect()
    });
    sums(level, s, axes, s.size, x, weight, bias, clamp, y);
}

/// `dx`, from the gradient of `y`.
pub fn input_gradient(level: Level, s: &PatchSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    let axes = [0, 1].map(|axis| {
        let out = |place: usize, k: usize| -> Option<usize> {
            let start = (place + s.padding[axis]).checked_sub(k * s.dilation[axis])?;
            let out = start / s.stride[axis];
            (start.is_multiple_of(s.stride[axis]) && out < s.out_size[axis]).then_some(out)
        };
        let taps = |place: usize| (0..s.kernel[axis]).filter_map(|k| Some((k, out(place, k)?))).collect();
        (0..s.size[axis]).map(taps).collect()
    });
    let bias = Buffer::full(s.channels, 0.0);
    sums(level, s, axes, s.out_size, dy, weight, &bias, UNBOUNDED, dx);
}

#[expect(clippy::too_many_arguments, reason = "what a convolution takes")]
fn sums(
    level: Level,
    s: &PatchSizes,
    axes: [Axis; 2],
    size: [usize; 2],
    source: &[f32],
    weight: &[f32],
    bias: &[f32],
    clamp: Bounds,
    to: &mut [f32],
) {
    let (lines, line) = (s.batch * axes[0].len(), axes[1].len() * s.channels);
    if line == 0 {
        return;
    }
    let (channels, kernel_width) = (s.channels, s.kernel[1]);
    let sums = Sums { axes, channels, kernel_width, size, source, weight, bias, clamp };
    let at_a_time = lines_of_a_task(s, lines);
    threads::chunks_mut(to, at_a_time * line, |task, to| {
        some_lines(level, &sums, task * at_a_time, to);
    });
}

for_registers! {
    /// The lines from `first` on, as many as `to` holds.
    fn some_lines(sums: &Sums, first: usize, to: &mut [f32]) = lines
}

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn lines<R: Vector>(s: &Sums, first: usize, to: &mut [f32]) {
    let (c, width, [height, source_width]) = (s.channels, s.axes[1].len(), s.size);
    let (whole, mut taps) = (c / R::LANES, Vec::new());
    for (line, to) in to.chunks_exact_mut(width * c).enumerate() {
        let (image, row) = ((first + line) / s.axes[0].len(), (first + line) % s.axes[0].len());
        for (columns, to) in s.axes[1].iter().zip(to.chunks_exact_mut(c)) {
            taps.clear();
            for &(ky, y) in &s.axes[0][row] {
                let line = (image * height + y) * source_width;
                taps.extend(columns.iter().map(|&(kx, x)| ((ky * s.kernel_width + kx) * c, (line + x) * c)));
            }
            // SAFETY: the caller vouches for the instruction set.
            unsafe {
                let mut done = 0;
                while done + REGISTERS <= whole {
                    add_up::<R, REGISTERS>(s, &taps, done * R::LANES, to);
                    done += REGISTERS;
                }
                for register in done..whole {
                    add_up::<R, 1>(s, &taps, register * R::LANES, to);
                }
                if whole > 0 && !c.is_multiple_of(R::LANES) {
                    add_up::<R, 1>(s, &taps, c - R::LANES, to);
                }
            }
            if whole == 0 {
                for (channel, to) in to.iter_mut().enumerate() {
                    let mut sum = s.bias[channel];
                    for &(tap, pixel) in &taps {
                        sum += s.source[pixel + channel] * s.weight[tap + channel];
                    }
                    *to = sum.clamp(s.clamp[0], s.clamp[1]);
                }
            }
        }
    }
}

/// Some registers of channels of one pixel, from `channel` on.
///
/// # Safety
///
/// As for [`lines`].
#[inline(always)]
unsafe fn add_up<R: Vector, const V: usize>(
    s: &Sums,
    taps: &[(usize, usize)],
    channel: usize,
    to: &mut [f32],
) {
    let width = V * R::LANES;
    // SAFETY: the caller vouches for the instruction set; every load and store is inside a slice of the registers' width.
    unsafe {
        let mut sums = load::<R, V>(&s.bias[channel..][..width]);
        for &(tap, pixel) in taps {
            let values = load::<R, V>(&s.source[pixel + channel..][..width]);
            let weights = load::<R, V>(&s.weight[tap + channel..][..width]);
            for v in 0..V {
                sums[v] = sums[v].add_product(values[v], weights[v]);
            }
        }
        let (low, high) = (R::splat(s.clamp[0]), R::splat(s.clamp[1]));
        for (sum, to) in sums.iter().zip(to[channel..][..width].chunks_exact_mut(R::LANES)) {
            sum.at_least(low).at_most(high).store(to.as_mut_ptr());
        }
    }
}

/// # Safety
///
/// The machine must have the instruction set of `R`, and `from` must hold so many registers.
#[inline(always)]
pub(super) unsafe fn load<R: Vector, const V: usize>(from: &[f32]) -> [R; V] {
    // SAFETY: handed on to the caller.
    unsafe {
        let mut registers = [R::splat(0.0); V];
        for (v, register) in registers.iter_mut().enumerate() {
            *register = R::load(from.as_ptr().add(v * R::LANES));
        }
        registers
    }
}
