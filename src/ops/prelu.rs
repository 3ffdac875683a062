//! `prelu`: `relu` with a learnt slope below zero.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;

/// `x` above zero, `weight · x` below: one slope, `[1]`, or one for each channel of `[n, c, ..]`, `[c]` (He et al. 2015,
/// <https://arxiv.org/abs/1502.01852>).
///
/// ***Panics*** unless there is one slope or as many as channels.
#[track_caller]
pub fn prelu(x: &Raw, weight: &Raw) -> Raw {
    let (sizes, slopes) = (x.sizes(), weight.len());
    let channels = sizes.get(1).copied().unwrap_or(1);
    assert!(
        weight.sizes().len() == 1 && (slopes == 1 || slopes == channels),
        "prelu: expected one slope or {channels}, one a channel, got shape {:?}",
        weight.sizes()
    );
    let (input, kept) = (x.array().row_major(), weight.array());
    // Values that share a slope lie side by side.
    let run = if slopes == 1 { input.len() } else { sizes[2..].iter().product() }.max(1);
    if let Some(gpu) = cuda::active() {
        let y = gpu.prelu(&input, &kept, run);
        return Raw::from_op("prelu", y, &[x, weight], move |gradient, wanted| {
            let gradient = gradient.row_major();
            let of_x = wanted[0].then(|| gpu.prelu_slope(&gradient, &input, &kept, run));
            let of_weight = wanted[1].then(|| gpu.prelu_parameter(&gradient, &input, slopes, run));
            vec![of_x, of_weight]
        });
    }
    let mut y = Buffer::scratch(input.len());
    for (i, (y, x)) in y.chunks_mut(run).zip(input.values().chunks(run)).enumerate() {
        let slope = kept.values()[i % slopes];
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = if x > 0.0 { x } else { slope * x });
    }
    let y = Array::new(&sizes, Layout::RowMajor, y);
    Raw::from_op("prelu", y, &[x, weight], move |gradient, wanted| {
        let gradient = gradient.row_major();
        let runs = || input.values().chunks(run).zip(gradient.values().chunks(run)).enumerate();
        let of_x = wanted[0].then(|| {
            let mut dx = Buffer::scratch(input.len());
            for (dx, (i, (x, dy))) in dx.chunks_mut(run).zip(runs()) {
                let slope = kept.values()[i % slopes];
                let each = dx.iter_mut().zip(x).zip(dy);
                each.for_each(|((dx, &x), &dy)| *dx = if x > 0.0 { dy } else { slope * dy });
            }
            Array::new(input.sizes(), Layout::RowMajor, dx)
        });
        let of_weight = wanted[1].then(|| {
            let mut sums = vec![0.0; slopes];
            for (i, (x, dy)) in runs() {
                sums[i % slopes] += x.iter().zip(dy).map(|(x, dy)| x.min(0.0) * dy).sum::<f32>();
            }
            Array::from_vec(&[slopes], sums)
        });
        vec![of_x, of_weight]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 3.0 - 1.8).collect());
        check_gradient(&[x.clone(), Array::from_vec(&[1], vec![0.25])], |x| prelu(&x[0], &x[1]));
        check_gradient(&[x, Array::from_vec(&[3], vec![0.25, -0.5, 1.0])], |x| prelu(&x[0], &x[1]));
    }

    #[test]
    #[should_panic(expected = "prelu: expected one slope or 3, one a channel, got shape [2]")]
    fn there_is_a_slope_for_each_channel() {
        let [x, weight] = [&[4, 3][..], &[2]].map(|sizes| Raw::new(Array::full(sizes, 1.0)));
        prelu(&x, &weight);
    }

    #[test]
    fn slopes_of_many_values_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let x = random.uniform(&[9, 33, 40], -1.0, 1.0);
        for slopes in [1, 33] {
            agrees_within(1e-4, &[x.clone(), random.uniform(&[slopes], 0.1, 0.9)], |x| prelu(&x[0], &x[1]));
        }
    }
}
