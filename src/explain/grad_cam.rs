//! Grad-CAM: where the last convolution saw what speaks for a class.

use super::model::{Classes, chosen, count};
use crate::autograd::backward;
use crate::nn::{Network, Sequential, evaluation};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Rank1, Rank3};
use crate::tensor::Tensor;

/// Where the last convolution saw what speaks for `class`: its channels, each weighted by how much the score grows with it,
/// added up, what speaks against the class left out, and enlarged to the picture's size (Selvaraju et al. 2017,
/// <https://arxiv.org/abs/1610.02391>).
///
/// From pictures `[batch, C, H, W]` to maps `[batch, H, W]`.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));
/// let image = Tensor::<Rank4<1, 3, 8, 8>>::uniform(0.0, 1.0);
/// let map: Tensor<Rank3<1, 8, 8>> = explain::grad_cam(&model, &image, 7);
/// ```
///
/// ***Panics*** if there is no such class, or the model has no convolution. For a model of one's own: [`grad_cam_with`].
#[track_caller]
pub fn grad_cam<N: Dim, const CHANNELS: usize, const H: usize, const W: usize, const C: usize>(
    model: &Sequential<Rank3<CHANNELS, H, W>, Rank1<C>>,
    images: &Tensor<(N, Const<CHANNELS>, Const<H>, Const<W>)>,
    class: impl Classes,
) -> Tensor<(N, Const<H>, Const<W>)> {
    let classes = class.classes(count(images.raw()));
    Tensor::from_raw(of_network(model.network(), images.raw(), &classes))
}

/// [`grad_cam`] for a model of one's own, which gives the activations of a convolution `[batch, channels, h, w]` and the
/// scores that it computes from them.
///
/// ```
/// use ferrolab::prelude::*;
/// #[derive(Default, Module)]
/// struct Net {
///     conv: Conv2d<3, 4, 3, Same>,
///     output: Linear<256, 10>,
/// }
/// let net = Net::default();
/// let images = Tensor::<(usize, Const<3>, Const<8>, Const<8>)>::from_vec(vec![0.5; 2 * 192]);
/// let map = explain::grad_cam_with(&images, 7, |x| {
///     let seen = net.conv.forward(x).relu();
///     let scores = net.output.forward(&seen.flatten().shaped::<(usize, Const<256>)>());
///     (seen, scores)
/// });
/// assert_eq!(map.shape(), [2, 8, 8]);
/// ```
///
/// ***Panics*** if there is no such class, or the scores do not follow from the activations.
#[track_caller]
pub fn grad_cam_with<N: Dim, C: Dim, H: Dim, W: Dim, A: Dim, B: Dim, D: Dim, K: Dim>(
    images: &Tensor<(N, C, H, W)>,
    class: impl Classes,
    forward: impl Fn(&Tensor<(N, C, H, W)>) -> (Tensor<(N, A, B, D)>, Tensor<(N, K)>),
) -> Tensor<(N, H, W)> {
    let classes = class.classes(count(images.raw()));
    // Tracked, so that the activations are, whatever the model's parameters.
    let (seen, scores) = evaluation(|| forward(&images.requires_grad()));
    Tensor::from_raw(cam(seen.raw(), scores.raw(), images.raw(), &classes))
}

#[track_caller]
pub(super) fn of_network(network: &Network, images: &Raw, classes: &[usize]) -> Raw {
    let layer = network.last_convolution().unwrap_or_else(|| {
        panic!("grad_cam needs a convolution, `{}` has none: use `explain::saliency`", network.code())
    });
    let (scores, seen) = evaluation(|| network.forward_retaining(&images.requires_grad(), layer));
    cam(&seen, &scores, images, classes)
}

#[track_caller]
fn cam(seen: &Raw, scores: &Raw, images: &Raw, classes: &[usize]) -> Raw {
    let (sizes, picture) = (seen.sizes(), images.sizes());
    seen.retain_grad();
    let gradients = backward(&ops::sum(&chosen(scores, classes)));
    let gradient = gradients
        .get(seen)
        .unwrap_or_else(|| panic!("grad_cam: the scores do not follow from the activations"));
    // One weight a channel: the mean of its gradient over the places.
    let weights = ops::mean_axis(&ops::mean_axis(&Raw::new(gradient.clone()), 3), 2);
    let weights = ops::broadcast_to(&ops::reshape(&weights, &[sizes[0], sizes[1], 1, 1]), &sizes);
    let map = ops::relu(&ops::sum_axis(&ops::mul(&weights, &seen.detach()), 1));
    let map = ops::reshape(&map, &[sizes[0], 1, sizes[2], sizes[3]]);
    let enlarged = ops::upsample_bilinear2d(&map, [picture[2], picture[3]]);
    ops::reshape(&enlarged, &[picture[0], picture[2], picture[3]])
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    #[should_panic(expected = "grad_cam needs a convolution, `Input([1, 2, 2]).flatten().dense(2)` has none")]
    fn there_must_be_a_convolution() {
        let model = sequential!(Input([1, 2, 2]).flatten().dense(2));
        explain::grad_cam(&model, &Tensor::<Rank4<1, 1, 2, 2>>::ones(), 0);
    }

    #[test]
    fn what_speaks_against_the_class_is_left_out() {
        let model = sequential!(Input([1, 4, 4]).conv2d(2, 1).flatten().dense(2));
        let images = Tensor::<Rank4<3, 1, 4, 4>>::uniform(-1.0, 1.0);
        assert!(explain::grad_cam(&model, &images, [0, 1, 1]).to_vec().iter().all(|&value| value >= 0.0));
    }
}
