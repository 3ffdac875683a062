//! Two-dimensional convolution of channels-last images, directly by the micro-kernel: no patches are copied out.
//!
//! In a row of pixels with channels inside, what a kernel row covers lies together, `kernel * in_channels` values long,
//! and moves on by `stride * in_channels` values from one output to the next. So the rows of a tile are neighbouring
//! outputs, its columns are output channels, and the loops of the micro-kernel run over kernel rows and that stretch.
//! The two gradients have the same form with the roles exchanged.

mod forward;
mod input_gradient;
pub mod pointwise;
mod weight_gradient;
mod weight_order;

#[cfg(test)]
mod tests;

pub use forward::Forward;
pub use input_gradient::input_gradient;
pub use weight_gradient::weight_gradient;

use crate::array::Array;
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::Cut;
use crate::cpu::tile::Kernels;
use std::sync::Arc;

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
    pub fn image(&self) -> usize {
        self.height * self.width * self.in_channels
    }

    /// Values of an output image.
    pub fn out_image(&self) -> usize {
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

    /// What the order of a weight depends on. Its sizes too: arrays of other sizes may share its numbers.
    fn order(&self, cut: Cut) -> [usize; 4] {
        [cut.registers(), self.out_channels, self.in_channels, self.kernel]
    }
}

/// The weight, `[O, C, K, K]`, as [`Forward`] reads it.
pub fn forward_weight(s: &ConvSizes, weight: &Array) -> Arc<Buffer> {
    let kernels = Kernels::best();
    let order = ("conv2d", s.order(weight_order::forward_cut(kernels, s)));
    weight.ordered(order, |weight| weight_order::for_forward(kernels, s, weight))
}

/// The weight, `[O, C, K, K]`, as [`input_gradient`] reads it.
pub fn input_gradient_weight(s: &ConvSizes, weight: &Array) -> Arc<Buffer> {
    let kernels = Kernels::best();
    let order = ("gradient of conv2d", s.order(weight_order::input_gradient_cut(kernels, s)));
    weight.ordered(order, |weight| weight_order::for_input_gradient(kernels, s, weight))
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
