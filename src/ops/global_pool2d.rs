//! `global_avg_pool2d` and `global_max_pool2d`: one value of each channel of a picture.

use super::{max_axis, reshape};
use crate::array::{Array, Layout};
use crate::axes::Pictures;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The mean of each channel of each picture: `[N, C, H, W]` becomes `[N, C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 2, 1, 2>>::from_vec(vec![1.0, 2.0, 3.0, 5.0]);
    /// assert_eq!(x.global_avg_pool2d().to_vec(), [1.5, 4.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn global_avg_pool2d<N: Dim, C: Dim>(&self) -> Tensor<(N, C)>
    where
        S: Pictures<Number = N, Channels = C>,
    {
        Tensor::from_raw(global_avg_pool2d(self.raw()))
    }

    /// The greatest value of each channel of each picture: `[N, C, H, W]` becomes `[N, C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 2, 1, 2>>::from_vec(vec![1.0, 2.0, 5.0, 3.0]);
    /// assert_eq!(x.global_max_pool2d().to_vec(), [2.0, 5.0]);
    /// ```
    ///
    /// ***Panics*** if the pictures have no pixels.
    #[inline]
    #[track_caller]
    pub fn global_max_pool2d<N: Dim, C: Dim>(&self) -> Tensor<(N, C)>
    where
        S: Pictures<Number = N, Channels = C>,
    {
        Tensor::from_raw(global_max_pool2d(self.raw()))
    }
}

/// The mean of each channel of each picture: `[n, c, h, w]` becomes `[n, c]`.
///
/// ***Panics*** unless `x` holds pictures of at least one pixel.
#[track_caller]
pub fn global_avg_pool2d(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let &[n, c, h, w] = &sizes[..] else {
        panic!("global_avg_pool2d: expected pictures [batch, channels, height, width], got {sizes:?}")
    };
    assert!(h * w > 0, "global_avg_pool2d: pictures of shape {sizes:?} have no pixels");
    let (input, share) = (x.array().channels_last(), 1.0 / (h * w) as f32);
    if let Some(gpu) = cuda::active() {
        let means = gpu.axis_sum(&input.memory(gpu), [n, h * w, c], (h * w) as f32);
        let y = Raw::kept_as(&[x], Array::on_gpu(&[n, c], Layout::RowMajor, means));
        return Raw::from_op("global_avg_pool2d", y, &[x], move |gradient, _| {
            vec![Some(gpu.pixel_means_slope(gradient, [n, c, h, w]))]
        });
    }
    let mut y = Buffer::full(n * c, 0.0);
    for (y, x) in y.chunks_exact_mut(c.max(1)).zip(input.values().chunks_exact((h * w * c).max(1))) {
        for pixel in x.chunks_exact(c) {
            y.iter_mut().zip(pixel).for_each(|(y, &x)| *y += x);
        }
        y.iter_mut().for_each(|y| *y *= share);
    }
    let y = Raw::kept_as(&[x], Array::new(&[n, c], Layout::RowMajor, y));
    Raw::from_op("global_avg_pool2d", y, &[x], move |gradient, _| {
        let mut dx = Buffer::scratch(n * h * w * c);
        let images = dx.chunks_exact_mut((h * w * c).max(1)).zip(gradient.values().chunks_exact(c.max(1)));
        for (dx, dy) in images {
            for pixel in dx.chunks_exact_mut(c) {
                pixel.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx = dy * share);
            }
        }
        vec![Some(Array::new(&[n, c, h, w], Layout::ChannelsLast, dx))]
    })
}

/// The greatest value of each channel of each picture: `[n, c, h, w]` becomes `[n, c]`; the gradient goes to the first one.
///
/// ***Panics*** unless `x` holds pictures of at least one pixel.
#[track_caller]
pub fn global_max_pool2d(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let &[n, c, h, w] = &sizes[..] else {
        panic!("global_max_pool2d: expected pictures [batch, channels, height, width], got {sizes:?}")
    };
    assert!(h * w > 0, "global_max_pool2d: pictures of shape {sizes:?} have no pixels");
    max_axis(&reshape(x, &[n, c, h * w]), 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        // Values far enough apart that a small step does not change which is the greatest.
        let x = Array::from_vec(&[2, 3, 3, 2], (0..36).map(|i| ((i * 37) % 36) as f32 / 4.0 - 3.0).collect());
        check_gradient(std::slice::from_ref(&x), |x| global_avg_pool2d(&x[0]));
        check_gradient(&[x], |x| global_max_pool2d(&x[0]));
    }

    #[test]
    fn means_of_large_pictures_are_those_of_the_cpu() {
        for sizes in [[2, 40, 9, 7], [3, 5, 1, 1], [1, 3, 50, 60]] {
            let x = crate::random::Generator::new(1).uniform(&sizes, -1.0, 2.0);
            agrees_within(1e-4, std::slice::from_ref(&x), |x| global_avg_pool2d(&x[0]));
            agrees_within(1e-4, &[x.channels_last()], |x| global_max_pool2d(&x[0]));
        }
    }
}
