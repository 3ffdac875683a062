//! `group_norm`: every example's channels brought to mean 0 and variance 1, group by group; `layer_norm`: the same for
//! every row along the last axis.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::{reduce, simd, threads};
use crate::cuda;
use crate::raw::Raw;

/// Values that are summed up in f32; such sums are added in f64.
const BLOCK: usize = 4096;

/// Most parts of a sum of the weights' gradients.
const MOST_PARTS: usize = 64;

/// How the values of an array are grouped: `rows` of `len` values that are normalised together; a row holds
/// `channels` channels of `spatial` values each, of `all` channels that have a weight and a bias.
#[derive(Clone, Copy)]
struct Groups {
    len: usize,
    channels: usize,
    all: usize,
}

/// `(x - mean) / √(variance + epsilon) · weight + bias`, mean and variance over each of `groups` groups of the channels
/// of each example (Wu and He 2018, <https://arxiv.org/abs/1803.08494>). `x` is `[n, c, ..]`, `weight` and `bias` are
/// `[c]`.
///
/// ***Panics*** if `c` does not divide into the groups, or if weight and bias are not of shape `[c]`.
#[track_caller]
pub fn group_norm(x: &Raw, groups: usize, weight: &Raw, bias: &Raw, epsilon: f32) -> Raw {
    let sizes = x.sizes();
    assert!(sizes.len() >= 2, "group_norm: expected [batch, channels, ..], got {sizes:?}");
    let (channels, spatial) = (sizes[1], sizes[2..].iter().product::<usize>());
    assert!(
        groups > 0 && channels.is_multiple_of(groups),
        "group_norm: {channels} channels do not divide into {groups} groups"
    );
    let len = channels / groups * spatial;
    normalised(
        "group_norm",
        x,
        weight,
        bias,
        epsilon,
        Groups { len, channels: channels / groups, all: channels },
    )
}

/// `(x - mean) / √(variance + epsilon) · weight + bias`, mean and variance over the last axis (Ba et al. 2016,
/// <https://arxiv.org/abs/1607.06450>). `x` is `[.., d]`, `weight` and `bias` are `[d]`.
///
/// ***Panics*** if `x` is a scalar or weight and bias are not of shape `[d]`.
#[track_caller]
pub fn layer_norm(x: &Raw, weight: &Raw, bias: &Raw, epsilon: f32) -> Raw {
    let sizes = x.sizes();
    let Some(&last) = sizes.last() else { panic!("layer_norm: a scalar has no last axis") };
    normalised("layer_norm", x, weight, bias, epsilon, Groups { len: last, channels: last, all: last })
}

