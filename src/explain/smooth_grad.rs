//! SmoothGrad: saliency maps of noisy copies of a picture, averaged.

use super::model::{Classes, Forward, Model, count, input_gradient};
use crate::array::Array;
use crate::ops;
use crate::random;
use crate::raw::Raw;
use crate::shape::Dim;
use crate::tensor::Tensor;

/// How many noisy copies, and how noisy.
///
/// ```
/// use ferrolab::prelude::*;
/// let options = explain::SmoothGrad { samples: 10, ..Default::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothGrad {
    /// The number of copies: 25.
    pub samples: usize,
    /// The standard deviation of the noise as a share of the range of the pictures' values: 0.15.
    pub noise: f32,
}

impl Default for SmoothGrad {
    fn default() -> Self {
        SmoothGrad { samples: 25, noise: 0.15 }
    }
}

/// The [saliency maps](super::saliency) of noisy copies of each picture, averaged before the channels are: less speckled than one map
/// (Smilkov et al. 2017, <https://arxiv.org/abs/1706.03825>). The noise is that of [`manual_seed`](crate::manual_seed).
///
/// From pictures `[batch, C, H, W]` to maps `[batch, H, W]`.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));
/// let image = Tensor::<Rank4<1, 3, 8, 8>>::uniform(0.0, 1.0);
/// let map = explain::smooth_grad(&model, &image, 7, explain::SmoothGrad::default());
/// assert_eq!(map.shape(), [1, 8, 8]);
/// ```
///
/// ***Panics*** if there is no such class, or no copy is asked for.
#[track_caller]
pub fn smooth_grad<N: Dim, C: Dim, H: Dim, W: Dim>(
    model: &impl Model<(C, H, W)>,
    images: &Tensor<(N, C, H, W)>,
    class: impl Classes,
    options: SmoothGrad,
) -> Tensor<(N, H, W)> {
    let classes = class.classes(count(images.raw()));
    Tensor::from_raw(smoothed(&|x| model.scores(x), images.raw(), &classes, options))
}

#[track_caller]
fn smoothed(forward: &Forward, images: &Raw, classes: &[usize], options: SmoothGrad) -> Raw {
    assert!(options.samples > 0, "smooth_grad needs at least one sample");
    let values = images.to_vec();
    let (low, high) =
        values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    let deviation = options.noise * (high - low).max(0.0);
    let noise = (0..options.samples).map(|_| random::normal(&images.sizes(), 0.0, deviation));
    averaged(forward, images, classes, noise)
}

/// The greatest channel of the mean magnitude of the gradients, each noise added to the pictures in turn.
#[track_caller]
fn averaged(
    forward: &Forward,
    images: &Raw,
    classes: &[usize],
    noise: impl ExactSizeIterator<Item = Array>,
) -> Raw {
    let count = noise.len() as f32;
    let maps = noise.map(|noise| {
        ferrolab_display::poll();
        ops::abs(&input_gradient(forward, &ops::add(images, &Raw::new(noise)), classes))
    });
    let sum = maps.reduce(|sum, map| ops::add(&sum, &map)).expect("at least one sample");
    ops::max_channels(&ops::mul_scalar(&sum, 1.0 / count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::safetensors::File;
    use crate::prelude::*;

    /// The fixture of `tests/explain_against_captum.rs`, with captum's own noise.
    #[test]
    fn the_mean_over_noisy_copies_equals_captums() {
        let path = format!("{}/tests/peers/explain.safetensors", env!("CARGO_MANIFEST_DIR"));
        let file = File::read(path).unwrap();
        let model = sequential!(
            Input([3, 13, 11])
                .conv2d(6, 3)
                .same()
                .relu()
                .max_pool2d(2)
                .conv2d(8, 3)
                .relu()
                .flatten()
                .dense(10)
                .relu()
                .dense(5)
        );
        for (name, parameter) in model.parameters() {
            parameter.set(file.tensors()[&format!("cnn.{name}")].clone());
        }
        let [images, noise] = ["x", "noise"].map(|name| Raw::new(file.tensors()[name].clone()));
        let copies = (0..noise.sizes()[0]).map(|copy| ops::select(&noise, 0, copy).array());
        let copies = copies.collect::<Vec<_>>().into_iter();
        let ours = averaged(&|x| model.network().forward(x), &images, &[3, 0], copies).to_vec();
        for (ours, theirs) in ours.iter().zip(file.tensors()["smooth_grad"].to_vec()) {
            assert!((ours - theirs).abs() < 1e-5, "ours {ours}, captum's {theirs}");
        }
    }

    #[test]
    fn noise_does_not_change_the_map_of_a_linear_model() {
        let model = sequential!(Input([2, 3, 3]).flatten().dense(4));
        let images = Tensor::<Rank4<2, 2, 3, 3>>::uniform(0.0, 1.0);
        let smooth = explain::smooth_grad(&model, &images, 2, explain::SmoothGrad::default()).to_vec();
        for (smooth, plain) in smooth.iter().zip(explain::saliency(&model, &images, 2).to_vec()) {
            assert!((smooth - plain).abs() < 1e-6);
        }
    }
}
