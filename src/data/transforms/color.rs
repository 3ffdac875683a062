//! Brightness, contrast, saturation, hue, grey: for pictures of one channel or three, values from 0 to 1.

use super::{Picture, each, pictures};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Multiplies all values: 0 is black, 1 the picture itself, 2 twice as bright. What becomes brighter than 1 is cut off.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 1, 2>>::from_vec(vec![0.25, 0.75]);
/// assert_eq!(transforms::adjust_brightness(&picture, 2.0).to_vec(), [0.5, 1.0]);
/// ```
#[inline]
pub fn adjust_brightness<S: Shape>(x: &Tensor<S>, factor: f32) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "adjust_brightness", &|_, picture| brightness(picture, factor)))
}

/// Moves all values away from the mean of the grey picture: 0 is plain grey, 1 the picture itself.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 1, 2>>::from_vec(vec![0.25, 0.75]);
/// assert_eq!(transforms::adjust_contrast(&picture, 0.5).to_vec(), [0.375, 0.625]);
/// ```
///
/// ***Panics*** unless the pictures have one channel or three.
#[inline]
#[track_caller]
pub fn adjust_contrast<S: Shape>(x: &Tensor<S>, factor: f32) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "adjust_contrast", &|_, picture| contrast(picture, factor)))
}

/// Moves the colours away from grey: 0 is grey, 1 the picture itself, 2 twice as colourful. A picture of one channel stays.
///
/// ***Panics*** unless the pictures have one channel or three.
#[inline]
#[track_caller]
pub fn adjust_saturation<S: Shape>(x: &Tensor<S>, factor: f32) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "adjust_saturation", &|_, picture| saturation(picture, factor)))
}

/// Turns the colours around the colour wheel by a part of it: 1/3 makes green of red. A picture of one channel stays.
///
/// ```
/// use ferrolab::prelude::*;
/// let red = Tensor::<Rank3<3, 1, 1>>::from_vec(vec![1.0, 0.0, 0.0]);
/// let green = transforms::adjust_hue(&red, 1.0 / 3.0).to_vec();
/// assert!(green[0] < 1e-6 && green[1] > 1.0 - 1e-6 && green[2] < 1e-6);
/// ```
///
/// ***Panics*** unless the pictures have one channel or three, and `part` is from -0.5 to 0.5.
#[inline]
#[track_caller]
pub fn adjust_hue<S: Shape>(x: &Tensor<S>, part: f32) -> Tensor<S> {
    const { pictures::<S>() }
    assert!((-0.5..=0.5).contains(&part), "adjust_hue: expected a part from -0.5 to 0.5, got {part}");
    Tensor::from_raw(each(x.raw(), "adjust_hue", &|_, picture| hue(picture, part)))
}

/// Gives all channels the grey of the pixel: `0.2989 R + 0.587 G + 0.114 B`. A picture of one channel stays.
///
/// ***Panics*** unless the pictures have one channel or three.
#[inline]
#[track_caller]
pub fn grayscale<S: Shape>(x: &Tensor<S>) -> Tensor<S> {
    const { pictures::<S>() }
    Tensor::from_raw(each(x.raw(), "grayscale", &|_, picture| grey(picture)))
}

pub(in crate::data) fn brightness(picture: &mut Picture, factor: f32) {
    picture.values.iter_mut().for_each(|value| *value = (*value * factor).clamp(0.0, 1.0));
}

pub(in crate::data) fn contrast(picture: &mut Picture, factor: f32) {
    let greys = greys(picture);
    let mean = (greys.iter().map(|&grey| f64::from(grey)).sum::<f64>() / greys.len() as f64) as f32;
    picture.values.iter_mut().for_each(|value| *value = blend(*value, mean, factor));
}

pub(in crate::data) fn saturation(picture: &mut Picture, factor: f32) {
    let greys = greys(picture);
    if picture.sizes[0] > 1 {
        for plane in picture.planes_mut() {
            plane.iter_mut().zip(&greys).for_each(|(value, &grey)| *value = blend(*value, grey, factor));
        }
    }
}

pub(in crate::data) fn hue(picture: &mut Picture, part: f32) {
    check(picture);
    let plane = picture.sizes[1] * picture.sizes[2];
    if picture.sizes[0] == 1 {
        return;
    }
    for at in 0..plane {
        let [hue, saturation, value] = to_hsv([0, 1, 2].map(|channel| picture.values[channel * plane + at]));
        let rgb = to_rgb([(hue + part).rem_euclid(1.0), saturation, value]);
        rgb.iter().enumerate().for_each(|(channel, &value)| picture.values[channel * plane + at] = value);
    }
}

pub(in crate::data) fn grey(picture: &mut Picture) {
    let greys = greys(picture);
    picture.planes_mut().for_each(|plane| plane.copy_from_slice(&greys));
}

/// The picture in one channel.
fn greys(picture: &Picture) -> Vec<f32> {
    check(picture);
    let plane = picture.sizes[1] * picture.sizes[2];
    let values = &picture.values;
    if picture.sizes[0] == 1 {
        return values.clone();
    }
    let grey = |at| 0.2989 * values[at] + 0.587 * values[plane + at] + 0.114 * values[2 * plane + at];
    (0..plane).map(grey).collect()
}

fn check(picture: &Picture) {
    let channels = picture.sizes[0];
    assert!(matches!(channels, 1 | 3), "colours need pictures of 1 channel or 3, got {channels}");
}

fn blend(value: f32, other: f32, factor: f32) -> f32 {
    (factor * value + (1.0 - factor) * other).clamp(0.0, 1.0)
}

/// Hue, saturation and value of red, green and blue, all from 0 to 1 (Smith 1978).
fn to_hsv([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let (max, min) = (red.max(green).max(blue), red.min(green).min(blue));
    let range = max - min;
    if range == 0.0 {
        return [0.0, 0.0, max];
    }
    let sixth = if max == red {
        (green - blue) / range
    } else if max == green {
        2.0 + (blue - red) / range
    } else {
        4.0 + (red - green) / range
    };
    [(sixth / 6.0).rem_euclid(1.0), range / max, max]
}

/// The inverse of [`to_hsv`].
fn to_rgb([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    let sector = (hue * 6.0).floor();
    let part = hue * 6.0 - sector;
    let low = |share: f32| (value * (1.0 - saturation * share)).clamp(0.0, 1.0);
    let (p, q, t) = (low(1.0), low(part), low(1.0 - part));
    match sector as usize % 6 {
        0 => [value, t, p],
        1 => [q, value, p],
        2 => [p, value, t],
        3 => [p, q, value],
        4 => [t, p, value],
        _ => [value, p, q],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shape::Rank3;

    proptest! {
        #[test]
        fn colours_survive_the_way_through_hue(rgb: [f32; 3]) {
            let rgb = rgb.map(|value| (value.abs() % 1.0).clamp(0.0, 1.0)).map(|value| if value.is_nan() { 0.5 } else { value });
            let back = to_rgb(to_hsv(rgb));
            prop_assert!(rgb.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-5), "{:?} {:?}", rgb, back);
        }
    }

    #[test]
    #[should_panic(expected = "colours need pictures of 1 channel or 3, got 2")]
    fn two_channels_have_no_colour() {
        grayscale(&Tensor::<Rank3<2, 1, 1>>::ones());
    }
}