#[track_caller]
fn normalised(name: &'static str, x: &Raw, weight: &Raw, bias: &Raw, epsilon: f32, groups: Groups) -> Raw {
    for (what, tensor) in [("weight", weight), ("bias", bias)] {
        let sizes = tensor.sizes();
        assert!(sizes == [groups.all], "{name}: expected a {what} of shape [{}], got {sizes:?}", groups.all);
    }
    let (input, w, b) = (x.array().row_major(), weight.array(), bias.array());
    if let Some(gpu) = cuda::active() {
        let (y, moments) = gpu.normalised(&input, groups.sizes(), [&w, &b], epsilon);
        return Raw::from_op(name, y, &[x, weight, bias], move |gradient, wanted| {
            let (gradient, groups) = (gradient.row_major(), groups.sizes());
            let dx = wanted[0].then(|| gpu.normalised_slope(&gradient, &input, groups, &w, &moments));
            let of_parameters = (wanted[1] || wanted[2])
                .then(|| gpu.normalised_parameters(&gradient, &input, groups, &moments));
            let [dw, db] = of_parameters.map_or([None, None], |parameters| parameters.map(Some));
            vec![dx, dw, db]
        });
    }
    let len = groups.len.max(1);
    let rows = input.len() / len;
    let at_once = rows_at_once(len);
    let mut y = Buffer::scratch(input.len());
    let [mut means, mut scales] = [(); 2].map(|()| Buffer::scratch(rows));
    let blocks = y.chunks_mut(at_once * len).zip(input.values().chunks(at_once * len));
    let moments = means.chunks_mut(at_once).zip(scales.chunks_mut(at_once));
    threads::for_each_of(blocks.zip(moments).collect(), |block, ((y, x), (means, scales))| {
        let rows = y.chunks_exact_mut(len).zip(x.chunks_exact(len)).zip(means.iter_mut().zip(scales));
        simd::vectorised(
            #[inline(always)]
            || {
                for (row, ((y, x), (mean, scale))) in rows.enumerate() {
                    *mean = mean_of(
                        x,
                        #[inline(always)]
                        |x| x,
                    );
                    let variance = mean_of(
                        x,
                        #[inline(always)]
                        |x| (x - *mean) * (x - *mean),
                    );
                    *scale = 1.0 / (variance + epsilon).sqrt();
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = (x - *mean) * *scale);
                    groups.scale(block * at_once + row, y, w.values(), Some(b.values()));
                }
            },
        );
    });
    let y = Array::new(&x.sizes(), Layout::RowMajor, y);
    Raw::from_op(name, y, &[x, weight, bias], move |gradient, wanted| {
        let gradient = gradient.row_major();
        let mut dx = Buffer::scratch(if wanted[0] { gradient.len() } else { 0 });
        // The weights' gradients of a fixed number of parts, which are added in their order.
        let at_once = at_once.max(rows.div_ceil(MOST_PARTS));
        let mut parts = Buffer::full(rows.div_ceil(at_once) * 2 * groups.all, 0.0);
        let mut rest = &mut dx[..];
        let blocks: Vec<_> = parts
            .chunks_exact_mut(2 * groups.all.max(1))
            .zip(gradient.values().chunks(at_once * len))
            .map(|(part, dy)| {
                let dx = if rest.is_empty() { None } else { rest.split_off_mut(..dy.len()) };
                (part, dy, dx.unwrap_or_default())
            })
            .collect();
        threads::for_each_of(blocks, |block, (part, dy, dx)| {
            let (dw, db) = part.split_at_mut(groups.all);
            let mut normalised = Buffer::scratch(len);
            simd::vectorised(
                #[inline(always)]
                || {
                    for (i, dy) in dy.chunks_exact(len).enumerate() {
                        let row = block * at_once + i;
                        let x = &input.values()[row * len..][..len];
                        let (mean, scale) = (means[row], scales[row]);
                        normalised.iter_mut().zip(x).for_each(|(n, x)| *n = (x - mean) * scale);
                        groups.add(row, dy, &normalised, dw, db);
                        if let Some(dx) = dx.get_mut(i * len..(i + 1) * len) {
                            dx.copy_from_slice(dy);
                            groups.scale(row, dx, w.values(), None);
                            take_out(dx, &normalised, scale);
                        }
                    }
                },
            );
        });
        let sums = reduce::row_sum(&parts, 2 * groups.all);
        let of_parameter = |start: usize| {
            let values = sums.values()[start..start + groups.all].to_vec();
            Some(Array::from_vec(&[groups.all], values))
        };
        let dx = wanted[0].then(|| Array::new(gradient.sizes(), Layout::RowMajor, dx));
        vec![dx, of_parameter(0), of_parameter(groups.all)]
    })
}

impl Groups {
    /// As kernels are told.
    fn sizes(&self) -> [usize; 3] {
        [self.len, self.channels, self.all]
    }

    /// Calls `body` with each channel of a row and where its values lie in the row.
    #[inline(always)]
    fn for_channels(&self, row: usize, mut body: impl FnMut(usize, std::ops::Range<usize>)) {
        let spatial = self.len / self.channels.max(1);
        let first = self.first(row);
        for channel in 0..self.channels {
            body(first + channel, channel * spatial..(channel + 1) * spatial);
        }
    }

    /// The first channel of a row.
    #[inline(always)]
    fn first(&self, row: usize) -> usize {
        row * self.channels % self.all.max(1)
    }

    /// Values times the weights of their channels, and their biases added.
    #[inline(always)]
    fn scale(&self, row: usize, values: &mut [f32], weight: &[f32], bias: Option<&[f32]>) {
        if self.channels == self.len {
            let here = self.first(row)..self.first(row) + self.len;
            values.iter_mut().zip(&weight[here.clone()]).for_each(|(value, weight)| *value *= weight);
            if let Some(bias) = bias {
                values.iter_mut().zip(&bias[here]).for_each(|(value, bias)| *value += bias);
            }
            return;
        }
        self.for_channels(row, |channel, part| {
            let (weight, bias) = (weight[channel], bias.map_or(0.0, |bias| bias[channel]));
            values[part].iter_mut().for_each(|value| *value = *value * weight + bias);
        });
    }

