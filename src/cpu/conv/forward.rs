//! The convolution itself.

use super::{ConvSizes, padding_space, weight_order, with_padding};
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::cpu::tile::{Bounds, Kernels, Start, Steps, Tile, Walk};

/// `y`: the convolution of `x` with the weight of [`forward_weight`](super::forward_weight), plus `bias`, brought between the
/// bounds of `clamp`.
pub fn forward(
    s: &ConvSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    clamp: Option<Bounds>,
    y: &mut [f32],
) {
    forward_with(Kernels::best(), s, x, weight, bias, clamp, y);
}

pub(super) fn forward_with(
    kernels: &Kernels,
    s: &ConvSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    clamp: Option<Bounds>,
    y: &mut [f32],
) {
    if x.is_empty() || y.is_empty() {
        return fill_rows(y, bias, clamp);
    }
    let cut = weight_order::forward_cut(kernels, s);
    let bias = bias.map(|bias| {
        let mut padded = Buffer::full(kernels.padded(s.out_channels), 0.0);
        padded[..s.out_channels].copy_from_slice(bias);
        padded
    });
    let (_, width) = s.padded();
    let reach = s.kernel * s.in_channels;
    // Lines of the results, from `first` on, of the image that `x` is with its padding.
    let lines = |x: &[f32], first: usize, y: &mut [f32]| {
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
            for (row, y) in y.chunks_exact_mut(s.out_width * s.out_channels).enumerate() {
                for (column, rows) in cut.rows() {
                    let a = &x[((first + row) * width + column) * s.stride * s.in_channels..];
                    let c = &mut y[column * s.out_channels + panel.column..];
                    let tile = Tile { rows, registers: panel.registers, columns, start, clamp };
                    kernels.run(tile, &walk, a, b, c);
                }
            }
        }
    };
    if s.batch >= 4 * threads::count() {
        return threads::chunks_mut(y, s.out_image(), |number, y| {
            let mut space = padding_space(s, 1);
            lines(with_padding(s, &x[number * s.image()..][..s.image()], &mut space), 0, y);
        });
    }
    // Few images: their lines are shared out.
    let mut space = padding_space(s, s.batch);
    let (x, image) = (with_padding(s, x, &mut space), s.padded_image());
    let at_a_time = s.out_height.div_ceil(4 * threads::count().div_ceil(s.batch));
    let line = s.out_width * s.out_channels;
    for (x, y) in x.chunks_exact(image).zip(y.chunks_exact_mut(s.out_image())) {
        threads::chunks_mut(y, at_a_time * line, |number, y| lines(x, number * at_a_time, y));
    }
}

/// The bias alone, where there is nothing to add up.
fn fill_rows(y: &mut [f32], bias: Option<&[f32]>, clamp: Option<Bounds>) {
    match bias {
        Some(bias) if !bias.is_empty() => {
            y.chunks_exact_mut(bias.len()).for_each(|row| row.copy_from_slice(bias))
        }
        _ => y.fill(0.0),
    }
    if let Some([low, high]) = clamp {
        y.iter_mut().for_each(|y| *y = y.clamp(low, high));
    }
}
