//! EfficientNet-Lite0: 4.65 million weights that tell the 1000 classes of ImageNet apart.

use std::path::Path;

use super::{PretrainedError, imagenet};
use crate::Module;
use crate::autograd::no_grad;
use crate::explain::Model;
use crate::io::image::{self, Filter, ImageError};
use crate::io::safetensors::File;
use crate::nn::{Conv2d, DepthwiseConv2d, Linear, Padding, Same, SameUpper};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Rank3};
use crate::tensor::Tensor;

/// Height and width of the input.
const SIZE: usize = 224;

/// EfficientNet-Lite0 (Tan and Le 2019, <https://arxiv.org/abs/1905.11946>; Lite: no squeeze-and-excitation, ReLU6), trained on
/// ImageNet-1k. Batch normalisations are folded into the convolutions. Parameters are named as in the file,
/// `datasets/data/efficientnet-lite0`.
///
/// ```
/// # if cfg!(debug_assertions) { return Ok(()) } // slow without optimisation
/// use ferrolab::prelude::*;
/// use ferrolab::pretrained::EfficientNetLite0;
///
/// let model = EfficientNetLite0::pretrained()?;
/// let coffee = EfficientNetLite0::preprocess(datasets::photo("coffee")?)?;
/// let best = model.classify(&coffee, 5);
/// assert_eq!(best[0].0, "espresso");
/// assert!(best[0].1 > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// For other classes, take what it sees and learn a new last layer:
///
/// ```no_run
/// use ferrolab::prelude::*;
/// use ferrolab::pretrained::EfficientNetLite0;
///
/// let model = EfficientNetLite0::pretrained()?;
/// let photos = Tensor::<Rank4<8, 3, 224, 224>>::zeros();
/// let seen: Tensor<Rank2<8, 1280>> = no_grad(|| model.features(&photos)).global_avg_pool2d();
/// let head = Linear::<1280, 5>::default(); // to be trained on `seen`
/// # Ok::<(), ferrolab::pretrained::PretrainedError>(())
/// ```
#[derive(Default, Module)]
pub struct EfficientNetLite0 {
    stem: Conv2d<3, 32, 3, SameUpper<2>>,
    blocks: Blocks,
    head: Conv2d<320, 1280, 1, Same>,
    fc: Linear<1280, { imagenet::CLASSES }>,
}

/// An inverted residual block (Sandler et al. 2018, <https://arxiv.org/abs/1801.04381>): from `I` channels to `E`, a convolution
/// of each by kernels of `K` x `K`, and down to `O`.
#[derive(Module)]
pub struct MbConv<const I: usize, const E: usize, const O: usize, const K: usize, P: Padding = Same> {
    /// From `I` channels to `E`, pixel by pixel.
    pub expand: Conv2d<I, E, 1, Same>,
    /// Each channel by itself.
    pub depthwise: DepthwiseConv2d<E, K, P>,
    /// From `E` channels to `O`, pixel by pixel.
    pub project: Conv2d<E, O, 1, Same>,
}

/// The block without the expansion: a convolution of each of `I` channels, then down to `O`.
#[derive(Default, Module)]
pub struct Separable<const I: usize, const O: usize, const K: usize> {
    /// Each channel by itself.
    pub depthwise: DepthwiseConv2d<I, K, Same>,
    /// From `I` channels to `O`, pixel by pixel.
    pub project: Conv2d<I, O, 1, Same>,
}

#[derive(Default, Module)]
struct Blocks(
    Separable<32, 16, 3>,
    MbConv<16, 96, 24, 3, SameUpper<2>>,
    MbConv<24, 144, 24, 3>,
    MbConv<24, 144, 40, 5, SameUpper<2>>,
    MbConv<40, 240, 40, 5>,
    MbConv<40, 240, 80, 3, SameUpper<2>>,
    MbConv<80, 480, 80, 3>,
    MbConv<80, 480, 80, 3>,
    MbConv<80, 480, 112, 5>,
    MbConv<112, 672, 112, 5>,
    MbConv<112, 672, 112, 5>,
    MbConv<112, 672, 192, 5, SameUpper<2>>,
    MbConv<192, 1152, 192, 5>,
    MbConv<192, 1152, 192, 5>,
    MbConv<192, 1152, 192, 5>,
    MbConv<192, 1152, 320, 3>,
);

