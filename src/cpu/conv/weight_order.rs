//! The weight, `[O, C, K, K]`, in the orders in which the passes of a convolution read it.

use super::ConvSizes;
use crate::cpu::buffer::Buffer;

/// `[K, K, C, O]`, the last axis filled up with zeros to `out`.
pub fn for_forward(s: &ConvSizes, weight: &[f32], out: usize) -> Buffer {
    let mut packed = Buffer::full(weight.len() / s.out_channels * out, 0.0);
    each(s, |o, c, kh, kw, at| packed[((kh * s.kernel + kw) * s.in_channels + c) * out + o] = weight[at]);
    packed
}

/// `[K, K, O, C]` with rows and columns from last to first, the last axis filled up with zeros to `channels`.
pub fn for_input_gradient(s: &ConvSizes, weight: &[f32], channels: usize) -> Buffer {
    let mut packed = Buffer::full(weight.len() / s.in_channels * channels, 0.0);
    let last = s.kernel - 1;
    each(s, |o, c, kh, kw, at| {
        packed[(((last - kh) * s.kernel + last - kw) * s.out_channels + o) * channels + c] = weight[at];
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
