//! `conv2d`: two-dimensional convolution (cross-correlation, as in all deep-learning libraries).

use super::convolve::{inputs, on_gpu};
use crate::array::{Array, Finish, ImageMaker, Layout, Recipe};
use crate::axes::{Pictures, WindowedBy};
use crate::cpu::buffer::Buffer;
use crate::cpu::conv::{self, ConvSizes, Forward, pointwise};
use crate::cpu::patches::PatchSizes;
use crate::cpu::{reduce, threads};
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Fits, Shape, conv_out, evaluated, odd_kernel, same_size};
use crate::tensor::Tensor;

/// Pictures `S` under a convolution to `O` channels.
pub type Convolved<S, O, const K: usize, const STRIDE: usize, const PADDING: usize> =
    Tensor<<S as WindowedBy<K, STRIDE, PADDING>>::With<O>>;

impl<S: Shape> Tensor<S> {
    /// Convolution without padding, stride 1: `[N, C, H, W]` and a weight `[O, C, K, K]` give
    /// `[N, O, H - K + 1, W - K + 1]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 3, 3>>::from_vec((1..=9).map(|i| i as f32).collect());
    /// let sums_of_four = Tensor::<Rank4<1, 1, 2, 2>>::ones();
    /// assert_eq!(x.conv2d(&sums_of_four).to_vec(), [12.0, 16.0, 24.0, 28.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn conv2d<O: Dim, C: Dim, const K: usize>(
        &self,
        weight: &Tensor<(O, C, Const<K>, Const<K>)>,
    ) -> Convolved<S, O, K, 1, 0>
    where
        S: WindowedBy<K, 1, 0>,
        S::Channels: Fits<C>,
    {
        const { check::<S::Channels, C, S::Of>(K, 1) }
        Tensor::from_raw(conv2d(self.raw(), weight.raw(), None, 1, 0))
    }

    /// Convolution with stride 1 and as much padding as keeps height and width; the kernel must be odd.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank4<1, 8, 5, 7>> = Tensor::<Rank4<1, 3, 5, 7>>::ones().conv2d_same(&Tensor::<Rank4<8, 3, 3, 3>>::ones());
    /// assert_eq!(y.to_vec()[0], 12.0); // a corner: 3 channels, 4 of 9 weights meet the picture
    /// ```
    #[inline]
    #[track_caller]
    pub fn conv2d_same<N: Dim, O: Dim, C: Dim, H: Dim, W: Dim, const K: usize>(
        &self,
        weight: &Tensor<(O, C, Const<K>, Const<K>)>,
    ) -> Tensor<(N, O, H, W)>
    where
        S: Pictures<Number = N, Height = H, Width = W>,
        S::Channels: Fits<C>,
    {
        const {
            odd_kernel("conv2d_same", K);
            check::<S::Channels, C, S>(K, 1);
        }
        Tensor::from_raw(conv2d(self.raw(), weight.raw(), None, 1, K / 2))
    }

    /// Convolution with any stride and padding: `[N, C, H, W]` gives `[N, O, (H + 2 P - K) / S + 1, …]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let weight = Tensor::<Rank4<8, 3, 3, 3>>::ones();
    /// let y = Tensor::<Rank4<1, 3, 32, 32>>::ones().conv2d_with::<_, _, 3, 2, 1>(&weight);
    /// assert_eq!(y.shape(), [1, 8, 16, 16]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn conv2d_with<O: Dim, C: Dim, const K: usize, const STRIDE: usize, const PADDING: usize>(
        &self,
        weight: &Tensor<(O, C, Const<K>, Const<K>)>,
    ) -> Convolved<S, O, K, STRIDE, PADDING>
    where
        S: WindowedBy<K, STRIDE, PADDING>,
        S::Channels: Fits<C>,
    {
        const { check::<S::Channels, C, S::Of>(K, STRIDE) }
        Tensor::from_raw(conv2d(self.raw(), weight.raw(), None, STRIDE, PADDING))
    }
}

/// Checks, while compiling, the sizes that are known then.
#[track_caller]
const fn check<Own: Dim, C: Dim, Out: Shape>(kernel: usize, stride: usize) {
    same_size("conv2d", "the input channels", Own::SIZE, C::SIZE);
    assert!(kernel > 0 && stride > 0, "conv2d: the kernel and the stride must be at least 1");
    evaluated::<Out>();
}

