//! `flip_horizontal`, `flip_vertical`: mirrored pictures.

use super::{Picture, each, pictures};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Left becomes right.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 1, 3>>::from_vec(vec![1.0, 2.0, 3.0]);
/// assert_eq!(transforms::flip_horizontal(&picture).to_vec(), [3.0, 2.0, 1.0]);
/// ```
#[inline]
pub fn flip_horizontal<S: Shape>(x: &Tensor<S>) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "flip_horizontal", &|_, picture| mirror(picture)))
}

/// Up becomes down.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 2, 1>>::from_vec(vec![1.0, 2.0]);
/// assert_eq!(transforms::flip_vertical(&picture).to_vec(), [2.0, 1.0]);
/// ```
#[inline]
pub fn flip_vertical<S: Shape>(x: &Tensor<S>) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "flip_vertical", &|_, picture| upside_down(picture)))
}

pub(in crate::data) fn mirror(picture: &mut Picture) {
    let width = picture.sizes[2];
    picture.values.chunks_exact_mut(width).for_each(<[f32]>::reverse);
}

pub(in crate::data) fn upside_down(picture: &mut Picture) {
    let [_, height, width] = picture.sizes;
    for plane in picture.planes_mut() {
        for row in 0..height / 2 {
            let (above, below) = plane.split_at_mut((height - 1 - row) * width);
            above[row * width..][..width].swap_with_slice(&mut below[..width]);
        }
    }
}
