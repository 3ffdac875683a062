//! Convolutions by kernels of one pixel: products of matrices whose rows are the pixels of all images.

use rayon::prelude::*;

use super::ConvSizes;
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::{Cut, Panel};
use crate::cpu::gemm::{Matrix, gemm};
use crate::cpu::simd;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};
use crate::cpu::transpose::transpose;

/// Rows of the weight taken at a time: a panel of them stays in the first-level cache.
const DEPTH: usize = 256;

/// Pixels that a thread takes at a time.
const MOST_PIXELS: usize = 98;

/// So few pixels that it does not pay to write the weight in panels to memory first: the threads share out the output
/// channels instead.
const FEW_PIXELS: usize = 256;

/// Values of a weight that several threads pack sooner than one.
const PACKING: usize = 16 * 1024;

/// Multiplications worth a task of their own.
const TASK: usize = 512 * 1024;

/// Whether a convolution is of this kind.
pub(super) fn suits(s: &ConvSizes) -> bool {
    (s.kernel, s.stride, s.padding) == (1, 1, 0)
}

/// `y`: every pixel of `x` times the weight, `[O, C]`, plus `bias`.
pub(super) fn forward(
    kernels: &Kernels,
    s: &ConvSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    let (depth, columns) = (s.in_channels, s.out_channels);
    Product { kernels, depth, columns, weight: Matrix::transposed(weight, depth), bias }.run(x, y);
}

/// `dx`: every pixel of `dy` times the transpose of the weight.
pub(super) fn input_gradient(kernels: &Kernels, s: &ConvSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    let (depth, columns) = (s.out_channels, s.in_channels);
    Product { kernels, depth, columns, weight: Matrix::new(weight, columns), bias: None }.run(dy, dx);
}

/// Whether [`weight_gradient`] is faster than the general way: where the weight is large beside the pictures.
pub(super) fn suits_weight_gradient(s: &ConvSizes) -> bool {
    suits(s) && s.out_channels * s.in_channels > 16 * s.batch * s.height * s.width
}

/// `dw`, `[O, C]`: the transpose of `dy` times `x`.
pub(super) fn weight_gradient(s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (pixels, c, o) = (s.batch * s.height * s.width, s.in_channels, s.out_channels);
    gemm([o, pixels, c], Matrix::transposed(dy, o), Matrix::new(x, c), None, dw);
}

/// What the pixels are multiplied by.
struct Product<'a> {
    kernels: &'a Kernels,
    depth: usize,
    columns: usize,
    /// `depth x columns`, of which either rows or columns are consecutive.
    weight: Matrix<'a>,
    bias: Option<&'a [f32]>,
}

