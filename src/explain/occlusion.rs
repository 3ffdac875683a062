//! Occlusion: how much the score falls when a part of the picture is covered.

use super::model::{Classes, Forward, Model, chosen, count};
use crate::array::Array;
use crate::autograd::no_grad;
use crate::nn::evaluation;
use crate::raw::Raw;
use crate::shape::Dim;
use crate::tensor::Tensor;

/// What covers the picture, and where.
///
/// ```
/// use ferrolab::prelude::*;
/// let options = explain::Occlusion { window: 5, stride: 2, ..Default::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occlusion {
    /// Height and width of the square, in pixels: 8.
    pub window: usize,
    /// How far it moves at a time, in pixels: 4.
    pub stride: usize,
    /// The value that it has in all channels: 0.
    pub baseline: f32,
}

impl Default for Occlusion {
    fn default() -> Self {
        Occlusion { window: 8, stride: 4, baseline: 0.0 }
    }
}

/// How much the score of `class` falls where a square covers the picture, averaged over the squares that cover a pixel
/// (Zeiler and Fergus 2013, <https://arxiv.org/abs/1311.2901>). It needs no gradients, so it holds for any model, and is slow:
/// a forward pass for every place of the square.
///
/// From pictures `[batch, C, H, W]` to maps `[batch, H, W]`: positive where the model looks for the class.
///
/// ```
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([3, 8, 8]).conv2d(4, 3).relu().flatten().dense(10));
/// let image = Tensor::<Rank4<1, 3, 8, 8>>::uniform(0.0, 1.0);
/// let map = explain::occlusion(&model, &image, 7, explain::Occlusion { window: 3, stride: 2, baseline: 0.0 });
/// assert_eq!(map.shape(), [1, 8, 8]);
/// ```
///
/// ***Panics*** if there is no such class, the window is larger than the picture, or the stride is 0 or leaves gaps.
#[track_caller]
pub fn occlusion<N: Dim, C: Dim, H: Dim, W: Dim>(
    model: &impl Model<(C, H, W)>,
    images: &Tensor<(N, C, H, W)>,
    class: impl Classes,
    options: Occlusion,
) -> Tensor<(N, H, W)> {
    let classes = class.classes(count(images.raw()));
    Tensor::from_raw(occluded(&|x| model.scores(x), images.raw(), &classes, options))
}

#[track_caller]
pub(super) fn occluded(forward: &Forward, images: &Raw, classes: &[usize], options: Occlusion) -> Raw {
    let Occlusion { window, stride, baseline } = options;
    let sizes = images.sizes();
    let (n, c, h, w) = (sizes[0], sizes[1], sizes[2], sizes[3]);
    assert!(
        (1..=h.min(w)).contains(&window),
        "occlusion: the window ({window}x{window}) must fit into the picture ({h}x{w})"
    );
    assert!(
        (1..=window).contains(&stride),
        "occlusion: a stride of {stride} leaves gaps between windows of {window}"
    );
    let score = |x: &Raw| chosen(&no_grad(|| evaluation(|| forward(x))), classes).to_vec();
    let (original, values) = (score(images), images.to_vec());
    let (mut falls, mut covers) = (vec![0.0f32; n * h * w], vec![0.0f32; h * w]);
    // The last window of a row or a column may stick out.
    let starts = |size: usize| (0..=(size - window).div_ceil(stride)).map(move |i| i * stride);
    for top in starts(h) {
        for left in starts(w) {
            ferrolab_display::poll();
            let (rows, columns) = (top..(top + window).min(h), left..(left + window).min(w));
            let mut covered = values.clone();
            for plane in covered.chunks_exact_mut(h * w) {
                rows.clone().for_each(|row| plane[row * w..][columns.clone()].fill(baseline));
            }
            let covered = Raw::new(Array::from_vec(&[n, c, h, w], covered));
            let fall: Vec<f32> =
                original.iter().zip(score(&covered)).map(|(before, now)| before - now).collect();
            for row in rows {
                for column in columns.clone() {
                    covers[row * w + column] += 1.0;
                    for (map, fall) in falls.chunks_exact_mut(h * w).zip(&fall) {
                        map[row * w + column] += fall;
                    }
                }
            }
        }
    }
    for map in falls.chunks_exact_mut(h * w) {
        map.iter_mut().zip(&covers).for_each(|(fall, covers)| *fall /= covers);
    }
    Raw::new(Array::from_vec(&[n, h, w], falls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_model_looks_at_matters() {
        // The score is the pixel in the middle of a 3 x 3 picture.
        let middle = |x: &Raw| crate::ops::slice(&crate::ops::reshape(x, &[1, 9]), 1, 4, 1);
        let images = Raw::new(Array::full(&[1, 1, 3, 3], 2.0));
        let options = Occlusion { window: 1, stride: 1, baseline: 0.5 };
        let map = occluded(&middle, &images, &[0], options).to_vec();
        assert_eq!(map, [0.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "occlusion: the window (4x4) must fit into the picture (3x5)")]
    fn the_window_fits() {
        let images = Raw::new(Array::full(&[1, 1, 3, 5], 2.0));
        occluded(&|x| x.clone(), &images, &[0], Occlusion { window: 4, ..Default::default() });
    }
}
