//! `avg_pool2d` and `max_pool2d_with`: windows that may overlap and reach over the edge.

pub(super) mod on_gpu;

use crate::array::{Array, Layout};
use crate::axes::WindowedBy;
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Shape, evaluated};
use crate::tensor::Tensor;

/// Pictures `S` under windows of `K x K` that move by `STRIDE`.
pub type Windowed<S, const K: usize, const STRIDE: usize, const PADDING: usize> =
    Tensor<<S as WindowedBy<K, STRIDE, PADDING>>::Of>;

impl<S: Shape> Tensor<S> {
    /// The mean of every `K x K` window, window beside window: `[N, C, H, W]` becomes `[N, C, (H - K) / K + 1, ..]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 2, 4>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    /// assert_eq!(x.avg_pool2d::<2>().to_vec(), [3.5, 5.5]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn avg_pool2d<const K: usize>(&self) -> Windowed<S, K, K, 0>
    where
        S: WindowedBy<K, K, 0>,
    {
        const { check::<S::Of>(K, K, 0) }
        Tensor::from_raw(avg_pool2d(self.raw(), K, K, 0))
    }

    /// [`Tensor::avg_pool2d`] with a stride and zeros on each side, which count as values, as in PyTorch.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 2, 2>>::from([[[[4.0, 8.0], [0.0, 4.0]]]]);
    /// assert_eq!(x.avg_pool2d_with::<2, 2, 1>().to_vec(), [1.0, 2.0, 0.0, 1.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn avg_pool2d_with<const K: usize, const STRIDE: usize, const PADDING: usize>(
        &self,
    ) -> Windowed<S, K, STRIDE, PADDING>
    where
        S: WindowedBy<K, STRIDE, PADDING>,
    {
        const { check::<S::Of>(K, STRIDE, PADDING) }
        Tensor::from_raw(avg_pool2d(self.raw(), K, STRIDE, PADDING))
    }

    /// The maximum of every `K x K` window that moves by `STRIDE`; what lies in the padding is never the maximum.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 1, 5>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, -5.0]);
    /// assert_eq!(x.max_pool2d_with::<3, 2, 1>().to_vec(), [2.0, 4.0, 4.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn max_pool2d_with<const K: usize, const STRIDE: usize, const PADDING: usize>(
        &self,
    ) -> Windowed<S, K, STRIDE, PADDING>
    where
        S: WindowedBy<K, STRIDE, PADDING>,
    {
        const { check::<S::Of>(K, STRIDE, PADDING) }
        Tensor::from_raw(max_pool2d_with(self.raw(), K, STRIDE, PADDING))
    }
}

/// Checks, while compiling, the sizes that are known then.
#[track_caller]
const fn check<Out: Shape>(window: usize, stride: usize, padding: usize) {
    assert!(window > 0 && stride > 0, "pooling: the window and the stride must be at least 1");
    assert!(2 * padding <= window, "pooling: the padding must be at most half of the window");
    evaluated::<Out>();
}

