//! `group_norm`: every example's channels brought to mean 0 and variance 1, group by group; `layer_norm`: the same for
//! every row along the last axis.

use rayon::prelude::*;

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::raw::Raw;

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
    let rows = input.len() / groups.len.max(1);
    let (mut kept, mut y) = (Buffer::scratch(input.len()), Buffer::scratch(input.len()));
    let mut scales = Buffer::scratch(rows);
    let len = groups.len.max(1);
    (kept.par_chunks_mut(len), y.par_chunks_mut(len), input.values().par_chunks(len), scales.par_iter_mut())
        .into_par_iter()
        .enumerate()
        .with_min_len(min_rows(len))
        .for_each(|(row, (kept, y, x, scale))| {
            let mean = mean(x.iter().copied());
            let variance = self::mean(x.iter().map(|&x| (x - mean) * (x - mean)));
            *scale = 1.0 / (variance + epsilon).sqrt();
            for (kept, &x) in kept.iter_mut().zip(x) {
                *kept = (x - mean) * *scale;
            }
            groups.for_channels(row, |channel, part| {
                for (y, &kept) in y[part.clone()].iter_mut().zip(&kept[part]) {
                    *y = kept * w.values()[channel] + b.values()[channel];
                }
            });
        });
    let sizes = x.sizes();
    Raw::from_op(
        name,
        Array::new(&sizes, Layout::RowMajor, y),
        &[x, weight, bias],
        move |gradient, wanted| {
            let gradient = gradient.row_major();
            let of_x = wanted[0].then(|| {
                let mut dx = Buffer::scratch(gradient.len());
                let rows = (dx.par_chunks_mut(len), kept.par_chunks(len), gradient.values().par_chunks(len));
                rows.into_par_iter().enumerate().with_min_len(min_rows(len)).for_each(
                    |(row, (dx, kept, dy))| {
                        groups.for_channels(row, |channel, part| {
                            for (dx, &dy) in dx[part.clone()].iter_mut().zip(&dy[part]) {
                                *dx = dy * w.values()[channel];
                            }
                        });
                        // What changes mean and variance of the row is taken out.
                        let along_one = mean(dx.iter().copied());
                        let along_kept = mean(dx.iter().zip(kept).map(|(&dx, &kept)| dx * kept));
                        for (dx, &kept) in dx.iter_mut().zip(kept) {
                            *dx = (*dx - along_one - kept * along_kept) * scales[row];
                        }
                    },
                );
                Array::new(gradient.sizes(), Layout::RowMajor, dx)
            });
            if !wanted[1] && !wanted[2] {
                return vec![of_x, None, None];
            }
            let (mut dw, mut db) = (vec![0.0; groups.all], vec![0.0; groups.all]);
            for (row, (kept, dy)) in kept.chunks(len).zip(gradient.values().chunks(len)).enumerate() {
                groups.for_channels(row, |channel, part| {
                    for (&dy, &kept) in dy[part.clone()].iter().zip(&kept[part]) {
                        dw[channel] += dy * kept;
                        db[channel] += dy;
                    }
                });
            }
            let [dw, db] = [dw, db].map(|values| Some(Array::from_vec(&[groups.all], values)));
            vec![of_x, dw, db]
        },
    )
}

impl Groups {
    /// Calls `body` with each channel of a row and where its values lie in the row.
    fn for_channels(&self, row: usize, mut body: impl FnMut(usize, std::ops::Range<usize>)) {
        let spatial = self.len / self.channels.max(1);
        let first = row * self.channels % self.all.max(1);
        for channel in 0..self.channels {
            body(first + channel, channel * spatial..(channel + 1) * spatial);
        }
    }
}

/// Rows that one thread takes at least: 16 Ki values.
fn min_rows(len: usize) -> usize {
    (16 * 1024 / len).max(1)
}

fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1);
    (values.map(f64::from).sum::<f64>() / count as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
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
}