/// The convolution of pictures `[n, c, h, w]` with `weight`, `[o, c, k, k]`, plus `bias`, `[o]`: pictures
/// `[n, o, (h + 2 padding - k) / stride + 1, …]`.
///
/// ***Panics*** if the sizes do not agree, if the kernel is larger than the padded picture, or if `stride` is 0.
#[track_caller]
pub fn conv2d(x: &Raw, weight: &Raw, bias: Option<&Raw>, stride: usize, padding: usize) -> Raw {
    let sizes = conv_sizes(x, weight, bias, stride, padding);
    if let Some(gpu) = cuda::active() {
        return on_gpu::convolution(gpu, PatchSizes::from(sizes), x, weight, bias);
    }
    let (input, kept, b) = inputs(x, weight, bias);
    let y_sizes = [sizes.batch, sizes.out_channels, sizes.out_height, sizes.out_width];
    let recipe = Convolution { sizes, x: input.array(), weight: kept.array(), bias: b };
    let y = Array::deferred(&y_sizes, Layout::ChannelsLast, recipe);
    let parents: Vec<&Raw> = [x, weight].into_iter().chain(bias).collect();
    Raw::from_product("conv2d", y, &parents, move |gradient, wanted| {
        let dy = gradient.channels_last();
        let bias_wanted = wanted.get(2).is_some_and(|&wanted| wanted);
        // The general way has the bias's gradient from the same pass.
        let together = wanted[1] && !pointwise::suits_weight_gradient(&sizes);
        let mut db = Buffer::scratch(if bias_wanted && together { sizes.out_channels } else { 0 });
        let of_weight = wanted[1].then(|| {
            let (x, mut dw) = (input.array(), Buffer::scratch(kept.len()));
            if together {
                dy.with_images(|dy| conv::weight_gradient(&sizes, x.values(), dy, &mut dw, &mut db));
            } else {
                pointwise::weight_gradient(&sizes, x.values(), dy.values(), &mut dw);
            }
            Array::new(kept.sizes(), Layout::RowMajor, dw)
        });
        let of_bias = bias_wanted.then(|| match together {
            true => Array::new(&[sizes.out_channels], Layout::RowMajor, db),
            false => reduce::row_sum(dy.values(), sizes.out_channels),
        });
        let of_x = wanted[0].then(|| {
            let recipe = InputGradient { sizes, dy: dy.clone(), weight: kept.array() };
            Array::deferred(input.sizes(), Layout::ChannelsLast, recipe)
        });
        [of_x, of_weight, of_bias].into_iter().take(wanted.len()).collect()
    })
}

/// How to make the result.
struct Convolution {
    sizes: ConvSizes,
    x: Array,
    weight: Array,
    bias: Option<Array>,
}

impl Convolution {
    fn ready(&self, finish: &Finish) -> Forward {
        let weight = conv::forward_weight(&self.sizes, &self.weight);
        Forward::new(&self.sizes, weight, self.bias.as_ref().map(Array::values), finish.clamp())
    }
}

impl Recipe for Convolution {
    fn make(&self, finish: &Finish) -> Buffer {
        let mut y = Buffer::scratch(self.sizes.batch * self.sizes.out_image());
        if pointwise::suits(&self.sizes) {
            let bias = self.bias.as_ref().map(Array::values);
            pointwise::forward(&self.sizes, self.x.values(), &self.weight, bias, finish, &mut y);
            return y;
        }
        self.ready(finish).run(self.x.values(), &mut y);
        finish.apply_slope(0, &mut y);
        y
    }

    fn images<'a>(&'a self, finish: &'a Finish) -> Option<ImageMaker<'a>> {
        // The lines of few images are for all threads.
        if self.sizes.batch < 2 * threads::count() || pointwise::suits(&self.sizes) {
            return None;
        }
        finish.ready();
        let (ready, x) = (self.ready(finish), self.x.values());
        Some(Box::new(move |number, image| {
            ready.image(number, x, image);
            finish.apply_slope(number * image.len(), image);
        }))
    }
}

/// How to make the gradient of the input.
struct InputGradient {
    sizes: ConvSizes,
    dy: Array,
    weight: Array,
}

