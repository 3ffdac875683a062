//! `rotate`: pictures turned around their middle.

use super::{Picture, each, pictures};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Turns pictures counter-clockwise by an angle in degrees, around their middle, with bilinear interpolation. The size stays;
/// corners turn out of the picture, and what comes in is 0 (black).
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 2, 2>>::from_vec(vec![1.0, 2.0, 3.0, 4.0]);
/// let turned = transforms::rotate(&picture, 90.0).to_vec();
/// assert!(turned.iter().zip([2.0, 4.0, 1.0, 3.0]).all(|(turned, expected)| (turned - expected).abs() < 1e-5));
/// ```
#[inline]
pub fn rotate<S: Shape>(x: &Tensor<S>, degrees: f32) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "rotate", &|_, picture| turned(picture, degrees)))
}

pub(in crate::data) fn turned(picture: &mut Picture, degrees: f32) {
    let [channels, height, width] = picture.sizes;
    let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
    let (middle_y, middle_x) = ((height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0);
    let plane = height * width;
    let mut values = vec![0.0; channels * plane];
    for at in 0..plane {
        // Where the pixel comes from: turned back.
        let (y, x) = ((at / width) as f64 - middle_y, (at % width) as f64 - middle_x);
        let (from_x, from_y) = (x * cos - y * sin + middle_x, x * sin + y * cos + middle_y);
        let (left, top) = (from_x.floor(), from_y.floor());
        let (right_share, bottom_share) = (from_x - left, from_y - top);
        let corners = [
            (top, left, (1.0 - bottom_share) * (1.0 - right_share)),
            (top, left + 1.0, (1.0 - bottom_share) * right_share),
            (top + 1.0, left, bottom_share * (1.0 - right_share)),
            (top + 1.0, left + 1.0, bottom_share * right_share),
        ];
        for (y, x, share) in corners {
            if y >= 0.0 && x >= 0.0 && y < height as f64 && x < width as f64 {
                let from = y as usize * width + x as usize;
                for channel in 0..channels {
                    values[channel * plane + at] += share as f32 * picture.values[channel * plane + from];
                }
            }
        }
    }
    picture.values = values;
}
