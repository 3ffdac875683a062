//! Two-dimensional convolution of channels-last images, directly by the micro-kernel: no patches are copied out.
//!
//! In a row of pixels with channels inside, what a kernel row covers lies together, `kernel * in_channels` values long,
//! and moves on by `stride * in_channels` values from one output to the next. So the rows of a tile are neighbouring
//! outputs, its columns are output channels, and the loops of the micro-kernel run over kernel rows and that stretch.
//! The two gradients have the same form with the roles exchanged.

use rayon::prelude::*;

use crate::cpu::buffer::Buffer;
use crate::cpu::conv_weight;
use crate::cpu::tile::{Kernels, Start, Steps, TileSize, Walk};

/// Images are shared out in this many parts when a sum runs over them: a fixed number, so that the result does not
/// depend on how many threads there are.
const PARTS: usize = 8;

/// Bytes of images whose weight gradient is taken in one go: what the second-level cache holds.
const GROUP_BYTES: usize = 256 << 10;

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct ConvSizes {
    pub batch: usize,
    pub in_channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub out_height: usize,
    pub out_width: usize,
}

impl ConvSizes {
    /// Values of an input image.
    fn image(&self) -> usize {
        self.height * self.width * self.in_channels
    }

    /// Values of an output image.
    fn out_image(&self) -> usize {
        self.out_height * self.out_width * self.out_channels
    }

    /// Height and width with padding.
    fn padded(&self) -> (usize, usize) {
        (self.height + 2 * self.padding, self.width + 2 * self.padding)
    }

    /// Values of an input image with padding.
    fn padded_image(&self) -> usize {
        let (height, width) = self.padded();
        height * width * self.in_channels
    }
}

/// `y`: the convolution of `x` with `weight`, `[O, C, K, K]`, plus `bias`.
pub fn forward(s: &ConvSizes, x: &[f32], weight: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
    forward_with(Kernels::best(), s, x, weight, bias, y);
}

fn forward_with(
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
    let weight = conv_weight::for_forward(s, weight, out);
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
                        kernels.run(
                            TileSize { rows, registers },
                            &walk,
                            start,
                            columns,
                            a,
                            &weight[column..],
                            c,
                        );
                    }
                }
            }
        },
    );
}

/// `dx`: the gradient of the input.
pub fn input_gradient(s: &ConvSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    input_gradient_with(Kernels::best(), s, dy, weight, dx);
}

fn input_gradient_with(kernels: &Kernels, s: &ConvSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    if dx.is_empty() || dy.is_empty() {
        return dx.fill(0.0);
    }
    // A convolution of dy, its columns spread out by the stride and padded, with the weight turned by half a turn.
    let channels = kernels.padded(s.in_channels);
    let weight = conv_weight::for_input_gradient(s, weight, channels);
    let cut = kernels.cut(s.width, s.in_channels);
    let width = s.width + s.kernel - 1;
    let reach = s.kernel * s.out_channels;
    let images = dx.par_chunks_mut(s.image()).zip(dy.par_chunks(s.out_image()));
    images.for_each_init(
        || Buffer::full(s.out_height * width * s.out_channels, 0.0),
        |spread, (dx, dy)| {
            spread_columns(s, dy, spread);
            for row in 0..s.height {
                // The rows of dy that this row of x had a part in, through kernel row `row + padding - stride * r`.
                let low = (row + s.padding).saturating_sub(s.kernel - 1).div_ceil(s.stride);
                let high = ((row + s.padding) / s.stride + 1).min(s.out_height);
                let turned = (s.kernel - 1 + s.stride * low).saturating_sub(row + s.padding);
                let count = high.saturating_sub(low);
                let walk = Walk {
                    loops: [
                        Steps::ONCE,
                        Steps { count, a: width * s.out_channels, b: s.stride * reach * channels },
                        Steps { count: reach, a: 1, b: channels },
                    ],
                    a_row: s.out_channels,
                    c_row: s.in_channels,
                };
                for (register, registers) in cut.registers() {
                    let column = register * kernels.lanes;
                    let columns = (registers * kernels.lanes).min(s.in_channels - column);
                    let b = weight.get(turned * reach * channels + column..).unwrap_or_default();
                    for (first, rows) in cut.rows() {
                        let a = spread.get((low * width + first) * s.out_channels..).unwrap_or_default();
                        let c = &mut dx[(row * s.width + first) * s.in_channels + column..];
                        kernels.run(TileSize { rows, registers }, &walk, Start::Zero, columns, a, b, c);
                    }
                }
            }
        },
    );
}

/// `dw`: the gradient of the weight, `[O, C, K, K]`.
pub fn weight_gradient(s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    weight_gradient_with(Kernels::best(), s, x, dy, dw);
}

fn weight_gradient_with(kernels: &Kernels, s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
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
    conv_weight::from_gradient(s, &total, out, dw);
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
                    let (size, columns) = (TileSize { rows, registers }, registers * kernels.lanes);
                    kernels.run(size, &walk, Start::Result, columns, a, &dy[column..], &mut sums[at..]);
                }
            }
        }
    }
}

/// Room for some images with padding, whose edges are zero; none if there is no padding.
fn padding_space(s: &ConvSizes, images: usize) -> Buffer {
    Buffer::full(if s.padding == 0 { 0 } else { images * s.padded_image() }, 0.0)
}

/// The images with padding, written to `space`; as they are if there is none.
fn with_padding<'a>(s: &ConvSizes, x: &'a [f32], space: &'a mut [f32]) -> &'a [f32] {
    if s.padding == 0 {
        return x;
    }
    let (line, padded_line) = (s.width * s.in_channels, s.padded().1 * s.in_channels);
    for (from, to) in x.chunks_exact(s.image()).zip(space.chunks_exact_mut(s.padded_image())) {
        let lines = to[s.padding * padded_line..].chunks_exact_mut(padded_line);
        for (from, to) in from.chunks_exact(line).zip(lines) {
            to[s.padding * s.in_channels..][..line].copy_from_slice(from);
        }
    }
    space
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

/// The bias alone, where there is nothing to add up.
fn fill_rows(y: &mut [f32], bias: Option<&[f32]>) {
    match bias {
        Some(bias) if !bias.is_empty() => {
            y.chunks_exact_mut(bias.len()).for_each(|row| row.copy_from_slice(bias))
        }
        _ => y.fill(0.0),
    }
}
