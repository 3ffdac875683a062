//! `max_pool2d`: the maximum of every window of a picture.

use std::sync::Arc;

use crate::array::{Array, Finish, ImageMaker, Layout, Recipe};
use crate::autograd;
use crate::axes::PooledBy;
use crate::cpu::buffer::Buffer;
use crate::cpu::pool::{self, Maxima, PoolSizes};
use crate::cpu::threads;
use crate::cuda::{self, Windows};
use crate::raw::Raw;
use crate::shape::{Shape, evaluated, pool_out};
use crate::tensor::Tensor;

/// Pictures `S` under windows of `K x K`.
pub type Pooled<S, const K: usize> = Tensor<<S as PooledBy<K>>::Of>;

impl<S: Shape> Tensor<S> {
    /// The maximum of every `K x K` window: `[N, C, H, W]` becomes `[N, C, H / K, W / K]`, rounded down: rows and
    /// columns that do not fill a window are not read.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 2, 4>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    /// assert_eq!(x.max_pool2d::<2>().to_vec(), [6.0, 8.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn max_pool2d<const K: usize>(&self) -> Pooled<S, K>
    where
        S: PooledBy<K>,
    {
        // The sizes of the result, so that a window that does not fit is found here.
        const { evaluated::<S::Of>() }
        Tensor::from_raw(max_pool2d(self.raw(), K))
    }
}

/// The maximum of every window of `window x window`; the stride is the window. The gradient goes to the first maximum.
///
/// ***Panics*** unless `x` holds pictures at least as large as the window.
#[track_caller]
pub fn max_pool2d(x: &Raw, window: usize) -> Raw {
    let shape = x.sizes();
    let &[n, c, h, w] = &shape[..] else {
        panic!("max_pool2d: expected pictures [batch, channels, height, width], got {shape:?}")
    };
    assert!(window > 0, "max_pool2d: the window must be at least 1");
    let sizes = PoolSizes { channels: c, height: h, width: w, window };
    let (out_height, out_width) = (pool_out(h, window), pool_out(w, window));
    if let Some(gpu) = cuda::active() {
        let (size, out, moves) = ([h, w], [out_height, out_width], [window; 2]);
        let windows =
            Windows { batch: n, channels: c, size, out, window: moves, stride: moves, padding: [0, 0] };
        return super::pool2d::on_gpu::maxima(gpu, "max_pool2d", x, windows, false);
    }
    let input = x.kept().in_layout(Layout::ChannelsLast);
    let out_sizes = [n, c, out_height, out_width];
    let pooled = input.array();
    let [mut y, mut places] = [true, autograd::is_enabled() && x.is_tracked()]
        .map(|wanted| Buffer::scratch(if wanted { out_sizes.iter().product() } else { 0 }));
    let room_for_places = (!places.is_empty()).then_some(&mut places[..]);
    pooled.with_images(|images| pool::forward(&sizes, images, &mut y, room_for_places));
    let y = Raw::kept_as(&[x], Array::new(&out_sizes, Layout::ChannelsLast, y));
    let (kept, places, x_sizes) = (y.clone(), Arc::new(places), shape.clone());
    Raw::from_op("max_pool2d", y, &[x], move |gradient, _| {
        let gradient = Gradient {
            sizes,
            pooled: pooled.clone(),
            maxima: kept.array(),
            places: places.clone(),
            of_maxima: gradient.channels_last(),
        };
        vec![Some(Array::deferred(&x_sizes, Layout::ChannelsLast, gradient))]
    })
}

/// How to make the gradient of what was pooled.
struct Gradient {
    sizes: PoolSizes,
    /// Only to know it again: its numbers may never be made.
    pooled: Array,
    maxima: Array,
    places: Arc<Buffer>,
    of_maxima: Array,
}

impl Gradient {
    /// Makes what the images are made from, before threads read it.
    fn ready(&self, finish: &Finish) {
        self.of_maxima.make();
        if !matches!(finish, Finish::Slope(clamped, _) if clamped.is(&self.pooled)) {
            finish.ready();
        }
    }

    /// Writes the images one after another; each on its way back, in the same pass, through the clamp that made what was
    /// pooled, if that is what `finish` wants.
    fn image(&self, number: usize, finish: &Finish, dx: &mut [f32]) {
        let (values, gradient) = (self.maxima.values(), self.of_maxima.values());
        let maxima = Maxima { values, places: &self.places, gradient };
        match finish {
            Finish::Slope(clamped, bounds) if clamped.is(&self.pooled) => {
                self.sizes.gradient_of_image(number, maxima, Some(*bounds), dx);
            }
            _ => {
                self.sizes.gradient_of_image(number, maxima, None, dx);
                finish.apply(number * dx.len(), dx);
            }
        }
    }
}

impl Recipe for Gradient {
    fn make(&self, finish: &Finish) -> Buffer {
        self.ready(finish);
        let mut dx = Buffer::scratch(self.pooled.len());
        threads::chunks_mut(&mut dx, self.sizes.image().max(1), |number, dx| self.image(number, finish, dx));
        dx
    }

    fn images<'a>(&'a self, finish: &'a Finish) -> Option<ImageMaker<'a>> {
        self.ready(finish);
        Some(Box::new(move |number, dx| self.image(number, finish, dx)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    /// Values far enough apart that a small step does not change which is the greatest.
    fn pictures(sizes: &[usize]) -> Array {
        let len: usize = sizes.iter().product();
        Array::from_vec(sizes, (0..len).map(|i| ((i * 37) % len) as f32 / 4.0 - 3.0).collect())
    }

    #[test]
    fn gradient() {
        check_gradient(&[pictures(&[2, 3, 4, 5])], |x| max_pool2d(&x[0], 2));
        check_gradient(&[pictures(&[1, 1, 7, 3])], |x| max_pool2d(&x[0], 3));
        check_gradient(&[pictures(&[1, 2, 2, 2]).channels_last()], |x| max_pool2d(&x[0], 1));
    }

    #[test]
    fn of_equal_maxima_the_first_gets_the_gradient() {
        let x = Raw::new(Array::full(&[1, 1, 2, 3], 1.0)).requires_grad();
        let y = max_pool2d(&x, 2);
        let gradients = crate::autograd::backward(&crate::ops::sum(&y));
        assert_eq!(gradients.of_raw(&x).to_vec(), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "max_pool2d: the window (3x3) is larger than its input (2 pixels)")]
    fn the_window_must_fit() {
        max_pool2d(&Raw::new(pictures(&[1, 1, 2, 2])), 3);
    }
}
