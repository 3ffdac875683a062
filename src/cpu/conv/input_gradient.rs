//! From the gradient of a convolution's result, that of its input.

use super::{ConvSizes, weight_order};
use crate::array::{Finish, Images};
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::cpu::tile::{Kernels, Start, Steps, Tile, Walk};

/// `dx`: the gradient of the input, from the weight of [`input_gradient_weight`](super::input_gradient_weight), on its way
/// back through what `finish` says.
pub fn input_gradient(s: &ConvSizes, dy: &Images, weight: &[f32], finish: &Finish, dx: &mut [f32]) {
    input_gradient_with(Kernels::best(), s, dy, weight, finish, dx);
}

pub(super) fn input_gradient_with(
    kernels: &Kernels,
    s: &ConvSizes,
    dy: &Images,
    weight: &[f32],
    finish: &Finish,
    dx: &mut [f32],
) {
    if dx.is_empty() || s.out_image() == 0 {
        return dx.fill(0.0);
    }
    finish.ready();
    // A convolution of dy, its columns spread out by the stride and padded, with the weight turned by half a turn.
    let cut = weight_order::input_gradient_cut(kernels, s);
    let width = s.width + s.kernel - 1;
    let reach = s.kernel * s.out_channels;
    let image = |spread: &[f32], dx: &mut [f32]| {
        for panel in cut.panels(kernels) {
            let weight = &weight[panel.column * s.kernel * reach..][..panel.width * s.kernel * reach];
            let columns = panel.width.min(s.in_channels - panel.column);
            let inner = Steps { count: reach, a: 1, b: panel.width };
            let loops = [Steps::ONCE, Steps::ONCE, inner];
            let walk = Walk { loops, a_row: s.out_channels, c_row: s.in_channels };
            // One row of the kernel stays in the first-level cache while the image passes. What is at place `turned` in the
            // weight met, with row `low` of dy, row `low * stride + kernel - 1 - turned` of the padded input.
            for turned in 0..s.kernel {
                let b = &weight[turned * reach * panel.width..][..reach * panel.width];
                for row in 0..s.height {
                    let met = (row + s.padding + turned).checked_sub(s.kernel - 1);
                    let low = met.filter(|met| met.is_multiple_of(s.stride)).map(|met| met / s.stride);
                    let dy = low
                        .filter(|&low| low < s.out_height)
                        .map(|low| &spread[low * width * s.out_channels..]);
                    let start = if turned == 0 { Start::Zero } else { Start::Result };
                    for (first, rows) in cut.rows() {
                        let c = &mut dx[(row * s.width + first) * s.in_channels + panel.column..];
                        let tile = Tile { rows, registers: panel.registers, columns, start, clamp: None };
                        match dy {
                            Some(dy) => kernels.run(tile, &walk, &dy[first * s.out_channels..], b, c),
                            None if turned == 0 => {
                                let pixels = c.chunks_mut(s.in_channels).take(rows);
                                pixels.for_each(|pixel| pixel[..columns].fill(0.0));
                            }
                            None => {}
                        }
                    }
                }
            }
        }
    };
    threads::chunks_mut(dx, s.image(), |number, dx| {
        let mut space = dy.space(1, s.out_image());
        let dy = dy.get(number, 1, s.out_image(), &mut space);
        let mut spread = Buffer::scratch(s.out_height * width * s.out_channels);
        spread_columns(s, dy, &mut spread);
        image(&spread, dx);
        finish.apply(number * s.image(), dx);
    });
}

/// Writes the columns of `dy` at distances of the stride into lines in which every column of the input finds, from its
/// own place on, those that the kernel moved over it. The places between are zero.
fn spread_columns(s: &ConvSizes, dy: &[f32], spread: &mut [f32]) {
    let (width, channels) = (s.width + s.kernel - 1, s.out_channels);
    let lines = spread.chunks_exact_mut(width * channels);
    for (from, to) in dy.chunks_exact(s.out_width * channels).zip(lines) {
        if s.stride == 1 && s.padding < s.kernel {
            let before = (s.kernel - 1 - s.padding) * channels;
            let there = from.len().min(to.len() - before);
            to[..before].fill(0.0);
            to[before..before + there].copy_from_slice(&from[..there]);
            to[before + there..].fill(0.0);
            continue;
        }
        to.fill(0.0);
        for (column, pixel) in from.chunks_exact(channels).enumerate() {
            // Columns that only ever met padding have no place.
            if let Some(at) = (column * s.stride + s.kernel - 1).checked_sub(s.padding)
                && at < width
            {
                to[at * channels..][..channels].copy_from_slice(pixel);
            }
        }
    }
}
