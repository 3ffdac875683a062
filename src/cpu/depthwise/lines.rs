//! Lines of a depthwise convolution whose kernel is 3 or 5 wide and moves by 1 or 2: neighbouring outputs are kept in
//! registers, so that every value that is loaded is used for each of them that it reaches.

use super::{Channels, inside, lines_of_a_task};
use crate::cpu::patches::PatchSizes;
use crate::cpu::simd::{Level, Vector, for_registers};
use crate::cpu::threads;
use crate::cpu::tile::Bounds;

/// Whether [`forward`] has code for the sizes.
pub fn suits(s: &PatchSizes, level: Level) -> bool {
    let [height, width] = s.kernel;
    height > 0
        && matches!((width, s.stride[1]), (3 | 5, 1 | 2))
        && s.dilation[1] == 1
        && s.out_size[1] >= NARROW
        && s.channels >= level.lanes()
}

/// Outputs side by side that are computed together.
const WIDE: usize = 8;
const NARROW: usize = 7;

/// `y`: every output, with the weight and the bias as [`Channels`] orders them.
pub fn forward(level: Level, s: &PatchSizes, x: &[f32], channels: &Channels, clamp: Bounds, y: &mut [f32]) {
    assert!(suits(s, level) && channels.taps == s.kernel[0] * s.kernel[1]);
    let line = s.out_size[1] * s.channels;
    let lines = lines_of_a_task(s, s.batch * s.out_size[0]);
    threads::chunks_mut(y, lines * line, |task, y| {
        some_lines(level, s, x, channels, clamp, task * lines, y);
    });
}

for_registers! {
    /// The lines from `first` on, as many as `y` holds.
    fn some_lines(
        s: &PatchSizes, x: &[f32], channels: &Channels, clamp: Bounds, first: usize, y: &mut [f32],
    ) = lines
}

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn lines<R: Vector>(
    s: &PatchSizes,
    x: &[f32],
    channels: &Channels,
    clamp: Bounds,
    first: usize,
    y: &mut [f32],
) {
    let width = s.out_size[1];
    // The fewer outputs are computed twice, the better.
    let wide = width >= WIDE && width.next_multiple_of(WIDE) <= width.next_multiple_of(NARROW);
    // SAFETY: handed on to the caller.
    unsafe {
        match (s.kernel[1], s.stride[1], wide) {
            (3, 1, true) => lines_of::<R, 3, 1, WIDE>(s, x, channels, clamp, first, y),
            (3, 1, false) => lines_of::<R, 3, 1, NARROW>(s, x, channels, clamp, first, y),
            (3, 2, true) => lines_of::<R, 3, 2, WIDE>(s, x, channels, clamp, first, y),
            (3, 2, false) => lines_of::<R, 3, 2, NARROW>(s, x, channels, clamp, first, y),
            (5, 1, true) => lines_of::<R, 5, 1, WIDE>(s, x, channels, clamp, first, y),
            (5, 1, false) => lines_of::<R, 5, 1, NARROW>(s, x, channels, clamp, first, y),
            (5, 2, true) => lines_of::<R, 5, 2, WIDE>(s, x, channels, clamp, first, y),
            _ => lines_of::<R, 5, 2, NARROW>(s, x, channels, clamp, first, y),
        }
    }
}

