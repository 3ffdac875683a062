//! The gradient of a depthwise convolution with respect to its weight: sums over all pixels, in registers while an image
//! passes.

use super::inside;
use super::pixels::load;
use crate::cpu::buffer::Buffer;
use crate::cpu::patches::PatchSizes;
use crate::cpu::simd::{Level, Vector, for_registers};
use crate::cpu::transpose::transpose;
use crate::cpu::{reduce, threads};

/// `dw`, `[channels, kernel]`.
pub fn weight_gradient(level: Level, s: &PatchSizes, x: &[f32], dy: &[f32]) -> Vec<f32> {
    let (c, [height, width]) = (s.channels, s.kernel);
    let (area, row) = (height * width, width * c);
    let mut sum = vec![0.0; area * c];
    if !x.is_empty() && !dy.is_empty() && row > 0 {
        // A row of the kernel of one image is one task.
        let mut parts = Buffer::full(s.batch * area * c, 0.0);
        threads::chunks_mut(&mut parts, row, |task, sums| {
            let (image, ky) = (task / height, task % height);
            let (x, dy) =
                (&x[image * s.image()..][..s.image()], &dy[image * s.out_image()..][..s.out_image()]);
            of_image(level, s, x, dy, ky, sums);
        });
        reduce::add_parts(&mut sum, parts.chunks_exact(area * c));
    }
    let mut dw = vec![0.0; area * c];
    transpose(&sum, &mut dw, area, c);
    dw
}

for_registers! {
    /// What one image contributes to one row of the kernel, channels innermost.
    fn of_image(s: &PatchSizes, x: &[f32], dy: &[f32], ky: usize, sums: &mut [f32]) = row_of_kernel
}

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn row_of_kernel<R: Vector>(s: &PatchSizes, x: &[f32], dy: &[f32], ky: usize, sums: &mut [f32]) {
    let (c, lanes) = (s.channels, R::LANES);
    let mut channel = 0;
    while channel < c {
        // SAFETY: handed on to the caller.
        unsafe {
            channel += match c - channel {
                left if left >= 4 * lanes => columns::<R, 4>(s, x, dy, ky, channel, sums),
                left if left >= 2 * lanes => columns::<R, 2>(s, x, dy, ky, channel, sums),
                left if left >= lanes => columns::<R, 1>(s, x, dy, ky, channel, sums),
                // The last register begins earlier.
                left if c >= lanes => {
                    columns::<R, 1>(s, x, dy, ky, c - lanes, sums);
                    left
                }
                left => {
                    few_channels(s, x, dy, ky, sums);
                    left
                }
            }
        }
    }
}

/// The places of a row of the kernel, some at a time, in `V` registers of channels from `channel` on. Returns how many
/// channels that is.
///
/// # Safety
///
/// As for [`row_of_kernel`].
#[inline(always)]
unsafe fn columns<R: Vector, const V: usize>(
    s: &PatchSizes,
    x: &[f32],
    dy: &[f32],
    ky: usize,
    channel: usize,
    sums: &mut [f32],
) -> usize {
    let mut kx = 0;
    while kx < s.kernel[1] {
        // SAFETY: handed on to the caller.
        unsafe {
            kx += match s.kernel[1] - kx {
                3 => some_columns::<R, V, 3>(s, x, dy, [ky, kx], channel, sums),
                5 => some_columns::<R, V, 5>(s, x, dy, [ky, kx], channel, sums),
                left if left >= 4 => some_columns::<R, V, 4>(s, x, dy, [ky, kx], channel, sums),
                _ => some_columns::<R, V, 1>(s, x, dy, [ky, kx], channel, sums),
            }
        }
    }
    V * R::LANES
}

/// `K` places of a row of the kernel. Returns `K`.
///
/// # Safety
///
/// As for [`row_of_kernel`].
#[inline(always)]
unsafe fn some_columns<R: Vector, const V: usize, const K: usize>(
    s: &PatchSizes,
    x: &[f32],
    dy: &[f32],
    [ky, kx]: [usize; 2],
    channel: usize,
    sums: &mut [f32],
) -> usize {
    let (c, [_, width], [out_height, out_width]) = (s.channels, s.size, s.out_size);
    let registers = V * R::LANES;
    // SAFETY: the caller vouches for the instruction set; every load and store is inside a slice of the registers' width.
    unsafe {
        let mut products = [[R::splat(0.0); V]; K];
        for row in (0..out_height).filter(|&row| inside(s, 0, row).contains(&ky)) {
            let y = row * s.stride[0] + ky * s.dilation[0] - s.padding[0];
            let line = &x[y * width * c..][..width * c];
            for column in 0..out_width {
                let gradient = load::<R, V>(&dy[(row * out_width + column) * c + channel..][..registers]);
                let taps = inside(s, 1, column);
                let start = (column * s.stride[1]).wrapping_sub(s.padding[1]);
                for (k, products) in products.iter_mut().enumerate() {
                    if !taps.contains(&(kx + k)) {
                        continue;
                    }
                    let at = start.wrapping_add((kx + k) * s.dilation[1]) * c + channel;
                    let values = load::<R, V>(&line[at..][..registers]);
                    for v in 0..V {
                        products[v] = products[v].add_product(gradient[v], values[v]);
                    }
                }
            }
        }
        for (k, products) in products.iter().enumerate() {
            let to = &mut sums[(kx + k) * c + channel..][..registers];
            for (product, to) in products.iter().zip(to.chunks_exact_mut(R::LANES)) {
                product.store(to.as_mut_ptr());
            }
        }
    }
    K
}

/// All places of a row of the kernel, where there are fewer channels than a register holds.
#[inline(always)]
fn few_channels(s: &PatchSizes, x: &[f32], dy: &[f32], ky: usize, sums: &mut [f32]) {
    let (c, [_, width], [out_height, out_width]) = (s.channels, s.size, s.out_size);
    for row in (0..out_height).filter(|&row| inside(s, 0, row).contains(&ky)) {
        let y = row * s.stride[0] + ky * s.dilation[0] - s.padding[0];
        for column in 0..out_width {
            let dy = &dy[(row * out_width + column) * c..][..c];
            for kx in inside(s, 1, column) {
                let at = column * s.stride[1] + kx * s.dilation[1] - s.padding[1];
                let x = &x[(y * width + at) * c..][..c];
                for ((sum, dy), x) in sums[kx * c..][..c].iter_mut().zip(dy).zip(x) {
                    *sum += dy * x;
                }
            }
        }
    }
}
