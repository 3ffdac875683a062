//! Convolutions of each channel by a kernel of its own. Channels lie side by side in channels-last images, so a register
//! holds neighbouring channels and one pass over the pixels treats them all: no patches, no products of tiny matrices.

use std::ops::Range;

use rayon::prelude::*;

use crate::array::Array;
use crate::cpu::buffer::Buffer;
use crate::cpu::patches::PatchSizes;
use crate::cpu::simd;
use crate::cpu::transpose::transpose;

/// Channels treated together, in registers while the kernel passes; the rest one by one.
const BLOCK: usize = 32;

/// The convolution of `x` with `weight`, `[channels, 1, kernel]`, plus the bias.
pub fn forward(s: &PatchSizes, x: &[f32], weight: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
    let (c, weight) = (s.channels, by_tap(s, weight));
    let nothing = Buffer::full(if bias.is_some() { 0 } else { c }, 0.0);
    let bias = bias.unwrap_or(&nothing);
    let lines = y.par_chunks_exact_mut((s.out_size[1] * c).max(1)).enumerate();
    lines.for_each(|(line, y)| {
        let (image, row) = (line / s.out_size[0], line % s.out_size[0]);
        let x = &x[image * s.image()..(image + 1) * s.image()];
        simd::vectorised(
            #[inline(always)]
            || {
                for (column, y) in y.chunks_exact_mut(c).enumerate() {
                    let (blocks, rest) = y.as_chunks_mut::<BLOCK>();
                    let first = blocks.len() * BLOCK;
                    for (i, block) in blocks.iter_mut().enumerate() {
                        *block = sum(s, x, &weight, bias, [row, column], i * BLOCK);
                    }
                    for (i, value) in rest.iter_mut().enumerate() {
                        [*value] = sum(s, x, &weight, bias, [row, column], first + i);
                    }
                }
            },
        );
    });
}

/// One output in some channels, from `channel` on.
#[inline(always)]
fn sum<const N: usize>(
    s: &PatchSizes,
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    out: [usize; 2],
    channel: usize,
) -> [f32; N] {
    let mut sum: [f32; N] = std::array::from_fn(|i| bias[channel + i]);
    each_tap(
        s,
        out,
        #[inline(always)]
        |tap, pixel| {
            let (x, w) = (&x[pixel + channel..][..N], &weight[tap + channel..][..N]);
            for i in 0..N {
                sum[i] += x[i] * w[i];
            }
        },
    );
    sum
}

/// The gradient with respect to `x`, from that of `y`.
pub fn input_gradient(s: &PatchSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    let (c, weight) = (s.channels, by_tap(s, weight));
    let images = dx.par_chunks_exact_mut(s.image().max(1)).zip(dy.par_chunks_exact(s.out_image().max(1)));
    images.for_each(|(dx, dy)| {
        dx.fill(0.0);
        simd::vectorised(
            #[inline(always)]
            || {
                for (out, dy) in dy.chunks_exact(c).enumerate() {
                    each_tap(
                        s,
                        [out / s.out_size[1], out % s.out_size[1]],
                        #[inline(always)]
                        |tap, pixel| add_products(&mut dx[pixel..pixel + c], dy, &weight[tap..tap + c]),
                    );
                }
            },
        );
    });
}

/// The gradient with respect to the weight, whose sizes are those given. Images are added in their order, whatever the
/// number of threads.
pub fn weight_gradient(s: &PatchSizes, x: &[f32], dy: &[f32], weight: &[usize]) -> Array {
    let (c, area) = (s.channels, s.kernel[0] * s.kernel[1]);
    let images = x.par_chunks_exact(s.image().max(1)).zip(dy.par_chunks_exact(s.out_image().max(1)));
    let parts: Vec<Buffer> = images
        .map(|(x, dy)| {
            let mut part = Buffer::full(area * c, 0.0);
            simd::vectorised(
                #[inline(always)]
                || {
                    for (out, dy) in dy.chunks_exact(c).enumerate() {
                        each_tap(
                            s,
                            [out / s.out_size[1], out % s.out_size[1]],
                            #[inline(always)]
                            |tap, pixel| add_products(&mut part[tap..tap + c], dy, &x[pixel..pixel + c]),
                        );
                    }
                },
            );
            part
        })
        .collect();
    let (mut sum, mut dw) = (vec![0.0; area * c], vec![0.0; area * c]);
    for part in parts {
        sum.iter_mut().zip(part.iter()).for_each(|(sum, part)| *sum += part);
    }
    transpose(&sum, &mut dw, area, c);
    Array::from_vec(weight, dw)
}

