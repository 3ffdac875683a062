//! The weight, `[O, C, K, K]`, in the orders in which the passes of a convolution read it.

use super::ConvSizes;
use crate::cpu::buffer::Buffer;
use crate::cpu::cut::Cut;
use crate::cpu::tile::Kernels;

/// `[K, K, C, O]` in panels of the columns `O`, filled up with zeros.
pub fn for_forward(s: &ConvSizes, weight: &[f32], kernels: &Kernels, cut: Cut) -> Buffer {
    let depth = s.kernel * s.kernel * s.in_channels;
    let columns = cut.packed_columns(kernels, depth);
    let mut packed = Buffer::full(depth * columns.len(), 0.0);
    each(s, |o, c, kh, kw, at| {
        let (start, step) = columns[o];
        packed[start + ((kh * s.kernel + kw) * s.in_channels + c) * step] = weight[at];
    });
    packed
}

/// `[K, K, O, C]`, kernel rows and columns from last to first, in panels of the columns `C`, filled up with zeros.
pub fn for_input_gradient(s: &ConvSizes, weight: &[f32], kernels: &Kernels, cut: Cut) -> Buffer {
    let depth = s.kernel * s.kernel * s.out_channels;
    let columns = cut.packed_columns(kernels, depth);
    let mut packed = Buffer::full(depth * columns.len(), 0.0);
    let last = s.kernel - 1;
    each(s, |o, c, kh, kw, at| {
        let (start, step) = columns[c];
        packed[start + (((last - kh) * s.kernel + last - kw) * s.out_channels + o) * step] = weight[at];
    });
    packed
}

/// From a gradient `[K, K, C, O padded to out]` back to `[O, C, K, K]`.
pub fn from_gradient(s: &ConvSizes, gradient: &[f32], out: usize, dw: &mut [f32]) {
    each(s, |o, c, kh, kw, at| dw[at] = gradient[((kh * s.kernel + kw) * s.in_channels + c) * out + o]);
}

/// Calls `f` with every index and the place in `[O, C, K, K]`.
fn each(s: &ConvSizes, mut f: impl FnMut(usize, usize, usize, usize, usize)) {
    let mut at = 0;
    for o in 0..s.out_channels {
        for c in 0..s.in_channels {
            for kh in 0..s.kernel {
                for kw in 0..s.kernel {
                    f(o, c, kh, kw, at);
                    at += 1;
                }
            }
        }
    }
}