impl Recipe for InputGradient {
    fn make(&self, finish: &Finish) -> Buffer {
        let mut dx = Buffer::scratch(self.sizes.batch * self.sizes.image());
        if pointwise::suits(&self.sizes) {
            pointwise::input_gradient(&self.sizes, self.dy.values(), &self.weight, finish, &mut dx);
            return dx;
        }
        let weight = conv::input_gradient_weight(&self.sizes, &self.weight);
        self.dy.with_images(|dy| conv::input_gradient(&self.sizes, dy, &weight, finish, &mut dx));
        dx
    }
}

/// Checks the sizes of a convolution.
#[track_caller]
fn conv_sizes(x: &Raw, weight: &Raw, bias: Option<&Raw>, stride: usize, padding: usize) -> ConvSizes {
    let (picture, kernel) = (x.sizes(), weight.sizes());
    let &[n, c, h, w] = &picture[..] else {
        panic!("conv2d: expected pictures [batch, channels, height, width], got {picture:?}")
    };
    let &[o, c2, k, k2] = &kernel[..] else {
        panic!("conv2d: expected a weight [out channels, in channels, k, k], got {kernel:?}")
    };
    assert!(k == k2, "conv2d: expected a square kernel, got {k}x{k2}");
    assert!(c == c2, "conv2d: the picture has {c} channels, the weight is for {c2}");
    assert!(stride > 0, "conv2d: the stride must be at least 1");
    assert!(k > 0, "conv2d: the kernel must be at least 1x1, got a weight of shape {kernel:?}");
    if let Some(bias) = bias {
        assert!(bias.sizes() == [o], "conv2d: expected a bias of shape [{o}], got {:?}", bias.sizes());
    }
    ConvSizes {
        batch: n,
        in_channels: c,
        height: h,
        width: w,
        out_channels: o,
        kernel: k,
        stride,
        padding,
        out_height: conv_out(h, k, stride, padding),
        out_width: conv_out(w, k, stride, padding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut random = Generator::new(1);
        for (c, o, k, stride, padding, size) in [
            (1, 1, 1, 1, 0, 2),
            (2, 3, 3, 1, 0, 4),
            (3, 2, 3, 1, 1, 3),
            (1, 2, 2, 2, 1, 4),
            (2, 1, 3, 2, 0, 6),
        ] {
            let x = random.uniform(&[2, c, size, size + 1], -1.0, 1.0);
            let weight = random.uniform(&[o, c, k, k], -1.0, 1.0);
            let bias = random.uniform(&[o], -1.0, 1.0);
            check_gradient(&[x.clone(), weight.clone(), bias], |x| {
                conv2d(&x[0], &x[1], Some(&x[2]), stride, padding)
            });
            check_gradient(&[x, weight], |x| conv2d(&x[0], &x[1], None, stride, padding));
        }
    }

    #[test]
    fn a_weight_in_another_shape_is_another_weight() {
        let mut random = Generator::new(3);
        let weight = Raw::new(random.uniform(&[4, 2, 3, 3], -1.0, 1.0));
        let [two, four] = [2, 4].map(|c| Raw::new(random.uniform(&[2, c, 5, 5], -1.0, 1.0)));
        // The reshaped weight shares its numbers, and what is kept beside them, with the first.
        let reshaped = crate::ops::reshape(&weight, &[2, 4, 3, 3]);
        let copy = Raw::new(Array::from_vec(&[2, 4, 3, 3], weight.to_vec()));
        conv2d(&two, &weight, None, 1, 0).to_vec();
        assert_eq!(conv2d(&four, &reshaped, None, 1, 0).to_vec(), conv2d(&four, &copy, None, 1, 0).to_vec());
        let gradient = |weight: &Raw, x: &Raw| {
            let x = x.requires_grad();
            crate::autograd::backward(&crate::ops::sum(&conv2d(&x, weight, None, 1, 0))).of_raw(&x).to_vec()
        };
        gradient(&weight, &two);
        assert_eq!(gradient(&reshaped, &four), gradient(&copy, &four));
    }

    #[test]
    #[should_panic(expected = "conv2d: the picture has 3 channels, the weight is for 4")]
    fn channels_must_agree() {
        conv2d(
            &Raw::new(Array::full(&[1, 3, 4, 4], 0.0)),
            &Raw::new(Array::full(&[8, 4, 3, 3], 0.0)),
            None,
            1,
            0,
        );
    }
}