impl Product<'_> {
    fn run(&self, x: &[f32], y: &mut [f32]) {
        let pixels = y.len() / self.columns;
        assert!(x.len() == pixels * self.depth && self.depth > 0);
        let threads = rayon::current_num_threads();
        let registers = self.columns.div_ceil(self.kernels.lanes);
        let padded_bias = self.bias.map(|bias| {
            let mut padded = Buffer::full(self.kernels.padded(self.columns), 0.0);
            padded[..self.columns].copy_from_slice(bias);
            padded
        });
        let bias = padded_bias.as_deref();
        if pixels <= FEW_PIXELS && registers >= 4 * threads && pixels * self.depth * self.columns > TASK {
            self.by_channels(x, bias, y);
        } else {
            self.by_pixels(x, bias, y);
        }
    }

    /// Threads share out the pixels.
    fn by_pixels(&self, x: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
        let pixels = y.len() / self.columns;
        let per_task = TASK.div_ceil(self.depth * self.columns);
        let share = pixels.div_ceil(2 * rayon::current_num_threads());
        let at_a_time = share.max(per_task).min(MOST_PIXELS).min(pixels);
        let cut = self.kernels.cut(at_a_time, self.columns);
        let packed = self.packed(cut);
        let task = |(x, y): (&[f32], &mut [f32])| {
            let cut = cut.for_rows(y.len() / self.columns, self.kernels);
            for (start, depth) in blocks(self.depth) {
                for panel in cut.panels(self.kernels) {
                    let b = &packed[panel.column * self.depth + start * panel.width..];
                    self.panel(cut, panel, [start, depth], x, b, bias, panel.column, self.columns, y);
                }
            }
        };
        let tasks = x.par_chunks(at_a_time * self.depth).zip(y.par_chunks_mut(at_a_time * self.columns));
        tasks.with_min_len(per_task.div_ceil(at_a_time)).for_each(task);
    }

    /// Threads share out the output channels; each packs what it needs of the weight just before it does so.
    fn by_channels(&self, x: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
        let pixels = y.len() / self.columns;
        let cut = self.kernels.cut(pixels, self.columns);
        let panels: Vec<Panel> = cut.panels(self.kernels).collect();
        let groups: Vec<&[Panel]> = panels.chunks(panels_of_a_task(panels.len())).collect();
        // The columns of each group, row by row.
        let mut parts: Vec<Vec<&mut [f32]>> = groups.iter().map(|_| Vec::with_capacity(pixels)).collect();
        for mut row in y.chunks_exact_mut(self.columns) {
            for (group, part) in groups.iter().zip(&mut parts) {
                let width: usize = group.iter().map(|panel| panel.width).sum();
                let (columns, rest) = row.split_at_mut(width.min(row.len()));
                part.push(columns);
                row = rest;
            }
        }
        groups.into_par_iter().zip(parts).for_each(|(group, rows)| {
            let (first, width) = (group[0].column, group.iter().map(|panel| panel.width).sum());
            let mut result = Buffer::scratch(pixels * width);
            let mut packed = Buffer::scratch(DEPTH * group[0].width);
            let mut parts = group
                .iter()
                .flat_map(|&panel| blocks(self.depth).map(move |(start, depth)| (panel, [start, depth])))
                .peekable();
            while let Some((panel, part)) = parts.next() {
                self.pack(panel, part, &mut packed);
                // The memory is slow to answer; the multiplications leave it the time.
                if let Some(&(panel, part)) = parts.peek() {
                    self.prefetch(panel, part);
                }
                self.panel(cut, panel, part, x, &packed, bias, panel.column - first, width, &mut result);
            }
            for (to, from) in rows.into_iter().zip(result.chunks_exact(width)) {
                to.copy_from_slice(&from[..to.len()]);
            }
        });
    }

    /// Adds to the columns of a panel, of which `b` holds some rows: those from `start` on. They lie from the column `at` on
    /// in rows of the length `c_row`.
    #[expect(clippy::too_many_arguments, reason = "where everything lies")]
    fn panel(
        &self,
        cut: Cut,
        panel: Panel,
        [start, depth]: [usize; 2],
        x: &[f32],
        b: &[f32],
        bias: Option<&[f32]>,
        at: usize,
        c_row: usize,
        y: &mut [f32],
    ) {
        let walk = Walk {
            loops: [Steps::ONCE, Steps::ONCE, Steps { count: depth, a: 1, b: panel.width }],
            a_row: self.depth,
            c_row,
        };
        let sum = match bias {
            _ if start > 0 => Start::Result,
            Some(bias) => Start::Bias(&bias[panel.column..]),
            None => Start::Zero,
        };
        let columns = panel.width.min(c_row - at);
        for (row, rows) in cut.rows() {
            let tile = Tile { rows, registers: panel.registers, columns, start: sum };
            self.kernels.run(tile, &walk, &x[row * self.depth + start..], b, &mut y[row * c_row + at..]);
        }
    }

    /// The weight in panels, one after the other.
    fn packed(&self, cut: Cut) -> Buffer {
        let width = self.kernels.padded(self.columns);
        let mut packed = Buffer::scratch(self.depth * width);
        let mut rest = &mut packed[..];
        let panels: Vec<_> = cut
            .panels(self.kernels)
            .map(|panel| {
                let (this, others) = std::mem::take(&mut rest).split_at_mut(panel.width * self.depth);
                rest = others;
                (panel, this)
            })
            .collect();
        let pack = |(panel, to): (Panel, &mut [f32])| self.pack(panel, [0, self.depth], to);
        if self.depth * width < PACKING {
            panels.into_iter().for_each(pack);
        } else {
            panels.into_par_iter().for_each(pack);
        }
        packed
    }

    /// Asks for what [`pack`](Self::pack) will read.
    fn prefetch(&self, panel: Panel, [start, depth]: [usize; 2]) {
        let Matrix { values, row_stride, column_stride } = self.weight;
        let used = panel.width.min(self.columns - panel.column);
        let from = &values[start * row_stride + panel.column * column_stride..];
        let ([count, stride], len) =
            if row_stride == 1 { ([used, column_stride], depth) } else { ([depth, row_stride], used) };
        from.chunks(stride).take(count).for_each(|line| simd::prefetch(&line[..len]));
    }

    /// Some rows of the weight in the columns of a panel; columns that it does not have are zero.
    fn pack(&self, panel: Panel, [start, depth]: [usize; 2], to: &mut [f32]) {
        let Matrix { values, row_stride, column_stride } = self.weight;
        let used = panel.width.min(self.columns - panel.column);
        let from = &values[start * row_stride + panel.column * column_stride..];
        let to = &mut to[..depth * panel.width];
        if used < panel.width {
            to.fill(0.0);
        }
        if row_stride == 1 {
            transpose(from, column_stride, to, panel.width, [used, depth]);
        } else {
            for (to, from) in to.chunks_exact_mut(panel.width).zip(from.chunks(row_stride)) {
                to[..used].copy_from_slice(&from[..used]);
            }
        }
    }
}

/// How many of so many panels a thread takes at a time: two shares a thread, unless one leaves less to the last.
fn panels_of_a_task(panels: usize) -> usize {
    let threads = rayon::current_num_threads();
    let (one, half) = (panels.div_ceil(threads), panels.div_ceil(2 * threads));
    if panels.div_ceil(half).div_ceil(threads) * half <= one { half } else { one }
}

/// The first row and the number of rows of every block of [`DEPTH`].
fn blocks(depth: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = depth.div_ceil(DEPTH);
    (0..count).map(move |block| {
        let at = |block: usize| block * depth / count;
        (at(block), at(block + 1) - at(block))
    })
}

#[cfg(test)]
mod tests;