/// Windows over channels-last pictures; pairs are height and width.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    size: [usize; 2],
    out: [usize; 2],
    channels: usize,
    window: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Windows {
    #[track_caller]
    fn new(name: &str, x: &Raw, window: usize, stride: usize, padding: usize) -> Windows {
        let sizes = x.sizes();
        let &[_, channels, h, w] = &sizes[..] else {
            panic!("{name}: expected pictures [batch, channels, height, width], got {sizes:?}")
        };
        assert!(window > 0 && stride > 0, "{name}: the window and the stride must be at least 1");
        assert!(
            2 * padding <= window,
            "{name}: the padding, {padding}, must be at most half of the window, {window}"
        );
        let out = [h, w].map(|size| {
            assert!(
                size + 2 * padding >= window,
                "{name}: the window ({window}x{window}) is larger than its input ({size} pixels with padding {padding})"
            );
            (size + 2 * padding - window) / stride + 1
        });
        let [window, stride, padding] = [window, stride, padding].map(|number| [number; 2]);
        Windows { size: [h, w], out, channels, window, stride, padding }
    }

    /// Windows over sequences of `length` steps and as many channels: pictures one pixel high.
    #[track_caller]
    pub(super) fn over_sequences(
        name: &str,
        [channels, length]: [usize; 2],
        window: usize,
        stride: usize,
        padding: usize,
    ) -> Windows {
        assert!(window > 0 && stride > 0, "{name}: the window and the stride must be at least 1");
        assert!(
            2 * padding <= window,
            "{name}: the padding, {padding}, must be at most half of the window, {window}"
        );
        assert!(
            length + 2 * padding >= window,
            "{name}: the window ({window}) is larger than its input ({length} steps with padding {padding})"
        );
        let out = [1, (length + 2 * padding - window) / stride + 1];
        let (window, stride, padding) = ([1, window], [1, stride], [0, padding]);
        Windows { size: [1, length], out, channels, window, stride, padding }
    }

    fn image(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    fn out_image(&self) -> usize {
        self.out[0] * self.out[1] * self.channels
    }

    /// Calls `f` with the place of every output pixel and those of the pixels in its window.
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        let range = |out: usize, axis: usize| {
            let (start, padding) = (out * self.stride[axis], self.padding[axis]);
            start.saturating_sub(padding)..(start + self.window[axis] - padding).min(self.size[axis])
        };
        for row in 0..self.out[0] {
            for column in 0..self.out[1] {
                let place = (row * self.out[1] + column) * self.channels;
                for y in range(row, 0) {
                    for x in range(column, 1) {
                        f(place, (y * self.size[1] + x) * self.channels);
                    }
                }
            }
        }
    }

    /// As a GPU takes them.
    fn on_gpu(&self, batch: usize) -> cuda::Windows {
        let Windows { size, out, channels, window, stride, padding } = *self;
        cuda::Windows { batch, channels, size, out, window, stride, padding }
    }

    fn output(&self, batch: usize, values: Buffer) -> Array {
        Array::new(&[batch, self.channels, self.out[0], self.out[1]], Layout::ChannelsLast, values)
    }
}

/// The mean of every `window x window` that moves by `stride`; the zeros of the padding count as values.
///
/// ***Panics*** unless `x` holds pictures at least as large as the window, or if the padding is more than half of it.
#[track_caller]
pub fn avg_pool2d(x: &Raw, window: usize, stride: usize, padding: usize) -> Raw {
    means("avg_pool2d", x, Windows::new("avg_pool2d", x, window, stride, padding))
}

/// The mean of every window over pictures.
pub(super) fn means(name: &'static str, x: &Raw, s: Windows) -> Raw {
    if let Some(gpu) = cuda::active() {
        return on_gpu::means(gpu, name, x, s.on_gpu(x.sizes()[0]));
    }
    let (input, share) = (x.array().channels_last(), 1.0 / (s.window[0] * s.window[1]) as f32);
    let sizes = x.sizes();
    let mut y = Buffer::full(sizes[0] * s.out_image(), 0.0);
    threads::chunks_mut(&mut y, s.out_image().max(1), |number, y| {
        let x = &input.values()[number * s.image()..][..s.image()];
        s.each(|place, at| {
            for (y, &x) in y[place..place + s.channels].iter_mut().zip(&x[at..at + s.channels]) {
                *y += x * share;
            }
        });
    });
    let y = Raw::kept_as(&[x], s.output(sizes[0], y));
    Raw::from_op(name, y, &[x], move |gradient, _| {
        let dy = gradient.channels_last();
        let mut dx = Buffer::full(sizes[0] * s.image(), 0.0);
        threads::chunks_mut(&mut dx, s.image().max(1), |number, dx| {
            let dy = &dy.values()[number * s.out_image()..][..s.out_image()];
            s.each(|place, at| {
                for (dx, &dy) in dx[at..at + s.channels].iter_mut().zip(&dy[place..place + s.channels]) {
                    *dx += dy * share;
                }
            });
        });
        vec![Some(Array::new(&sizes, Layout::ChannelsLast, dx))]
    })
}

/// The maximum of every `window x window` that moves by `stride`; what lies in the padding is never the maximum. The
/// gradient goes to the first maximum.
///
/// ***Panics*** as [`avg_pool2d`].
#[track_caller]
pub fn max_pool2d_with(x: &Raw, window: usize, stride: usize, padding: usize) -> Raw {
    if stride == window && padding == 0 {
        return super::max_pool2d(x, window);
    }
    maxima("max_pool2d", x, Windows::new("max_pool2d", x, window, stride, padding))
}