/// `sum += a b`, place by place.
#[inline(always)]
fn add_products(sum: &mut [f32], a: &[f32], b: &[f32]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum += a * b;
    }
}

/// The weight with the channels innermost: one place of the kernel a row.
fn by_tap(s: &PatchSizes, weight: &[f32]) -> Buffer {
    let mut taps = Buffer::scratch(weight.len());
    transpose(weight, &mut taps, s.channels, s.kernel[0] * s.kernel[1]);
    taps
}

/// Calls `f` for each place of the kernel that an output reads inside the picture: with the first weight of that place,
/// and the first value of the pixel.
#[inline(always)]
fn each_tap(s: &PatchSizes, out: [usize; 2], mut f: impl FnMut(usize, usize)) {
    let [rows, columns] = [inside(s, 0, out[0]), inside(s, 1, out[1])];
    for ky in rows {
        let y = out[0] * s.stride[0] + ky * s.dilation[0] - s.padding[0];
        for kx in columns.clone() {
            let x = out[1] * s.stride[1] + kx * s.dilation[1] - s.padding[1];
            f((ky * s.kernel[1] + kx) * s.channels, (y * s.size[1] + x) * s.channels);
        }
    }
}

/// Which places of the kernel an output reads inside the picture, along one axis.
#[inline(always)]
fn inside(s: &PatchSizes, axis: usize, out: usize) -> Range<usize> {
    let start = out * s.stride[axis];
    let first = s.padding[axis].saturating_sub(start).div_ceil(s.dilation[axis]);
    let end = (s.size[axis] + s.padding[axis]).saturating_sub(start).div_ceil(s.dilation[axis]);
    first..end.min(s.kernel[axis])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Generator;

    fn close(ours: &[f32], expected: &[f32]) -> bool {
        ours.len() == expected.len() && ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_sizes_equal_the_definition(
            (channels, batch) in (1usize..70, 1usize..3), size in [1usize..8, 1usize..8], kernel in [1usize..4, 1usize..4],
            stride in [1usize..4, 1usize..4], padding in [0usize..4, 0usize..4], dilation in [1usize..3, 1usize..3],
        ) {
            let reach = [0, 1].map(|axis| dilation[axis] * (kernel[axis] - 1) + 1);
            prop_assume!((0..2).all(|axis| size[axis] + 2 * padding[axis] >= reach[axis]));
            let out_size = [0, 1].map(|axis| (size[axis] + 2 * padding[axis] - reach[axis]) / stride[axis] + 1);
            let s = PatchSizes {
                batch, channels, size, out_channels: channels, out_size, kernel, stride, padding, dilation,
                groups: channels,
            };
            let mut random = Generator::new(3);
            let x = random.uniform(&[batch * s.image()], -1.0, 1.0).to_vec();
            let dy = random.uniform(&[batch * s.out_image()], -1.0, 1.0).to_vec();
            let weight = random.uniform(&[channels * kernel[0] * kernel[1]], -1.0, 1.0).to_vec();
            let bias = random.uniform(&[channels], -1.0, 1.0).to_vec();

            let mut y: Vec<f32> = (0..dy.len()).map(|i| bias[i % channels]).collect();
            let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
            for out in 0..dy.len() {
                let (pixel, c) = (out / channels, out % channels);
                let (rest, column) = (pixel / out_size[1], pixel % out_size[1]);
                let (n, row) = (rest / out_size[0], rest % out_size[0]);
                for (ky, kx) in (0..kernel[0]).flat_map(|ky| (0..kernel[1]).map(move |kx| (ky, kx))) {
                    let at = [(row, ky), (column, kx)];
                    let at = [0, 1].map(|axis| (at[axis].0 * stride[axis] + at[axis].1 * dilation[axis]) as i64 - padding[axis] as i64);
                    if (0..2).any(|axis| at[axis] < 0 || at[axis] >= size[axis] as i64) {
                        continue;
                    }
                    let from = ((n * size[0] + at[0] as usize) * size[1] + at[1] as usize) * channels + c;
                    let tap = (c * kernel[0] + ky) * kernel[1] + kx;
                    y[out] += x[from] * weight[tap];
                    dx[from] += dy[out] * weight[tap];
                    dw[tap] += dy[out] * x[from];
                }
            }

            let (mut found, mut gradient) = (vec![f32::NAN; y.len()], vec![f32::NAN; x.len()]);
            forward(&s, &x, &weight, Some(&bias), &mut found);
            prop_assert!(close(&found, &y));
            input_gradient(&s, &dy, &weight, &mut gradient);
            prop_assert!(close(&gradient, &dx));
            prop_assert!(close(weight_gradient(&s, &x, &dy, &[weight.len()]).values(), &dw));
        }
    }
}
