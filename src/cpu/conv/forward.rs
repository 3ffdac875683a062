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
    let (reach, line) = (s.kernel * s.in_channels, s.out_width * s.out_channels);
    // Rows of outputs from `first` on.
    let some_rows = |x: &[f32], first: usize, y: &mut [f32]| {
        let x = &x[first * width * s.stride * s.in_channels..];
        // The weights of one panel stay in the first-level cache while the rows pass.
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
            for row in 0..y.len() / line {
                for (first, rows) in cut.rows() {
                    let a = &x[(row * width + first) * s.stride * s.in_channels..];
                    let c = &mut y[(row * s.out_width + first) * s.out_channels + panel.column..];
                    kernels.run(Tile { rows, registers: panel.registers, columns, start }, &walk, a, b, c);
                }
            }
        }
    };
    let rows = rows_of_a_task(s);
    let images = y.par_chunks_mut(s.out_image()).zip(x.par_chunks(s.image()));
    images.for_each_init(
        || padding_space(s, 1),
        |space, (y, x)| {
            let x = with_padding(s, x, space);
            if rows == s.out_height {
                return some_rows(x, 0, y);
            }
            let tasks = y.par_chunks_mut(rows * line).enumerate();
            tasks.for_each(|(task, y)| some_rows(x, task * rows, y));
        },
    );
}

/// How many rows of outputs a thread takes at a time: whole images, if there are enough of them.
fn rows_of_a_task(s: &ConvSizes) -> usize {
    /// Multiplications worth a task of their own.
    const TASK: usize = 512 * 1024;
    let tasks = (4 * rayon::current_num_threads()).div_ceil(s.batch);
    let row = s.out_width * s.out_channels * s.kernel * s.kernel * s.in_channels;
    s.out_height.div_ceil(tasks).max(TASK.div_ceil(row)).min(s.out_height)
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