/// The maximum of every window over pictures.
pub(super) fn maxima(name: &'static str, x: &Raw, s: Windows) -> Raw {
    if let Some(gpu) = cuda::active() {
        return on_gpu::maxima(gpu, name, x, s.on_gpu(x.sizes()[0]), true);
    }
    let (kept_input, sizes) = (x.kept().in_layout(Layout::ChannelsLast), x.sizes());
    let input = kept_input.array();
    let mut y = Buffer::full(sizes[0] * s.out_image(), f32::NEG_INFINITY);
    threads::chunks_mut(&mut y, s.out_image().max(1), |number, y| {
        let x = &input.values()[number * s.image()..][..s.image()];
        s.each(|place, at| {
            for (y, &x) in y[place..place + s.channels].iter_mut().zip(&x[at..at + s.channels]) {
                // As PyTorch, a value that is not a number is the greatest.
                *y = if x > *y || x.is_nan() { x } else { *y };
            }
        });
    });
    let y = Raw::kept_as(&[x], s.output(sizes[0], y));
    let kept = y.clone();
    Raw::from_op(name, y, &[x], move |gradient, _| {
        let (input, kept) = (kept_input.array(), kept.array());
        let dy = gradient.channels_last();
        let mut dx = Buffer::full(sizes[0] * s.image(), 0.0);
        threads::chunks_mut(&mut dx, s.image().max(1), |number, dx| {
            let x = &input.values()[number * s.image()..][..s.image()];
            let [y, dy] = [&kept, &dy].map(|all| &all.values()[number * s.out_image()..][..s.out_image()]);
            let mut open = vec![true; y.len()];
            s.each(|place, at| {
                for c in 0..s.channels {
                    if open[place + c] && x[at + c] == y[place + c] {
                        open[place + c] = false;
                        dx[at + c] += dy[place + c];
                    }
                }
            });
        });
        vec![Some(Array::new(&sizes, Layout::ChannelsLast, dx))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    /// Values far enough apart that a small step does not change which is the greatest.
    fn pictures(sizes: &[usize]) -> Array {
        let len: usize = sizes.iter().product();
        Array::from_vec(sizes, (0..len).map(|i| ((i * 37) % len) as f32 / 4.0 - 3.0).collect())
    }

    #[test]
    fn gradient() {
        for (window, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 1, 0), (1, 2, 0), (2, 3, 1)] {
            let x = pictures(&[2, 3, 4, 5]);
            check_gradient(std::slice::from_ref(&x), |x| avg_pool2d(&x[0], window, stride, padding));
            check_gradient(&[x], |x| max_pool2d_with(&x[0], window, stride, padding));
        }
    }

    #[test]
    fn every_device_pools_as_the_cpu_does() {
        let mut many_equal = pictures(&[2, 5, 18, 19]);
        many_equal.values_mut().iter_mut().for_each(|x| *x = x.round() / 8.0);
        let mut special = pictures(&[1, 3, 9, 7]);
        for (i, x) in special.values_mut().iter_mut().enumerate() {
            let numbers = [f32::NAN, f32::NEG_INFINITY, f32::INFINITY, f32::NEG_INFINITY];
            *x = numbers.get(i % 11).copied().unwrap_or(*x);
        }
        let nothing = Array::full(&[1, 2, 6, 6], f32::NEG_INFINITY);
        for (window, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 1, 1), (1, 2, 0), (2, 3, 1), (5, 4, 0)] {
            for x in [&many_equal, &special, &nothing] {
                agrees_within(1e-4, std::slice::from_ref(x), |x| {
                    max_pool2d_with(&x[0], window, stride, padding)
                });
            }
            agrees_within(1e-4, std::slice::from_ref(&many_equal), |x| {
                avg_pool2d(&x[0], window, stride, padding)
            });
        }
        let behind_a_clamp = |x: &[Raw]| crate::ops::max_pool2d(&crate::ops::relu(&x[0]), 3);
        agrees_within(1e-4, std::slice::from_ref(&many_equal), behind_a_clamp);
        agrees_within(1e-4, &[many_equal], |x| max_pool2d_with(&x[0], 17, 1, 3));
    }

    #[test]
    #[should_panic(
        expected = "avg_pool2d: the window (3x3) is larger than its input (2 pixels with padding 0)"
    )]
    fn the_window_must_fit() {
        avg_pool2d(&Raw::new(pictures(&[1, 1, 2, 2])), 3, 3, 0);
    }

    #[test]
    #[should_panic(expected = "max_pool2d: the padding, 2, must be at most half of the window, 3")]
    fn windows_lie_at_least_half_on_the_picture() {
        max_pool2d_with(&Raw::new(pictures(&[1, 1, 4, 4])), 3, 1, 2);
    }
}
