//! `resize`: pictures of another size.

use super::{Picture, Pictures, each, pictures};
use crate::io::image::resize_plane;
use crate::tensor::Tensor;

/// Stretches pictures to the size of the type: bilinear, with antialias when they become smaller (torchvision's default).
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 1, 4>>::from_vec(vec![0.0, 0.0, 1.0, 1.0]);
/// let half: Tensor<Rank3<1, 1, 2>> = transforms::resize(&picture);
/// assert!((half.to_vec()[0] - 1.0 / 7.0).abs() < 1e-6);
/// ```
#[inline]
pub fn resize<S: Pictures<H, W>, const H: usize, const W: usize>(x: &Tensor<S>) -> Tensor<S::Of> {
    const { pictures::<S>() }
    const { assert!(H > 0 && W > 0, "resize: a picture has at least one pixel") }
    Tensor::from_raw(each(x.raw(), "resize", &|_, picture| stretched(picture, [H, W])))
}

pub(in crate::data) fn stretched(picture: &mut Picture, [new_height, new_width]: [usize; 2]) {
    let [channels, height, width] = picture.sizes;
    let planes = picture.planes().map(|plane| resize_plane(plane, [height, width], [new_height, new_width]));
    let values = planes.flatten().collect();
    *picture = Picture { sizes: [channels, new_height, new_width], values };
}
