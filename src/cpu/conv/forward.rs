//! The convolution itself.

use std::sync::Arc;

use super::{ConvSizes, padding_space, weight_order, with_padding};
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::Cut;
use crate::cpu::threads;
use crate::cpu::tile::{Bounds, Kernels, Start, Steps, Tile, Walk};

/// A convolution with a weight, ready for images.
pub struct Forward {
    kernels: &'static Kernels,
    sizes: ConvSizes,
    cut: Cut,
    weight: Arc<Buffer>,
    /// Filled up to whole registers.
    bias: Option<Buffer>,
    clamp: Option<Bounds>,
}

impl Forward {
    /// With the weight of [`forward_weight`](super::forward_weight), plus `bias`; results are brought between the bounds of
    /// `clamp`.
    pub fn new(s: &ConvSizes, weight: Arc<Buffer>, bias: Option<&[f32]>, clamp: Option<Bounds>) -> Forward {
        Forward::with(Kernels::best(), s, weight, bias, clamp)
    }

    pub(super) fn with(
        kernels: &'static Kernels,
        s: &ConvSizes,
        weight: Arc<Buffer>,
        bias: Option<&[f32]>,
        clamp: Option<Bounds>,
    ) -> Forward {
        let bias = bias.map(|bias| kernels.padded_bias(bias));
        Forward { kernels, sizes: *s, cut: weight_order::forward_cut(kernels, s), weight, bias, clamp }
    }

    /// `y`: the convolution of all images.
    pub fn run(&self, x: &[f32], y: &mut [f32]) {
        let s = &self.sizes;
        if x.is_empty() || y.is_empty() {
            return self.fill(y);
        }
        if s.batch >= 4 * threads::count() {
            return threads::chunks_mut(y, s.out_image(), |number, y| self.image(number, x, y));
        }
        // Few images: their lines are shared out.
        let mut space = padding_space(s, s.batch);
        let (x, image) = (with_padding(s, x, &mut space), s.padded_image());
        let at_a_time = s.out_height.div_ceil(4 * threads::count().div_ceil(s.batch));
        let line = s.out_width * s.out_channels;
        for (x, y) in x.chunks_exact(image).zip(y.chunks_exact_mut(s.out_image())) {
            threads::chunks_mut(y, at_a_time * line, |number, y| self.lines(x, number * at_a_time, y));
        }
    }

    /// `y`: the convolution of the image of a number, on this thread.
    pub fn image(&self, number: usize, x: &[f32], y: &mut [f32]) {
        let s = &self.sizes;
        if x.is_empty() || y.is_empty() {
            return self.fill(y);
        }
        let mut space = padding_space(s, 1);
        self.lines(with_padding(s, &x[number * s.image()..][..s.image()], &mut space), 0, y);
    }

    /// Lines of the result, from `first` on, of the image that `x` is with its padding.
    fn lines(&self, x: &[f32], first: usize, y: &mut [f32]) {
        let Forward { kernels, sizes: s, cut, clamp, .. } = *self;
        let ((_, width), reach) = (s.padded(), s.kernel * s.in_channels);
        // The weights of one panel stay in the first-level cache while the image passes.
        for panel in cut.panels(kernels) {
            let b = &self.weight[panel.column * s.kernel * reach..];
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
            let start = self.bias.as_ref().map_or(Start::Zero, |bias| Start::Bias(&bias[panel.column..]));
            for (row, y) in y.chunks_exact_mut(s.out_width * s.out_channels).enumerate() {
                for (column, rows) in cut.rows() {
                    let a = &x[((first + row) * width + column) * s.stride * s.in_channels..];
                    let c = &mut y[column * s.out_channels + panel.column..];
                    let tile = Tile { rows, registers: panel.registers, columns, start, clamp };
                    kernels.run(tile, &walk, a, b, c);
                }
            }
        }
    }

    /// The bias alone, where there is nothing to add up.
    fn fill(&self, y: &mut [f32]) {
        y.fill(0.0);
        if let (Some(bias), channels @ 1..) = (&self.bias, self.sizes.out_channels) {
            y.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(&bias[..channels]));
        }
        if let Some([low, high]) = self.clamp {
            y.iter_mut().for_each(|y| *y = y.clamp(low, high));
        }
    }
}
