//! Convolutions by kernels of one pixel: products of matrices whose rows are the pixels of all images.

use rayon::prelude::*;

use super::ConvSizes;
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::{Cut, Panel};
use crate::cpu::gemm::Matrix;
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::fence::Fenced;
    use crate::cpu::simd::available;
    use crate::random::Generator;

    /// Both ways of sharing out, for both orders of the weight, against the definition.
    fn check([pixels, depth, columns]: [usize; 3]) {
        let mut random = Generator::new(6);
        let lens = [pixels * depth, depth * columns, columns];
        let [x, weight, bias] = lens.map(|len| Fenced::new(random.uniform(&[len], -1.0, 1.0).values()));
        let mut turned = vec![0.0; weight.len()];
        transpose(&weight, columns, &mut turned, depth, [depth, columns]);
        let turned = Fenced::new(&turned);
        let expected = |at: usize, bias: Option<&[f32]>| {
            let (pixel, column) = (at / columns, at % columns);
            let products = (0..depth).map(|k| f64::from(x[pixel * depth + k] * weight[k * columns + column]));
            products.sum::<f64>() + bias.map_or(0.0, |bias| f64::from(bias[column]))
        };
        for level in available() {
            let kernels = Kernels::of(level);
            for weight in [Matrix::new(&weight, columns), Matrix::transposed(&turned, depth)] {
                let padded: Vec<f32> = bias.iter().copied().chain([0.0; 16]).collect();
                for bias in [None, Some(&padded[..kernels.padded(columns)])] {
                    let product = Product { kernels, depth, columns, weight, bias: None };
                    let [mut by_pixels, mut by_channels] = [(); 2].map(|()| Fenced::room(pixels * columns));
                    product.by_pixels(&x, bias, &mut by_pixels);
                    product.by_channels(&x, bias, &mut by_channels);
                    by_pixels.assert_intact();
                    by_channels.assert_intact();
                    assert_eq!(by_pixels[..], by_channels[..], "{level:?}, {pixels}x{depth}x{columns}");
                    for (i, &y) in by_pixels.iter().enumerate() {
                        let close = (f64::from(y) - expected(i, bias)).abs() < 1e-5 * (depth + 4) as f64;
                        assert!(close, "{level:?}, {pixels}x{depth}x{columns}, value {i}: {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_size_up_to_four_registers_and_more_equals_the_definition() {
        for size in 1..=67 {
            check([size, 5, 19]);
            check([3, size, 33]);
            check([2, 7, size]);
        }
    }

    #[test]
    fn products_larger_than_every_block_equal_the_definition() {
        check([3, 2 * DEPTH + 1, 70]);
        check([2 * MOST_PIXELS + 5, 6, 200]);
    }

    #[test]
    fn large_products_are_the_same_with_any_number_of_threads() {
        let [depth, columns] = [300, 500];
        let mut random = Generator::new(8);
        let weight = random.uniform(&[depth * columns], -1.0, 1.0).to_vec();
        for pixels in [50, 300] {
            let x = random.uniform(&[pixels * depth], -1.0, 1.0).to_vec();
            let product = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                let mut y = vec![f32::NAN; pixels * columns];
                let weight = Matrix::new(&weight, columns);
                let product = Product { kernels: Kernels::best(), depth, columns, weight, bias: None };
                pool.install(|| product.run(&x, &mut y));
                y
            };
            assert_eq!(product(1), product(2));
            assert_eq!(product(1), product(3));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_sizes_equal_the_definition(pixels in 1usize..40, depth in 1usize..40, columns in 1usize..140) {
            check([pixels, depth, columns]);
        }
    }
}
