//! `normalize`: channels with a mean taken off, divided by a standard deviation.

use super::{Picture, each, pictures};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Takes the mean off each channel and divides it by the standard deviation. To measure them and to change whole data sets:
/// [`Normalization`](crate::Normalization).
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<3, 1, 1>>::from_vec(vec![0.5, 0.5, 0.5]);
/// // What pictures of ImageNet are prepared with.
/// let normal = transforms::normalize(&picture, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/// assert!((normal.to_vec()[0] - 0.0655).abs() < 1e-4);
/// ```
///
/// ***Panics*** if the pictures have another number of channels.
#[inline]
#[track_caller]
pub fn normalize<S: Shape, const C: usize>(x: &Tensor<S>, mean: [f32; C], deviation: [f32; C]) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "normalize", &|_, picture| standardized(picture, &mean, &deviation)))
}

#[track_caller]
pub(in crate::data) fn standardized(picture: &mut Picture, mean: &[f32], deviation: &[f32]) {
    let channels = picture.sizes[0];
    assert!(
        channels == mean.len(),
        "normalize: the pictures have {channels} channels, the normalization is for {}",
        mean.len()
    );
    for (plane, (mean, deviation)) in picture.planes_mut().zip(mean.iter().zip(deviation)) {
        plane.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
    }
}
