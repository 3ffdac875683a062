//! The convolution itself.

use rayon::prelude::*;

use super::{ConvSizes, padding_space, pointwise, weight_order, with_padding};
use crate::cpu::buffer::Buffer;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};

/// `y`: the convolution of `x` with `weight`, `[O, C, K, K]`, plus `bias`.
pub fn forward(s: &ConvSizes, x: &[f32], weight: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
    forward_with(Kernels::best(), s, x, weight, bias, y);
}

pub(super) fn forward_with(
    kernels: &Kernels,
    s: &ConvSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    if x.is_empty() || y.is_empty() {
        return fill_rows(y, bias);
    }
    if pointwise::suits(s) {
        return pointwise::forward(kernels, s, x, weight, bias, y);
    }
    let cut = kernels.cut(s.out_width, s.out_channels);
    let weight = weight_order::for_forward(s, weight, kernels, cut);
    let bias = bias.map(|bias| {
        let mut padded = Buffer::full(kernels.padded(s.out_channels), 0.0);
        padded[..s.out_channels].copy_from_slice(bias);
        padded
    });
    let (_, width) = s.padded();
    let reach = s.kernel * s.in_channels;
    let image = |x: &[f32], y: &mut [f32]| {
        // The weights of one panel stay in the first-level cache while the image passes.
        for panel in cut.panels(kernels) {
            let b = &weight[panel.column * s.kernel * reach..];
            let walk = Walk {
                loops: [
                    Steps::ONCE,
                    Steps { count: s.kernel, a: width * s.in_channels, b: reach * panel.width },
                    Steps { count: reach, a: 1, b: panel.width },
                ],
                a_row: s.stride * s.in_channels,
                c_row: s.out_channels,
            };
            let columns = panel.width.min(s.out_channels - panel.column);
            let start = bias.as_ref().map_or(Start::Zero, |bias| Start::Bias(&bias[panel.column..]));
            for row in 0..s.out_height {
                for (first, rows) in cut.rows() {
                    let a = &x[(row * width + first) * s.stride * s.in_channels..];
                    let c = &mut y[(row * s.out_width + first) * s.out_channels + panel.column..];
                    kernels.run(Tile { rows, registers: panel.registers, columns, start }, &walk, a, b, c);
                }
            }
        }
    };
    let images = y.par_chunks_mut(s.out_image()).zip(x.par_chunks(s.image()));
    images.for_each_init(|| padding_space(s, 1), |space, (y, x)| image(with_padding(s, x, space), y));
}

/// The bias alone, where there is nothing to add up.
fn fill_rows(y: &mut [f32], bias: Option<&[f32]>) {
    match bias {
        Some(bias) if !bias.is_empty() => {
            y.chunks_exact_mut(bias.len()).for_each(|row| row.copy_from_slice(bias))
        }
        _ => y.fill(0.0),
    }
}
