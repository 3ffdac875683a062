//! Convolutions of channels-last pictures: by `kernels/convolve.cu`, or by cuDNN where it is found and worth it; by kernels of one
//! pixel, matrix products.

mod order;
#[cfg(test)]
mod tests;

use super::product::Cut;
use super::words::{divider, signed, sizes, words};
use super::{Ending, Gpu, Matrix, Memory, Product, dnn};
use crate::array::{Array, Layout};
use crate::cpu::patches::PatchSizes;
use order::residues;

/// How the pixels of a result read, along one axis; see the kernel's `Convolution`.
#[derive(Clone, Copy)]
struct Axis {
    results: usize,
    first: i64,
    step: i64,
    tap: i64,
    taps: usize,
    to_first: usize,
    to_step: usize,
}

impl Axis {
    fn forward(s: &PatchSizes, axis: usize) -> Axis {
        Axis {
            results: s.out_size[axis],
            first: -(s.padding[axis] as i64),
            step: s.stride[axis] as i64,
            tap: s.dilation[axis] as i64,
            taps: s.kernel[axis],
            to_first: 0,
            to_step: 1,
        }
    }

    /// For the gradient of every stride-th pixel of the input from `first` on.
    fn back(s: &PatchSizes, axis: usize, first: usize) -> Axis {
        let (stride, dilation) = (s.stride[axis], s.dilation[axis]);
        let taps = residues(s, axis).swap_remove((first + s.padding[axis]) % stride);
        // From one place of the kernel that it had a part in to the next, and how far apart these read.
        let (at, next) = (taps.first().copied().unwrap_or(0), taps.get(1).copied().unwrap_or(0));
        let apart = (next.saturating_sub(at) * dilation / stride) as i64;
        let start = (first + s.padding[axis]) as i64 - (at * dilation) as i64;
        Axis {
            results: s.size[axis].saturating_sub(first).div_ceil(stride),
            first: if taps.is_empty() { 0 } else { start / stride as i64 },
            step: 1,
            tap: -apart,
            taps: taps.len(),
            to_first: first,
            to_step: stride,
        }
    }
}

/// Pictures: their size, all their channels, those of a group.
#[derive(Clone, Copy)]
struct Pictures {
    size: [usize; 2],
    channels: usize,
    group: usize,
}

/// What reads which pictures, and how, for which.
#[derive(Clone, Copy)]
struct Pass {
    axes: [Axis; 2],
    pictures: [Pictures; 2],
}

