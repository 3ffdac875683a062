//! Two-dimensional convolution of channels-last images.

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct ConvSizes {
    pub batch: usize,
    pub in_channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub out_height: usize,
    pub out_width: usize,
}

impl ConvSizes {
    /// Calls `f` with the positions of every output, the input and the weight that meet.
    fn each(&self, mut f: impl FnMut(usize, usize, usize)) {
        let s = self;
        for n in 0..s.batch {
            for (oh, ow) in (0..s.out_height).flat_map(|oh| (0..s.out_width).map(move |ow| (oh, ow))) {
                for (kh, kw) in (0..s.kernel).flat_map(|kh| (0..s.kernel).map(move |kw| (kh, kw))) {
                    let (h, w) = (oh * s.stride + kh, ow * s.stride + kw);
                    if h < s.padding || w < s.padding || h - s.padding >= s.height || w - s.padding >= s.width
                    {
                        continue;
                    }
                    let pixel = (n * s.height + h - s.padding) * s.width + w - s.padding;
                    for o in 0..s.out_channels {
                        for c in 0..s.in_channels {
                            f(
                                ((n * s.out_height + oh) * s.out_width + ow) * s.out_channels + o,
                                pixel * s.in_channels + c,
                                ((o * s.in_channels + c) * s.kernel + kh) * s.kernel + kw,
                            );
                        }
                    }
                }
            }
        }
    }
}

/// The convolution of `x` with `weight` (`[O, C, K, K]`), plus `bias`.
pub fn forward(sizes: &ConvSizes, x: &[f32], weight: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
    for pixel in y.chunks_exact_mut(sizes.out_channels) {
        match bias {
            Some(bias) => pixel.copy_from_slice(bias),
            None => pixel.fill(0.0),
        }
    }
    sizes.each(|out, input, w| y[out] += x[input] * weight[w]);
}

/// The gradient of the input.
pub fn input_gradient(sizes: &ConvSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    dx.fill(0.0);
    sizes.each(|out, input, w| dx[input] += dy[out] * weight[w]);
}

/// The gradient of the weight, `[O, C, K, K]`.
pub fn weight_gradient(sizes: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    dw.fill(0.0);
    sizes.each(|out, input, w| dw[w] += dy[out] * x[input]);
}