/// # Safety
///
/// As for [`lines`].
#[inline(always)]
unsafe fn lines_of<R: Vector, const K: usize, const S: usize, const N: usize>(
    s: &PatchSizes,
    x: &[f32],
    channels: &Channels,
    clamp: Bounds,
    first: usize,
    y: &mut [f32],
) {
    let ([out_height, out_width], [_, width], c) = (s.out_size, s.size, s.channels);
    assert!((s.kernel[1], s.stride[1], s.dilation[1]) == (K, S, 1) && out_width >= N && c >= R::LANES);
    let count = y.len() / (out_width * c);
    assert!(y.len() == count * out_width * c && first + count <= s.batch * out_height);
    assert!(x.len() == s.batch * s.image() && channels.lanes == R::LANES);
    for line in 0..count {
        let (image, row) = ((first + line) / out_height, (first + line) % out_height);
        let taps = inside(s, 0, row);
        // Nothing is read where the kernel lies in the padding as a whole.
        let top = match taps.is_empty() {
            true => 0,
            false => (image * s.size[0] + row * s.stride[0] + taps.start * s.dilation[0]) - s.padding[0],
        };
        let pixels = Pixels { line: s.dilation[0] * width, width: width as isize, channels: c };
        for column in (0..out_width).step_by(N) {
            let column = column.min(out_width - N);
            let left = (column * S) as isize - s.padding[1] as isize;
            let whole = left >= 0 && left as usize + (N - 1) * S + K <= width;
            for (block, &at) in channels.starts.iter().enumerate() {
                let weight = channels.weight_from(block, taps.start * K);
                let bias = channels.bias_of(block);
                // SAFETY: the caller vouches for the instruction set. The kernel rows `taps` and, where the outputs
                // are not whole, its columns too are kept inside the picture; `at` leaves a register of channels.
                unsafe {
                    let x = x.as_ptr().add(top * width * c + at);
                    let y = y.as_mut_ptr().add((line * out_width + column) * c + at);
                    if whole {
                        outputs::<R, K, S, N, true>(x, left, taps.len(), pixels, weight, bias, clamp, y);
                    } else {
                        outputs::<R, K, S, N, false>(x, left, taps.len(), pixels, weight, bias, clamp, y);
                    }
                }
            }
        }
    }
}

/// How pixels lie in memory.
#[derive(Clone, Copy)]
struct Pixels {
    /// Pixels from what one row of the kernel reads to what the next one does.
    line: usize,
    /// Of a picture.
    width: isize,
    channels: usize,
}

/// `N` outputs side by side in a register of channels, from the pixels of `rows` lines, in the first of which `x` points to
/// the start; their columns begin at `left`. Unless they are `WHOLE`, some columns are beyond the picture.
///
/// # Safety
///
/// As for [`lines`]; the places that are read and written must be there.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "what a convolution takes")]
unsafe fn outputs<R: Vector, const K: usize, const S: usize, const N: usize, const WHOLE: bool>(
    x: *const f32,
    left: isize,
    rows: usize,
    pixels: Pixels,
    weight: &[f32],
    bias: &[f32],
    [low, high]: Bounds,
    y: *mut f32,
) {
    let c = pixels.channels;
    assert!(weight.len() >= rows * K * R::LANES && bias.len() >= R::LANES);
    // SAFETY: handed on to the caller, but for the weight and the bias, whose lengths are checked above.
    unsafe {
        let mut sums = [R::load(bias.as_ptr()); N];
        for row in 0..rows {
            let mut taps = [R::splat(0.0); K];
            for (k, tap) in taps.iter_mut().enumerate() {
                *tap = R::load(weight.as_ptr().add((row * K + k) * R::LANES));
            }
            let line = x.wrapping_offset((row * pixels.line) as isize * c as isize + left * c as isize);
            for i in 0..(N - 1) * S + K {
                if !WHOLE && !(0..pixels.width).contains(&(left + i as isize)) {
                    continue;
                }
                let value = R::load(line.wrapping_add(i * c));
                for (k, &tap) in taps.iter().enumerate() {
                    if i >= k && (i - k).is_multiple_of(S) && (i - k) / S < N {
                        sums[(i - k) / S] = sums[(i - k) / S].add_product(value, tap);
                    }
                }
            }
        }
        let (low, high) = (R::splat(low), R::splat(high));
        for (n, sum) in sums.iter().enumerate() {
            sum.at_least(low).at_most(high).store(y.add(n * c));
        }
    }
}
