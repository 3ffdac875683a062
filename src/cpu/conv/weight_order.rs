//! The weight, `[O, C, K, K]`, in the orders in which the passes of a convolution read it.

use super::ConvSizes;
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::Cut;
use crate::cpu::tile::Kernels;
use crate::cpu::transpose::transpose_to;

/// How the result is cut: rows are neighbouring outputs, columns output channels.
pub fn forward_cut(kernels: &Kernels, s: &ConvSizes) -> Cut {
    kernels.cut(s.out_width, s.out_channels)
}

/// How the gradient of the input is cut: rows are neighbouring inputs, columns their channels.
pub fn input_gradient_cut(kernels: &Kernels, s: &ConvSizes) -> Cut {
    kernels.cut(s.width, s.in_channels)
}

/// `[K, K, C, O]` in panels of the columns `O`, filled up with zeros.
pub fn for_forward(kernels: &Kernels, s: &ConvSizes, weight: &[f32]) -> Buffer {
    let cut = forward_cut(kernels, s);
    let (area, depth) = (s.kernel * s.kernel, s.kernel * s.kernel * s.in_channels);
    let mut packed = panels(kernels, s.out_channels, depth);
    for panel in cut.panels(kernels) {
        let columns = panel.width.min(s.out_channels - panel.column);
        let from = &weight[panel.column * depth..(panel.column + columns) * depth];
        let to = &mut packed[panel.column * depth..][..panel.width * depth];
        transpose_to(from, depth, columns, to, |at| {
            let (channel, tap) = (at / area, at % area);
            (tap * s.in_channels + channel) * panel.width
        });
    }
    packed
}

/// `[K, K, O, C]`, kernel rows and columns from last to first, in panels of the columns `C`, filled up with zeros.
pub fn for_input_gradient(kernels: &Kernels, s: &ConvSizes, weight: &[f32]) -> Buffer {
    let cut = input_gradient_cut(kernels, s);
    let area = s.kernel * s.kernel;
    let depth = area * s.out_channels;
    let mut packed = panels(kernels, s.in_channels, depth);
    for panel in cut.panels(kernels) {
        let columns = panel.width.min(s.in_channels - panel.column);
        let to = &mut packed[panel.column * depth..][..panel.width * depth];
        for (o, kernel) in weight.chunks_exact(s.in_channels * area).enumerate() {
            let from = &kernel[panel.column * area..(panel.column + columns) * area];
            transpose_to(from, area, columns, to, |tap| {
                ((area - 1 - tap) * s.out_channels + o) * panel.width
            });
        }
    }
    packed
}

/// From a gradient `[K, K, C, O padded to out]` back to `[O, C, K, K]`.
pub fn from_gradient(s: &ConvSizes, gradient: &[f32], out: usize, dw: &mut [f32]) {
    let (area, depth) = (s.kernel * s.kernel, s.kernel * s.kernel * s.in_channels);
    for channel in 0..s.in_channels {
        for o in 0..s.out_channels {
            let taps = &mut dw[o * depth + channel * area..][..area];
            for (tap, value) in taps.iter_mut().enumerate() {
                *value = gradient[(tap * s.in_channels + channel) * out + o];
            }
        }
    }
}

/// Room for so many columns of `depth` values, in panels; zero where the last is filled up.
fn panels(kernels: &Kernels, columns: usize, depth: usize) -> Buffer {
    let width = kernels.padded(columns);
    if width == columns { Buffer::scratch(width * depth) } else { Buffer::full(width * depth, 0.0) }
}