impl<const I: usize, const E: usize, const O: usize, const K: usize, P: Padding> Default
    for MbConv<I, E, O, K, P>
{
    fn default() -> Self {
        MbConv {
            expand: Conv2d::default(),
            depthwise: DepthwiseConv2d::default(),
            project: Conv2d::default(),
        }
    }
}

impl<const I: usize, const E: usize, const O: usize, const K: usize, P: Padding> MbConv<I, E, O, K, P> {
    /// From `[batch, I, height, width]` to `[batch, O, …]`.
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "the sizes of the result, spelled out")]
    pub fn forward<N: Dim, H: Dim, W: Dim>(
        &self,
        x: &Tensor<(N, Const<I>, H, W)>,
    ) -> Tensor<(N, Const<O>, P::Out<H, K>, P::Out<W, K>)> {
        let x = self.depthwise.forward(&self.expand.forward(x).relu6()).relu6();
        self.project.forward(&x)
    }
}

impl<const C: usize, const E: usize, const K: usize> MbConv<C, E, C, K> {
    /// The same with a short cut around it: what the block computes is added to its input.
    #[track_caller]
    pub fn residual<N: Dim, H: Dim, W: Dim>(
        &self,
        x: &Tensor<(N, Const<C>, H, W)>,
    ) -> Tensor<(N, Const<C>, H, W)> {
        self.forward(x) + x
    }
}

impl<const I: usize, const O: usize, const K: usize> Separable<I, O, K> {
    /// From `[batch, I, height, width]` to `[batch, O, height, width]`.
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(
        &self,
        x: &Tensor<(N, Const<I>, H, W)>,
    ) -> Tensor<(N, Const<O>, H, W)> {
        self.project.forward(&self.depthwise.forward(x).relu6())
    }
}

impl EfficientNetLite0 {
    /// The trained network.
    ///
    /// # Errors
    /// [`PretrainedError::Data`] if the files are gone, [`PretrainedError::File`] if they are damaged.
    pub fn pretrained() -> Result<Self, PretrainedError> {
        let model = Self::default();
        File::read(ferrolab_datasets::efficientnet_lite0()?)?.copy_into(&model.state())?;
        Ok(model)
    }

    /// From photographs, as [`preprocess`](Self::preprocess) makes them, to a score for each class of [`imagenet`]. Their
    /// softmax is the probability.
    #[inline]
    pub fn forward<N: Dim>(
        &self,
        x: &Tensor<(N, Const<3>, Const<SIZE>, Const<SIZE>)>,
    ) -> Tensor<(N, Const<{ imagenet::CLASSES }>)> {
        Tensor::from_raw(self.scores_of(&self.features_of(x.raw())))
    }

    /// What the convolutions see, before it is averaged over the picture: 1280 channels of 7 x 7 places, none negative. Grad-CAM
    /// explains a score by these, and other classifiers learn from them.
    #[inline]
    pub fn features<N: Dim>(
        &self,
        x: &Tensor<(N, Const<3>, Const<SIZE>, Const<SIZE>)>,
    ) -> Tensor<(N, Const<1280>, Const<7>, Const<7>)> {
        Tensor::from_raw(self.features_of(x.raw()))
    }

    /// The scores that follow from [`features`](Self::features).
    #[inline]
    pub fn scores<N: Dim>(
        &self,
        features: &Tensor<(N, Const<1280>, Const<7>, Const<7>)>,
    ) -> Tensor<(N, Const<{ imagenet::CLASSES }>)> {
        Tensor::from_raw(self.scores_of(features.raw()))
    }

    /// The `count` most probable classes of one photograph: their names and probabilities.
    pub fn classify(&self, picture: &Tensor<Rank3<3, SIZE, SIZE>>, count: usize) -> Vec<(&'static str, f32)> {
        let probabilities = no_grad(|| {
            let x = ops::reshape(picture.raw(), &[1, 3, SIZE, SIZE]);
            ops::softmax(&self.scores_of(&self.features_of(&x)))
        });
        let (values, classes) = ops::topk(&probabilities, count.min(imagenet::CLASSES));
        classes.into_iter().map(imagenet::label).zip(values.to_vec()).collect()
    }