    /// Adds what a row says to the gradients of weights and biases.
    #[inline(always)]
    fn add(&self, row: usize, dy: &[f32], normalised: &[f32], dw: &mut [f32], db: &mut [f32]) {
        if self.channels == self.len {
            let here = self.first(row)..self.first(row) + self.len;
            let dw = dw[here.clone()].iter_mut();
            dw.zip(dy).zip(normalised).for_each(|((dw, dy), normalised)| *dw += dy * normalised);
            db[here].iter_mut().zip(dy).for_each(|(db, dy)| *db += dy);
            return;
        }
        self.for_channels(row, |channel, part| {
            dw[channel] += reduce::dot(&dy[part.clone()], &normalised[part.clone()]);
            db[channel] += reduce::sum_of(&dy[part], |dy| dy);
        });
    }
}

/// From the gradient of the normalised values to that of the values: what changes mean and variance of the row is taken
/// out.
#[inline(always)]
fn take_out(gradient: &mut [f32], normalised: &[f32], scale: f32) {
    let along_one = mean_of(gradient, |gradient| gradient);
    let blocks = gradient.chunks(BLOCK).zip(normalised.chunks(BLOCK));
    let mut along_normalised = 0.0;
    for (gradient, normalised) in blocks {
        along_normalised += f64::from(reduce::dot(gradient, normalised));
    }
    let along_normalised = (along_normalised / normalised.len().max(1) as f64) as f32;
    for (gradient, normalised) in gradient.iter_mut().zip(normalised) {
        *gradient = (*gradient - along_one - normalised * along_normalised) * scale;
    }
}

/// Rows that one thread takes at a time: 16 Ki values.
fn rows_at_once(len: usize) -> usize {
    (16 * 1024 / len).max(1)
}

/// The mean of `f` of every value.
#[inline(always)]
fn mean_of(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sum = 0.0;
    for row in row.chunks(BLOCK) {
        sum += f64::from(reduce::sum_of(row, &f));
    }
    (sum / row.len().max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut random = Generator::new(1);
        for (sizes, groups) in [(&[2, 4][..], 2), (&[2, 6, 3], 3), (&[1, 2, 2, 3], 1), (&[2, 3, 2, 1], 3)] {
            let x = random.uniform(sizes, -1.0, 2.0);
            let [w, b] = [(); 2].map(|()| random.uniform(&sizes[1..2], 0.5, 1.5));
            check_gradient(&[x, w, b], |x| group_norm(&x[0], groups, &x[1], &x[2], 0.1));
        }
        let x = random.uniform(&[2, 2, 5], -1.0, 2.0);
        let [w, b] = [(); 2].map(|()| random.uniform(&[5], 0.5, 1.5));
        check_gradient(&[x, w, b], |x| layer_norm(&x[0], &x[1], &x[2], 0.1));
    }

    #[test]
    fn every_row_gets_mean_0_and_variance_1() {
        let x = Raw::new(Generator::new(2).uniform(&[3, 50], 5.0, 9.0));
        let [w, b] = [1.0, 0.0].map(|value| Raw::new(Array::full(&[50], value)));
        for row in layer_norm(&x, &w, &b, 1e-5).to_vec().chunks(50) {
            let mean = row.iter().sum::<f32>() / 50.0;
            let variance = row.iter().map(|y| (y - mean) * (y - mean)).sum::<f32>() / 50.0;
            assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
        }
    }

    #[test]
    #[should_panic(expected = "group_norm: 6 channels do not divide into 4 groups")]
    fn groups_must_divide_the_channels() {
        let [x, w] = [&[1, 6][..], &[6]].map(|sizes| Raw::new(Array::full(sizes, 1.0)));
        group_norm(&x, 4, &w, &w, 1e-5);
    }

    #[test]
    fn rows_of_every_length_are_those_of_the_cpu() {
        let mut random = Generator::new(1);
        for sizes in [&[5, 33][..], &[70, 1], &[3, 1500], &[300, 40]] {
            let x = random.uniform(sizes, 3.0, 5.0);
            let [w, b] = [(); 2].map(|()| random.uniform(&sizes[1..], 0.5, 1.5));
            agrees_within(1e-4, &[x, w, b], |x| layer_norm(&x[0], &x[1], &x[2], 0.1));
        }
        for sizes in [&[2, 6, 5, 7][..], &[3, 4, 40, 41], &[9, 12], &[2, 4, 3000]] {
            let x = random.uniform(sizes, 3.0, 5.0);
            let [w, b] = [(); 2].map(|()| random.uniform(&sizes[1..2], 0.5, 1.5));
            agrees_within(1e-4, &[x, w, b], |x| group_norm(&x[0], 2, &x[1], &x[2], 0.1));
        }
    }
}
