//! From the gradient of a convolution's result, that of its input.

use rayon::prelude::*;

use super::{ConvSizes, pointwise, weight_order};
use crate::cpu::buffer::Buffer;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};

/// `dx`: the gradient of the input.
pub fn input_gradient(s: &ConvSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    input_gradient_with(Kernels::best(), s, dy, weight, dx);
}

pub(super) fn input_gradient_with(
    kernels: &Kernels,
    s: &ConvSizes,
    dy: &[f32],
    weight: &[f32],
    dx: &mut [f32],
) {
    if dx.is_empty() || dy.is_empty() {
        return dx.fill(0.0);
    }
    if pointwise::suits(s) {
        return pointwise::input_gradient(kernels, s, dy, weight, dx);
    }
    // A convolution of dy, its columns spread out by the stride and padded, with the weight turned by half a turn.
    let cut = kernels.cut(s.width, s.in_channels);
    let weight = weight_order::for_input_gradient(s, weight, kernels, cut);
    let width = s.width + s.kernel - 1;
    let reach = s.kernel * s.out_channels;
    let image = |spread: &[f32], dx: &mut [f32]| {
        for panel in cut.panels(kernels) {
            let weight = &weight[panel.column * s.kernel * reach..][..panel.width * s.kernel * reach];
            let columns = panel.width.min(s.in_channels - panel.column);
            for row in 0..s.height {
                // The rows of dy that this row of x had a part in, through kernel row `row + padding - stride * r`.
                let low = (row + s.padding).saturating_sub(s.kernel - 1).div_ceil(s.stride);
                let high = ((row + s.padding) / s.stride + 1).min(s.out_height);
                let turned = (s.kernel - 1 + s.stride * low).saturating_sub(row + s.padding);
                let count = high.saturating_sub(low);
                let walk = Walk {
                    loops: [
                        Steps::ONCE,
                        Steps { count, a: width * s.out_channels, b: s.stride * reach * panel.width },
                        Steps { count: reach, a: 1, b: panel.width },
                    ],
                    a_row: s.out_channels,
                    c_row: s.in_channels,
                };
                let b = weight.get(turned * reach * panel.width..).unwrap_or_default();
                for (first, rows) in cut.rows() {
                    let a = spread.get((low * width + first) * s.out_channels..).unwrap_or_default();
                    let c = &mut dx[(row * s.width + first) * s.in_channels + panel.column..];
                    let tile = Tile { rows, registers: panel.registers, columns, start: Start::Zero };
                    kernels.run(tile, &walk, a, b, c);
                }
            }
        }
    };
    let images = dx.par_chunks_mut(s.image()).zip(dy.par_chunks(s.out_image()));
    images.for_each_init(
        || Buffer::full(s.out_height * width * s.out_channels, 0.0),
        |spread, (dx, dy)| {
            spread_columns(s, dy, spread);
            image(spread, dx);
        },
    );
}

/// Writes the columns of `dy` at distances of the stride into lines in which every column of the input finds, from its
/// own place on, those that the kernel moved over it. The places between stay zero.
fn spread_columns(s: &ConvSizes, dy: &[f32], spread: &mut [f32]) {
    let width = s.width + s.kernel - 1;
    let lines = spread.chunks_exact_mut(width * s.out_channels);
    for (from, to) in dy.chunks_exact(s.out_width * s.out_channels).zip(lines) {
        for (column, pixel) in from.chunks_exact(s.out_channels).enumerate() {
            // Columns that only ever met padding have no place.
            if let Some(at) = (column * s.stride + s.kernel - 1).checked_sub(s.padding)
                && at < width
            {
                to[at * s.out_channels..][..s.out_channels].copy_from_slice(pixel);
            }
        }
    }
}
