//! `batch_norm`: every channel brought to mean 0 and variance 1 over the batch.

use super::reshape;
use crate::array::{Array, Kept, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::{reduce, simd, threads};
use crate::cuda;
use crate::raw::Raw;

/// What [`batch_norm`] measured of a batch, channel by channel.
pub struct Moments {
    /// The mean.
    pub mean: Array,
    /// The mean squared distance from the mean.
    pub variance: Array,
    /// How many values of each channel there were.
    pub count: usize,
}

/// `(x - mean) / √(variance + epsilon) · weight + bias` with mean and variance of this batch, channel by channel (Ioffe
/// and Szegedy 2015, <https://arxiv.org/abs/1502.03167>). `x` is `[n, c]`, `[n, c, l]` or `[n, c, h, w]`; `weight` and
/// `bias` are `[c]`.
///
/// ***Panics*** if the sizes do not agree, or if there is only one value a channel, whose variance says nothing.
#[track_caller]
pub fn batch_norm(x: &Raw, weight: &Raw, bias: &Raw, epsilon: f32) -> (Raw, Moments) {
    if let &[n, c, l] = &x.sizes()[..] {
        let (y, moments) = batch_norm(&reshape(x, &[n, c, l, 1]), weight, bias, epsilon);
        return (reshape(&y, &[n, c, l]), moments);
    }
    let c = channels(x, [weight, bias]);
    let kept = kept_channels_inside(x);
    let input = kept.array();
    let count = input.len() / c.max(1);
    assert!(
        count > 1,
        "batch_norm: training needs more than one value a channel, got shape {:?}: give it a larger batch",
        x.sizes()
    );
    if let Some(gpu) = cuda::active() {
        let (w, b) = (weight.array(), bias.array());
        let (normal, variance) = gpu.batch_moments(&input, c, epsilon);
        let y = Raw::kept_as(&[x], gpu.batch_norm(&input, &normal, [&w, &b]));
        let moments = Moments { mean: normal.means.clone(), variance, count };
        let y = Raw::from_op("batch_norm", y, &[x, weight, bias], move |gradient, wanted| {
            let (input, dy) = (kept.array(), channels_inside(gradient));
            let parameters = gpu.batch_norm_parameters(&dy, &input, &normal);
            let dx = wanted[0].then(|| gpu.batch_norm_slope(&dy, &input, &normal, &w, &parameters));
            let [dw, db] = parameters.map(Some);
            vec![dx, dw, db]
        });
        return (y, moments);
    }
    let mean = scaled(&reduce::row_sum(input.values(), c), 1.0 / count as f32);
    let squares = columns(&input, &[&mean], |x, [mean]| (x - mean) * (x - mean));
    let variance = scaled(&reduce::row_sum(squares.values(), c), 1.0 / count as f32);
    let scale = crate::cpu::elementwise::map(&variance, |variance| 1.0 / (variance + epsilon).sqrt());
    let (w, b) = (weight.array(), bias.array());
    let y = columns(&input, &[&mean, &scale, &w, &b], |x, [mean, scale, w, b]| (x - mean) * scale * w + b);
    let moments = Moments { mean: mean.clone(), variance, count };
    let y = Raw::from_op("batch_norm", Raw::kept_as(&[x], y), &[x, weight, bias], move |gradient, _| {
        let input = kept.array();
        let dy = channels_inside(gradient);
        let normal = columns(&input, &[&mean, &scale], |x, [mean, scale]| (x - mean) * scale);
        let (db, dw) = sums(&dy, &normal, c);
        // What changes mean and variance of the channel is taken out.
        let factor = crate::cpu::elementwise::zip(&w, &scale, |w, scale| w * scale);
        let along_one = scaled(&db, 1.0 / count as f32);
        let along_normal = scaled(&dw, 1.0 / count as f32);
        let dx = columns(&dy, &[&along_one, &factor], |dy, [one, factor]| (dy - one) * factor);
        let shared =
            columns(&normal, &[&along_normal, &factor], |normal, [along, factor]| normal * along * factor);
        vec![Some(crate::cpu::elementwise::zip(&dx, &shared, |dx, shared| dx - shared)), Some(dw), Some(db)]
    });
    (y, moments)
}

/// [`batch_norm`] with a mean and a variance known beforehand: what a trained network does.
///
/// ***Panics*** if the sizes do not agree.
#[track_caller]
pub fn batch_norm_with(
    x: &Raw,
    mean: &Array,
    variance: &Array,
    weight: &Raw,
    bias: &Raw,
    epsilon: f32,
) -> Raw {
    if let &[n, c, l] = &x.sizes()[..] {
        let y = batch_norm_with(&reshape(x, &[n, c, l, 1]), mean, variance, weight, bias, epsilon);
        return reshape(&y, &[n, c, l]);
    }
    let c = channels(x, [weight, bias]);
    assert!(mean.sizes() == [c] && variance.sizes() == [c], "batch_norm: expected {c} means and variances");
    let kept = kept_channels_inside(x);
    let input = kept.array();
    if let Some(gpu) = cuda::active() {
        let (w, b) = (weight.array(), bias.array());
        let normal = gpu.known_moments(mean, variance, epsilon);
        let y = Raw::kept_as(&[x], gpu.batch_norm(&input, &normal, [&w, &b]));
        return Raw::from_op("batch_norm", y, &[x, weight, bias], move |gradient, wanted| {
            let dy = channels_inside(gradient);
            let dx = wanted[0].then(|| gpu.batch_norm_with_slope(&dy, &normal.scales, &w));
            let of_parameters =
                (wanted[1] || wanted[2]).then(|| gpu.batch_norm_parameters(&dy, &kept.array(), &normal));
            let [dw, db] = of_parameters.map_or([None, None], |parameters| parameters.map(Some));
            vec![dx, dw, db]
        });
    }
    let scale = crate::cpu::elementwise::map(variance, |variance| 1.0 / (variance + epsilon).sqrt());
    let (mean, w, b) = (mean.clone(), weight.array(), bias.array());
    let y = columns(&input, &[&mean, &scale, &w, &b], |x, [mean, scale, w, b]| (x - mean) * scale * w + b);
    Raw::from_op("batch_norm", Raw::kept_as(&[x], y), &[x, weight, bias], move |gradient, wanted| {
        let dy = channels_inside(gradient);
        let dx = wanted[0].then(|| columns(&dy, &[&scale, &w], |dy, [scale, w]| dy * scale * w));
        if !wanted[1] && !wanted[2] {
            return vec![dx, None, None];
        }
        let normal = columns(&kept.array(), &[&mean, &scale], |x, [mean, scale]| (x - mean) * scale);
        let (db, dw) = sums(&dy, &normal, c);
        vec![dx, Some(dw), Some(db)]
    })
}

/// The sums over each channel of `dy` and of `dy · normal`.
fn sums(dy: &Array, normal: &Array, c: usize) -> (Array, Array) {
    let products = crate::cpu::elementwise::zip(dy, normal, |dy, normal| dy * normal);
    (reduce::row_sum(dy.values(), c), reduce::row_sum(products.values(), c))
}

/// The number of channels, which weight and bias must have too.
#[track_caller]
fn channels(x: &Raw, parameters: [&Raw; 2]) -> usize {
    let sizes = x.sizes();
    assert!(
        matches!(sizes.len(), 2 | 4),
        "batch_norm: expected [batch, channels], [batch, channels, length] or [batch, channels, height, width], got \
         {sizes:?}"
    );
    for (what, parameter) in ["weight", "bias"].into_iter().zip(parameters) {
        assert!(
            parameter.sizes() == [sizes[1]],
            "batch_norm: expected a {what} of shape [{}] for {sizes:?}, got {:?}",
            sizes[1],
            parameter.sizes()
        );
    }
    sizes[1]
}

/// The array with the channels as the axis that varies fastest.
fn channels_inside(x: &Array) -> Array {
    x.in_layout(inside(x.sizes().len()))
}

/// The same of a tensor, as it is kept.
fn kept_channels_inside(x: &Raw) -> Kept {
    let kept = x.kept();
    let rank = kept.sizes().len();
    kept.in_layout(inside(rank))
}

fn inside(rank: usize) -> Layout {
    if rank == 4 { Layout::ChannelsLast } else { Layout::RowMajor }
}

fn scaled(x: &Array, factor: f32) -> Array {
    crate::cpu::elementwise::map(x, |x| x * factor)
}

/// `f` of every value and the numbers of its channel.
fn columns<const P: usize>(
    x: &Array,
    numbers: &[&Array; P],
    f: impl Fn(f32, [f32; P]) -> f32 + Sync,
) -> Array {
    let c = numbers[0].len().max(1);
    let numbers: Vec<[f32; P]> = (0..numbers[0].len()).map(|i| numbers.map(|n| n.values()[i])).collect();
    let mut y = Buffer::scratch(x.len());
    let block = (16 * 1024 / c).max(1) * c;
    threads::chunks_mut(&mut y, block, |number, y| {
        let x = &x.values()[number * block..][..y.len()];
        simd::vectorised(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_exact_mut(c).zip(x.chunks_exact(c)) {
                    for ((y, &x), &numbers) in y.iter_mut().zip(x).zip(&numbers) {
                        *y = f(x, numbers);
                    }
                }
            },
        );
    });
    Array::new(x.sizes(), x.layout(), y)
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
        for sizes in [&[4, 3][..], &[3, 2, 3], &[2, 3, 1, 3]] {
            let x = random.uniform(sizes, -1.0, 2.0);
            let [w, b, mean] = [(); 3].map(|()| random.uniform(&sizes[1..2], 0.5, 1.5));
            let inputs = [x, w, b];
            check_gradient(&inputs, |x| batch_norm(&x[0], &x[1], &x[2], 0.1).0);
            check_gradient(&inputs, |x| batch_norm_with(&x[0], &mean, &mean, &x[1], &x[2], 0.1));
        }
    }

    #[test]
    #[should_panic(expected = "training needs more than one value a channel, got shape [1, 3]")]
    fn one_value_has_no_variance() {
        let w = Raw::new(Array::full(&[3], 1.0));
        batch_norm(&Raw::new(Array::full(&[1, 3], 1.0)), &w, &w, 1e-5);
    }

    #[test]
    fn channels_of_every_number_are_those_of_the_cpu() {
        let mut random = Generator::new(1);
        for sizes in [&[2, 1][..], &[300, 3], &[50, 100], &[3, 64, 9, 7], &[2, 3, 70, 60], &[4, 5, 300]] {
            let x = random.uniform(sizes, -1.0, 2.0);
            let [w, b, mean] = [(); 3].map(|()| random.uniform(&sizes[1..2], 0.5, 1.5));
            let inputs = [x, w, b];
            agrees_within(1e-4, &inputs, |x| batch_norm(&x[0], &x[1], &x[2], 0.1).0);
            agrees_within(1e-4, &inputs, |x| batch_norm_with(&x[0], &mean, &mean, &x[1], &x[2], 0.1));
        }
    }
}
