//! From the gradient of a convolution's result, that of its weight.

use rayon::prelude::*;

use super::{ConvSizes, padding_space, pointwise, weight_order, with_padding};
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::Cut;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};

/// Images are shared out in this many parts when a sum runs over them: a fixed number, so that the result does not
/// depend on how many threads there are.
const PARTS: usize = 8;

/// Values of a panel of `dy` that are taken in one go: half of a first-level cache.
const PANEL_VALUES: usize = 4 * 1024;

/// How often a panel of `dy` must be read to be worth packing.
const PACKING: usize = 12;

/// `dw`: the gradient of the weight, `[O, C, K, K]`.
pub fn weight_gradient(s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    if pointwise::suits_weight_gradient(s) {
        return pointwise::weight_gradient(s, x, dy, dw);
    }
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

/// Adds to `sums`, `[K, K, C, O padded]`, what some images contribute: pixels of `x` times pixels of `dy`.
fn add_weight_gradient(
    kernels: &Kernels,
    s: &ConvSizes,
    out: usize,
    x: &[f32],
    dy: &[f32],
    sums: &mut [f32],
) {
    let reach = s.kernel * s.in_channels;
    let cut = kernels.cut(reach, s.out_channels);
    let (_, width) = s.padded();
    let pixels = s.out_height * s.out_width;
    let widest = cut.panels(kernels).map(|panel| panel.width).max().unwrap_or(1);
    // Several images whose panels fit, or the rows of one that do.
    let group = (PANEL_VALUES / (pixels * widest)).max(1);
    let row_block = (PANEL_VALUES / (s.out_width * widest)).clamp(1, s.out_height);
    let packs = s.kernel * cut.rows().count() >= PACKING || out != s.out_channels;
    let mut x_space = padding_space(s, group);
    let mut dy_space = Buffer::full(if packs { group * pixels * out } else { 0 }, 0.0);
    for (x, dy) in x.chunks(group * s.image()).zip(dy.chunks(group * s.out_image())) {
        let images = x.len() / s.image();
        let x = with_padding(s, x, &mut x_space);
        if packs {
            pack_panels(kernels, cut, s.out_channels, dy, &mut dy_space);
        }
        for panel in cut.panels(kernels) {
            let (dy, step) = match packs {
                true => (&dy_space[panel.column * images * pixels..], panel.width),
                false => (&dy[panel.column..], out),
            };
            for first_row in (0..s.out_height).step_by(row_block) {
                let count = row_block.min(s.out_height - first_row);
                let walk = Walk {
                    loops: [
                        Steps { count: images, a: s.padded_image(), b: pixels * step },
                        Steps { count, a: s.stride * width * s.in_channels, b: s.out_width * step },
                        Steps { count: s.out_width, a: s.stride * s.in_channels, b: step },
                    ],
                    a_row: 1,
                    c_row: out,
                };
                let b = &dy[first_row * s.out_width * step..];
                for kernel_row in 0..s.kernel {
                    for (first, rows) in cut.rows() {
                        let a = &x[(first_row * s.stride + kernel_row) * width * s.in_channels + first..];
                        let c = &mut sums[(kernel_row * reach + first) * out + panel.column..];
                        let registers = panel.registers;
                        let tile = Tile { rows, registers, columns: panel.width, start: Start::Result };
                        kernels.run(tile, &walk, a, b, c);
                    }
                }
            }
        }
    }
}

/// Copies pixels of so many channels into panels, one after the other; what lies beyond the channels stays zero.
fn pack_panels(kernels: &Kernels, cut: Cut, channels: usize, pixels: &[f32], packed: &mut [f32]) {
    let count = pixels.len() / channels;
    for panel in cut.panels(kernels) {
        let columns = panel.width.min(channels - panel.column);
        let to = packed[panel.column * count..].chunks_exact_mut(panel.width);
        for (to, from) in to.zip(pixels.chunks_exact(channels)) {
            to[..columns].copy_from_slice(&from[panel.column..][..columns]);
        }
    }
}
