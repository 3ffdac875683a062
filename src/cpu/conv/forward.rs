//! The convolution itself.

use rayon::prelude::*;

use super::{ConvSizes, padding_space, weight_order, with_padding};
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
    let out = kernels.padded(s.out_channels);
    let weight = weight_order::for_forward(s, weight, out);
    let bias = bias.map(|bias| {
        let mut padded = Buffer::full(out, 0.0);
        padded[..s.out_channels].copy_from_slice(bias);
        padded
    });
    let cut = kernels.cut(s.out_width, s.out_channels);
    let (_, width) = s.padded();
    let reach = s.kernel * s.in_channels;
    let walk = Walk {
        loops: [
            Steps::ONCE,
            Steps { count: s.kernel, a: width * s.in_channels, b: reach * out },
            Steps { count: reach, a: 1, b: out },
        ],
        a_row: s.stride * s.in_channels,
        c_row: s.out_channels,
    };
    let images = y.par_chunks_mut(s.out_image()).zip(x.par_chunks(s.image()));
    images.for_each_init(
        || padding_space(s, 1),
        |space, (y, x)| {
            let x = with_padding(s, x, space);
            for row in 0..s.out_height {
                for (register, registers) in cut.registers() {
                    let column = register * kernels.lanes;
                    let columns = (registers * kernels.lanes).min(s.out_channels - column);
                    let start = bias.as_ref().map_or(Start::Zero, |bias| Start::Bias(&bias[column..]));
                    for (first, rows) in cut.rows() {
                        let a = &x[(row * width + first) * s.stride * s.in_channels..];
                        let c = &mut y[(row * s.out_width + first) * s.out_channels + column..];
                        kernels.run(Tile { rows, registers, columns, start }, &walk, a, &weight[column..], c);
                    }
                }
            }
        },
    );
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
