//! `add_noise`: normally distributed noise.

use super::{Picture, each, pictures};
use crate::random::{self, Generator, Place};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Adds to each value a random number of a normal distribution of mean 0 and the given standard deviation, by the generator
/// that [`manual_seed`](crate::manual_seed) seeds. Values below 0 and above 1 are not cut off.
///
/// ```
/// use ferrolab::prelude::*;
/// manual_seed(1);
/// let noise = transforms::add_noise(&Tensor::<Rank3<1, 50, 50>>::zeros(), 0.1);
/// assert!((noise.powi(2).mean().item().sqrt() - 0.1).abs() < 0.01);
/// ```
#[inline]
pub fn add_noise<S: Shape>(x: &Tensor<S>, deviation: f32) -> Tensor<S> {
    const { pictures::<S>() }
    let seed = random::seed();
    Tensor::from_raw(each(x.raw(), "add_noise", &|number, picture| {
        noisy(picture, deviation, &mut Generator::at(Place { seed, thread: number as u64, draws: 0 }));
    }))
}

pub(in crate::data) fn noisy(picture: &mut Picture, deviation: f32, random: &mut Generator) {
    let noise = random.normal(&[picture.values.len()], 0.0, deviation);
    picture.values.iter_mut().zip(noise.values()).for_each(|(value, noise)| *value += noise);
}