    /// Reads a photograph, PNG or JPEG, as the network needs it: the middle of it, 224 x 224, `(value - 127) / 128` of values from 0
    /// to 255.
    ///
    /// # Errors
    /// [`ImageError`] if there is no such file or it is no picture.
    pub fn preprocess(path: impl AsRef<Path>) -> Result<Tensor<Rank3<3, SIZE, SIZE>>, ImageError> {
        Ok(Self::normalize(&Self::picture(path)?))
    }

    /// Reads the part of a photograph that [`preprocess`](Self::preprocess) shows to the network, values from 0 to 1: to look at it.
    ///
    /// # Errors
    /// [`ImageError`] if there is no such file or it is no picture.
    pub fn picture(path: impl AsRef<Path>) -> Result<Tensor<Rank3<3, SIZE, SIZE>>, ImageError> {
        Ok(Tensor::from_raw(picture(path.as_ref())?))
    }

    /// What the network needs, from a picture of values from 0 to 1.
    pub fn normalize(picture: &Tensor<Rank3<3, SIZE, SIZE>>) -> Tensor<Rank3<3, SIZE, SIZE>> {
        (picture * 255.0 - 127.0) / 128.0
    }

    // Of run-time shape, so that a notebook's cell compiles none of it.
    #[track_caller]
    fn features_of(&self, x: &Raw) -> Raw {
        let x = Tensor::<(usize, Const<3>, Const<SIZE>, Const<SIZE>)>::from_raw(x.clone());
        let b = &self.blocks;
        let x = b.0.forward(&self.stem.forward(&x).relu6());
        let x = b.2.residual(&b.1.forward(&x));
        let x = b.4.residual(&b.3.forward(&x));
        let x = b.7.residual(&b.6.residual(&b.5.forward(&x)));
        let x = b.10.residual(&b.9.residual(&b.8.forward(&x)));
        let x = b.14.residual(&b.13.residual(&b.12.residual(&b.11.forward(&x))));
        let x = self.head.forward(&b.15.forward(&x)).relu6();
        x.raw().clone()
    }

    #[track_caller]
    fn scores_of(&self, features: &Raw) -> Raw {
        let features = Tensor::<(usize, Const<1280>, Const<7>, Const<7>)>::from_raw(features.clone());
        self.fc.forward(&features.global_avg_pool2d()).raw().clone()
    }
}

/// What [`explain`](crate::explain) needs: `explain::saliency(&model, &photos, class)`. Scores, not probabilities, are explained.
///
/// ```
/// # if cfg!(debug_assertions) { return Ok(()) } // slow without optimisation
/// use ferrolab::prelude::*;
/// use ferrolab::pretrained::EfficientNetLite0;
///
/// let model = EfficientNetLite0::pretrained()?;
/// let cat = EfficientNetLite0::preprocess(datasets::photo("chelsea")?)?.reshape::<Rank4<1, 3, 224, 224>>();
/// let map: Tensor<Rank3<1, 224, 224>> = explain::saliency(&model, &cat, 282); // why a tiger cat?
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Model<Rank3<3, SIZE, SIZE>> for EfficientNetLite0 {
    fn scores(&self, inputs: &Raw) -> Raw {
        self.scores_of(&self.features_of(inputs))
    }
}

/// A square of 0.875 times the shorter side from the middle, at the network's size: as in training.
fn picture(path: &Path) -> Result<Raw, ImageError> {
    let pixels = image::open(path)?.with_channels(3);
    let side = pixels.height.min(pixels.width) * 7 / 8;
    let middle = |size: usize| (size - side) / 2;
    let corner = [middle(pixels.height), middle(pixels.width)];
    let square = pixels.cropped(corner, [side, side]);
    Ok(image::tensor(&square.resized_by(Filter::Bicubic, SIZE, SIZE)))
}
