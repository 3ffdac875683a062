//! Saliency maps: which pixels the score of a class depends on.

use super::model::{Classes, Forward, Model, count, input_gradient};
use crate::array::Array;
use crate::ops;
use crate::raw::Raw;
use crate::shape::Dim;
use crate::tensor::Tensor;

/// How much the score of `class` changes with each pixel: the magnitude of the gradient of the score with respect to
/// the picture, the greatest over the channels (Simonyan et al. 2013, <https://arxiv.org/abs/1312.6034>).
///
/// From pictures `[batch, C, H, W]` to maps `[batch, H, W]`. The model is not changed.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));
/// let image = Tensor::<Rank4<1, 3, 8, 8>>::uniform(0.0, 1.0);
/// let map: Tensor<Rank3<1, 8, 8>> = explain::saliency(&model, &image, 7);
/// assert!(map.to_vec().iter().all(|&weight| weight >= 0.0));
/// ```
///
/// ***Panics*** if there is no such class.
#[track_caller]
pub fn saliency<N: Dim, C: Dim, H: Dim, W: Dim>(
    model: &impl Model<(C, H, W)>,
    images: &Tensor<(N, C, H, W)>,
    class: impl Classes,
) -> Tensor<(N, H, W)> {
    let classes = class.classes(count(images.raw()));
    Tensor::from_raw(map(&|x| model.scores(x), images.raw(), &classes))
}

/// Each map brought to the range from 0 to 1, for drawing. A map of equal values becomes zeros.
///
/// ```
/// use ferrolab::prelude::*;
/// let maps = Tensor::<Rank3<2, 1, 3>>::from_vec(vec![2.0, 3.0, 4.0, 5.0, 5.0, 5.0]);
/// assert_eq!(explain::normalized(&maps).to_vec(), [0.0, 0.5, 1.0, 0.0, 0.0, 0.0]);
/// ```
pub fn normalized<N: Dim, H: Dim, W: Dim>(maps: &Tensor<(N, H, W)>) -> Tensor<(N, H, W)> {
    Tensor::from_raw(stretched(maps.raw()))
}

fn stretched(maps: &Raw) -> Raw {
    let sizes = maps.sizes();
    let mut values = maps.to_vec();
    for map in values.chunks_exact_mut((sizes[1] * sizes[2]).max(1)) {
        let (low, high) =
            map.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
        let range = if high > low { high - low } else { 1.0 };
        map.iter_mut().for_each(|value| *value = (*value - low) / range);
    }
    Raw::new(Array::from_vec(&sizes, values))
}

/// Each map with its strongest values cut off, for drawing: beside a few very strong pixels, all others would look alike. What is
/// farther from zero than the given share of a map's values becomes as far as the last of them (captum's `outlier_perc`).
///
/// ```
/// use ferrolab::prelude::*;
/// let maps = Tensor::<Rank3<1, 1, 5>>::from_vec(vec![0.0, -1.0, 2.0, -3.0, 90.0]);
/// assert_eq!(explain::clipped(&maps, 0.75).to_vec(), [0.0, -1.0, 2.0, -3.0, 3.0]);
/// ```
///
/// ***Panics*** unless the share is from 0 to 1.
#[track_caller]
pub fn clipped<N: Dim, H: Dim, W: Dim>(maps: &Tensor<(N, H, W)>, share: f32) -> Tensor<(N, H, W)> {
    assert!((0.0..=1.0).contains(&share), "clipped: expected a share from 0 to 1, got {share}");
    Tensor::from_raw(cut_off(maps.raw(), share))
}

fn cut_off(maps: &Raw, share: f32) -> Raw {
    let sizes = maps.sizes();
    let mut values = maps.to_vec();
    for map in values.chunks_exact_mut((sizes[1] * sizes[2]).max(1)) {
        let mut far: Vec<f32> = map.iter().map(|value| value.abs()).collect();
        far.sort_by(f32::total_cmp);
        let most = far[((far.len() - 1) as f32 * share).round() as usize];
        map.iter_mut().for_each(|value| *value = value.max(-most).min(most));
    }
    Raw::new(Array::from_vec(&sizes, values))
}

/// Not generic, so that a notebook's cell compiles none of it.
#[track_caller]
pub(super) fn map(forward: &Forward, images: &Raw, classes: &[usize]) -> Raw {
    ops::max_channels(&ops::abs(&input_gradient(forward, images, classes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Module;
    use crate::shape::Rank4;

    #[test]
    fn the_map_of_a_linear_model_is_its_weights() {
        let model = crate::sequential!(Input([2, 1, 2]).flatten().dense(2));
        let parameters = model.parameters();
        parameters[0].1.set(Array::from_vec(&[2, 4], vec![9.0, 9.0, 9.0, 8.0, 1.0, -2.0, -3.0, 0.5]));
        let images = Tensor::<Rank4<2, 2, 1, 2>>::ones();
        assert_eq!(saliency(&model, &images, 1).to_vec(), [3.0, 2.0, 3.0, 2.0]);
        assert_eq!(saliency(&model, &images, [1, 0]).to_vec(), [3.0, 2.0, 9.0, 9.0]);
        assert!(!images.is_tracked(), "the caller's tensor stays as it was");
    }
}
