//! From the gradient of a convolution's result, that of its weight.

use std::ops::Range;

use super::{ConvSizes, padding_space, weight_order, with_padding};
use crate::array::Images;
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::Cut;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};
use crate::cpu::{reduce, simd, threads};

/// Images are shared out in this many parts when a sum runs over them: a fixed number, so that the result does not
/// depend on how many threads there are.
const PARTS: usize = 8;

/// Values of a panel of `dy` that are taken in one go: half of a first-level cache.
const PANEL_VALUES: usize = 4 * 1024;

/// How often a panel of `dy` must be read to be worth packing.
const PACKING: usize = 12;

/// `dw`: the gradient of the weight, `[O, C, K, K]`; `db`: that of the bias, `[O]`, or no room for it.
pub fn weight_gradient(s: &ConvSizes, x: &[f32], dy: &Images, dw: &mut [f32], db: &mut [f32]) {
    weight_gradient_with(Kernels::best(), s, x, dy, dw, db);
}

pub(super) fn weight_gradient_with(
    kernels: &Kernels,
    s: &ConvSizes,
    x: &[f32],
    dy: &Images,
    dw: &mut [f32],
    db: &mut [f32],
) {
    let out = kernels.padded(s.out_channels);
    let reach = s.kernel * s.in_channels;
    let per_part = s.batch.div_ceil(PARTS).max(1);
    let (of_weight, of_bias) = (s.kernel * reach * out, db.len());
    // The sums for the weight, and those for the bias behind them.
    let parts = threads::collect(s.batch.div_ceil(per_part), |number| {
        let mut sums = Buffer::full(of_weight + of_bias, 0.0);
        let (weight, bias) = sums.split_at_mut(of_weight);
        let images = number * per_part..s.batch.min((number + 1) * per_part);
        if s.image() * s.out_image() > 0 {
            add_gradients(kernels, s, out, images, x, dy, weight, bias);
        }
        sums
    });
    let Some((total, others)) = parts.split_first() else {
        dw.fill(0.0);
        return db.fill(0.0);
    };
    let mut total = total.clone();
    reduce::add_parts(&mut total, others.iter().map(|part| &part[..]));
    weight_order::from_gradient(s, &total[..of_weight], out, dw);
    db.copy_from_slice(&total[of_weight..]);
}

/// Adds to `sums`, `[K, K, C, O padded]`, what some images contribute, pixels of `x` times pixels of `dy`, and to `db` the
/// pixels of `dy`.
#[expect(clippy::too_many_arguments, reason = "what goes in and what comes out")]
fn add_gradients(
    kernels: &Kernels,
    s: &ConvSizes,
    out: usize,
    images: Range<usize>,
    x: &[f32],
    dy: &Images,
    sums: &mut [f32],
    db: &mut [f32],
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
    let mut made_space = dy.space(group, s.out_image());
    for first in images.clone().step_by(group) {
        let images = group.min(images.end - first);
        let x = with_padding(s, &x[first * s.image()..(first + images) * s.image()], &mut x_space);
        let dy = dy.get(first, images, s.out_image(), &mut made_space);
        if !db.is_empty() {
            add_pixels(dy, db);
        }
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
                        let (columns, start) = (panel.width, Start::Result);
                        let tile = Tile { rows, registers, columns, start, clamp: None };
                        kernels.run(tile, &walk, a, b, c);
                    }
                }
            }
        }
    }
}

/// Adds every pixel to `sum`.
fn add_pixels(pixels: &[f32], sum: &mut [f32]) {
    simd::vectorised(
        #[inline(always)]
        || {
            for pixel in pixels.chunks_exact(sum.len()) {
                sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
            }
        },
    );
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
