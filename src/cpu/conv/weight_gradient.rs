//! From the gradient of a convolution's result, that of its weight.

use rayon::prelude::*;

use super::{ConvSizes, padding_space, weight_order, with_padding};
use crate::cpu::buffer::Buffer;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};

/// Images are shared out in this many parts when a sum runs over them: a fixed number, so that the result does not
/// depend on how many threads there are.
const PARTS: usize = 8;

/// Bytes of images whose weight gradient is taken in one go: what the second-level cache holds.
const GROUP_BYTES: usize = 256 << 10;

/// `dw`: the gradient of the weight, `[O, C, K, K]`.
pub fn weight_gradient(s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    weight_gradient_with(Kernels::best(), s, x, dy, dw);
}

pub(super) fn weight_gradient_with(kernels: &Kernels, s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    if x.is_empty() || dy.is_empty() {
        return dw.fill(0.0);
    }
    let out = kernels.padded(s.out_channels);
    let reach = s.kernel * s.in_channels;
    let per_part = s.batch.div_ceil(PARTS);
    let parts: Vec<Buffer> = x
        .par_chunks(per_part * s.image())
        .zip(dy.par_chunks(per_part * s.out_image()))
        .map(|(x, dy)| {
            let mut sums = Buffer::full(s.kernel * reach * out, 0.0);
            add_weight_gradient(kernels, s, out, x, dy, &mut sums);
            sums
        })
        .collect();
    let mut parts = parts.into_iter();
    let Some(mut total) = parts.next() else { return };
    for part in parts {
        total.iter_mut().zip(part.iter()).for_each(|(total, part)| *total += part);
    }
    weight_order::from_gradient(s, &total, out, dw);
}

/// Adds to `sums`, `[K, K, C, O padded]`, what some images contribute.
fn add_weight_gradient(
    kernels: &Kernels,
    s: &ConvSizes,
    out: usize,
    x: &[f32],
    dy: &[f32],
    sums: &mut [f32],
) {
    let cut = kernels.cut(s.kernel * s.in_channels, s.out_channels);
    let (_, width) = s.padded();
    let bytes = 4 * (s.padded_image() + s.out_height * s.out_width * out);
    let group = (GROUP_BYTES / bytes).max(1);
    let mut x_space = padding_space(s, group);
    let mut dy_space =
        Buffer::full(if out == s.out_channels { 0 } else { group * s.out_height * s.out_width * out }, 0.0);
    for (x, dy) in x.chunks(group * s.image()).zip(dy.chunks(group * s.out_image())) {
        let images = x.len() / s.image();
        let x = with_padding(s, x, &mut x_space);
        let dy = with_padded_channels(s, dy, out, &mut dy_space);
        let walk = Walk {
            loops: [
                Steps { count: images, a: s.padded_image(), b: s.out_height * s.out_width * out },
                Steps { count: s.out_height, a: s.stride * width * s.in_channels, b: s.out_width * out },
                Steps { count: s.out_width, a: s.stride * s.in_channels, b: out },
            ],
            a_row: 1,
            c_row: out,
        };
        for kernel_row in 0..s.kernel {
            for (first, rows) in cut.rows() {
                let a = &x[kernel_row * width * s.in_channels + first..];
                for (register, registers) in cut.registers() {
                    let column = register * kernels.lanes;
                    let at = (kernel_row * s.kernel * s.in_channels + first) * out + column;
                    let tile =
                        Tile { rows, registers, columns: registers * kernels.lanes, start: Start::Result };
                    kernels.run(tile, &walk, a, &dy[column..], &mut sums[at..]);
                }
            }
        }
    }
}

/// The pixels with channels up to a whole number of registers, written to `space`; as they are if that is so.
fn with_padded_channels<'a>(s: &ConvSizes, dy: &'a [f32], out: usize, space: &'a mut [f32]) -> &'a [f32] {
    if out == s.out_channels {
        return dy;
    }
    for (from, to) in dy.chunks_exact(s.out_channels).zip(space.chunks_exact_mut(out)) {
        to[..s.out_channels].copy_from_slice(from);
    }
    space
}