/// Tiles of a kernel: its name, their rows and columns.
type Tiles = (&'static str, [usize; 2]);
const MEDIUM: Tiles = ("medium", [128, 64]);
const SMALL: Tiles = ("small", [64, 64]);
const NARROW: Tiles = ("narrow", [128, 32]);
const FLAT: Tiles = ("flat", [32, 128]);

fn input(s: &PatchSizes) -> Pictures {
    Pictures { size: s.size, channels: s.channels, group: s.channels / s.groups }
}

fn output(s: &PatchSizes) -> Pictures {
    Pictures { size: s.out_size, channels: s.out_channels, group: s.out_channels / s.groups }
}

fn pixels(s: &PatchSizes) -> usize {
    s.batch * s.out_size[0] * s.out_size[1]
}

/// Kernels of one pixel, which read every pixel once.
fn is_product(s: &PatchSizes) -> bool {
    (s.kernel, s.stride, s.groups) == ([1, 1], [1, 1], 1) && s.padding == [0, 0] && s.size == s.out_size
}

impl Gpu {
    /// The convolution of `x` with `weight`, `[out channels, channels / groups, kernel]`.
    pub(crate) fn convolution(
        &'static self,
        s: &PatchSizes,
        x: &Memory,
        weight: &Array,
        ending: &Ending,
    ) -> Memory {
        if is_product(s) {
            let (c, o) = (s.channels, s.out_channels);
            let (x, weight) = (Matrix::new(x, c), weight.memory(self));
            let product = Product::new([pixels(s), c, o], x, Matrix::transposed(&weight, c));
            return self.product(&product, ending);
        }
        if s.is_depthwise() {
            return self.depthwise(s, x, weight, ending);
        }
        let to = Memory::scratch(self, pixels(s) * s.out_channels);
        if dnn::is_worth_asking(s) && self.dnn_convolution(s, x, weight, &to) {
            self.end(&to, s.out_channels, ending);
            return to;
        }
        let weight = self.weight_forward(s, weight);
        let axes = [0, 1].map(|axis| Axis::forward(s, axis));
        let pass = Pass { axes, pictures: [input(s), output(s)] };
        self.convolve(None, s, pass, [x, &to], (&weight, 0), ending);
        to
    }

    /// The gradient with respect to the input, from that of the result.
    pub(crate) fn convolution_of_input(
        &'static self,
        s: &PatchSizes,
        dy: &Memory,
        weight: &Array,
        ending: &Ending,
    ) -> Memory {
        if is_product(s) {
            let (c, o) = (s.channels, s.out_channels);
            let (dy, weight) = (Matrix::new(dy, o), weight.memory(self));
            let product = Product::new([pixels(s), o, c], dy, Matrix::new(&weight, c));
            return self.product(&product, ending);
        }
        if s.is_depthwise() {
            return self.depthwise_of_input(s, dy, weight, ending);
        }
        let to = Memory::scratch(self, s.batch * s.size[0] * s.size[1] * s.channels);
        if dnn::is_worth_asking(s) && self.dnn_of_input(s, dy, weight, &to) {
            self.end(&to, s.channels, ending);
            return to;
        }
        let weight = self.weight_back(s, weight);
        for y in 0..s.stride[0].min(s.size[0]) {
            for x in 0..s.stride[1].min(s.size[1]) {
                let axes = [Axis::back(s, 0, y), Axis::back(s, 1, x)];
                let start = order::place(s, [y, x]) * output(s).group * input(s).group;
                let pass = Pass { axes, pictures: [output(s), input(s)] };
                self.convolve(None, s, pass, [dy, &to], (&weight, start), ending);
            }
        }
        to
    }

    /// The gradient with respect to the weight, whose sizes are given.
    pub(crate) fn convolution_of_weight(
        &'static self,
        s: &PatchSizes,
        x: &Memory,
        dy: &Memory,
        weight: &[usize],
    ) -> Array {
        let values = if is_product(s) {
            let (c, o) = (s.channels, s.out_channels);
            let (dy, x) = (Matrix::transposed(dy, o), Matrix::new(x, c));
            self.product(&Product::new([o, pixels(s), c], dy, x), &Ending::default())
        } else if s.is_depthwise() {
            self.depthwise_of_weight(s, x, dy)
        } else {
            let by_library = if dnn::is_worth_asking(s) { self.dnn_of_weight(s, x, dy) } else { None };
            by_library.unwrap_or_else(|| self.weight_gradient(None, s, x, dy))
        };
        Array::on_gpu(weight, Layout::RowMajor, values)
    }

    /// Pixels as the axes say, by tiles of the kernel that suits, unless they are given with a number of parts.
    fn convolve(
        &'static self,
        tiles: Option<(Tiles, usize)>,
        s: &PatchSizes,
        pass: Pass,
        [x, to]: [&Memory; 2],
        weight: (&Memory, usize),
        ending: &Ending,
    ) {
        let Pass { axes, pictures: [from, written] } = pass;
        let product = GroupSizes {
            rows: s.batch * axes[0].results * axes[1].results,
            columns: written.group,
            depth: axes[0].taps * axes[1].taps * from.group,
        };
        if product.rows * product.columns == 0 {
            return;
        }
        let (tiles, parts) = tiles.unwrap_or_else(|| {
            let large = MEDIUM;
            let tiles = match product.columns {
                0..=32 => NARROW,
                33..=48 => SMALL,
                _ if product.tiles(large) * s.groups >= self.processors() => large,
                _ => SMALL,
            };
            (tiles, self.parts(product.tiles(tiles) * s.groups, product.depth, to.len()))
        });
        // Parts are put together as they lie, so that each has to hold all pixels.
        let whole = axes.iter().all(|axis| axis.to_step == 1);
        let cut = Cut::new(if whole { parts } else { 1 }, product.depth);
        let weight_next = s.kernel[0] * s.kernel[1] * from.group * written.group;
        let numbers = numbers(&product, &pass, weight_next, cut, to.len());
        let launch =
            self.kernel("convolve", &format!("convolve_{}", tiles.0)).with(numbers).with(x).with(weight);
        let grid = [product.tiles(tiles), 1, s.groups * cut.parts];
        if cut.parts > 1 {
            let scratch = Memory::scratch(self, cut.parts * to.len());
            Ending::default().arguments(launch, 0).with(&scratch).blocks(grid, [256, 1, 1]);
            return self.sum_parts(&scratch, cut.parts, [written.channels, 1], ending, to);
        }
        ending.arguments(launch, 0).with(to).blocks(grid, [256, 1, 1]);
    }

    fn weight_gradient(
        &'static self,
        tiles: Option<(Tiles, usize)>,
        s: &PatchSizes,
        x: &Memory,
        dy: &Memory,
    ) -> Memory {
        let (from, written, places) = (input(s), output(s), s.kernel[0] * s.kernel[1]);
        let product = GroupSizes { rows: written.group, columns: places * from.group, depth: pixels(s) };
        let to = Memory::scratch(self, s.out_channels * product.columns);
        let (tiles, parts) = tiles.unwrap_or_else(|| {
            let tiles = match product.rows {
                0..=32 => FLAT,
                96.. => MEDIUM,
                _ => SMALL,
            };
            (tiles, self.parts(product.tiles(tiles) * s.groups, product.depth, to.len()))
        });
        let cut = Cut::new(parts, product.depth);
        let scratch = Memory::scratch(self, cut.parts * to.len());
        let axes = [0, 1].map(|axis| Axis::forward(s, axis));
        let pass = Pass { axes, pictures: [from, written] };
        let numbers = numbers(&product, &pass, 0, cut, to.len());
        let launch = self.kernel("convolve", &format!("of_weight_{}", tiles.0)).with(numbers);
        let grid = [product.tiles(tiles), 1, s.groups * cut.parts];
        launch.with(x).with(dy).with(&scratch).blocks(grid, [256, 1, 1]);
        self.sum_parts(&scratch, cut.parts, [product.columns, from.group], &Ending::default(), &to);
        to
    }
}

/// The sizes of a group's product.
struct GroupSizes {
    rows: usize,
    columns: usize,
    depth: usize,
}

impl GroupSizes {
    fn tiles(&self, (_, [rows, columns]): Tiles) -> usize {
        self.rows.div_ceil(rows) * self.columns.div_ceil(columns)
    }
}

/// The kernel's `Convolution`.
fn numbers(product: &GroupSizes, pass: &Pass, weight_next: usize, cut: Cut, part: usize) -> [u32; 31] {
    let Pass { axes: [y, x], pictures: [from, written] } = *pass;
    words(&[
        &sizes([product.rows, product.columns, product.depth]),
        &divider(y.results * x.results),
        &divider(x.results),
        &sizes([from.size[0], from.size[1], from.channels, from.group]),
        &signed([y.first, x.first, y.step, x.step, y.tap, x.tap]),
        &sizes([x.taps]),
        &sizes([written.size[0], written.size[1], written.channels]),
        &sizes([y.to_first, x.to_first, y.to_step, x.to_step]),
        &sizes([weight_next, cut.parts, cut.depth, part]),
    ])
}
