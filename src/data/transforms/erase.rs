//! `erase`: a rectangle of one value, what cutout (DeVries & Taylor 2017) and random erasing (Zhong et al. 2017) do.

use super::{Picture, each, pictures};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Gives the `height` rows from `top` and the `width` columns from `left` one value, in all channels. What lies outside of the
/// picture is left out.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 2, 3>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(transforms::erase(&picture, [0, 1], [1, 9], 0.0).to_vec(), [1.0, 0.0, 0.0, 4.0, 5.0, 6.0]);
/// ```
#[inline]
pub fn erase<S: Shape>(
    x: &Tensor<S>,
    [top, left]: [usize; 2],
    [height, width]: [usize; 2],
    value: f32,
) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "erase", &|_, picture| fill(picture, [top, left], [height, width], value)))
}

pub(in crate::data) fn fill(
    picture: &mut Picture,
    [top, left]: [usize; 2],
    [rows, columns]: [usize; 2],
    value: f32,
) {
    let [_, _, width] = picture.sizes;
    let (left, right) = (left.min(width), left.saturating_add(columns).min(width));
    for plane in picture.planes_mut() {
        plane.chunks_exact_mut(width).skip(top).take(rows).for_each(|row| row[left..right].fill(value));
    }
}
