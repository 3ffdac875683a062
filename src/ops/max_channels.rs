//! `max_channels`: the greatest channel of every pixel.

use super::argmax::{Extreme, argmax};
use crate::array::{Array, Layout};
use crate::axes::Pictures;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The greatest channel of every pixel: `[N, C, H, W]` becomes `[N, H, W]`, for example a saliency map.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 2, 1, 2>>::from_vec(vec![1.0, 4.0, 3.0, 2.0]);
    /// assert_eq!(x.max_channels().to_vec(), [3.0, 4.0]);
    /// ```
    #[inline]
    pub fn max_channels<N: Dim, H: Dim, W: Dim>(&self) -> Tensor<(N, H, W)>
    where
        S: Pictures<Number = N, Height = H, Width = W>,
    {
        Tensor::from_raw(max_channels(self.raw()))
    }
}

/// The greatest channel of every pixel of `[n, c, h, w]`; the gradient goes to the first maximum.
///
/// ***Panics*** unless `x` holds pictures with at least one channel.
#[track_caller]
pub fn max_channels(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let &[n, c, h, w] = &sizes[..] else {
        panic!("max_channels: expected pictures [batch, channels, height, width], got {sizes:?}")
    };
    assert!(c > 0, "max_channels: a picture without channels, {sizes:?}, has no greatest one");
    let input = x.array().channels_last();
    if let Some(gpu) = cuda::active() {
        let places = gpu.places_of(Extreme::Greatest.name(), &input, [n * h * w, c, 1]);
        let y = gpu.picked(&input, &places, &[n, h, w]);
        return Raw::from_op("max_channels", y, &[x], move |gradient, _| {
            let dx = gpu.picked_slope(gradient, 1.0, &places);
            vec![Some(Array::on_gpu(&sizes, Layout::ChannelsLast, dx))]
        });
    }
    let greatest: Vec<usize> = input.values().chunks_exact(c).map(argmax).collect();
    let y = input.values().chunks_exact(c).zip(&greatest).map(|(pixel, &i)| pixel[i]).collect();
    Raw::from_op("max_channels", Array::from_vec(&[n, h, w], y), &[x], move |gradient, _| {
        let gradient = gradient.row_major();
        let mut dx = Buffer::full(input.len(), 0.0);
        for ((pixel, &i), &g) in dx.chunks_exact_mut(c).zip(&greatest).zip(gradient.values()) {
            pixel[i] = g;
        }
        vec![Some(Array::new(&sizes, Layout::ChannelsLast, dx))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 1, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 3.0).collect());
        check_gradient(&[x], |x| max_channels(&x[0]));
    }

    #[test]
    fn channels_of_large_pictures_are_those_of_the_cpu() {
        let x = crate::random::Generator::new(1).uniform(&[2, 40, 9, 7], -1.0, 2.0);
        agrees_within(1e-4, &[x.channels_last()], |x| max_channels(&x[0]));
    }
}
