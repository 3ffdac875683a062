//! Convolution in groups of channels: [`GroupedConv2d`] and [`DepthwiseConv2d`] for structs; in plans it is
//! `conv2d(..).groups(..)` and `depthwise_conv2d(..)`.

use std::marker::PhantomData;

use crate::axes::Pictures;
use crate::nn::module::{Module, Visitor};
use crate::nn::padding::{Padding, Valid};
use crate::nn::{init, padding};
use crate::say::Msg;
use crate::shape::{Const, Dim, Div, Fits, Rank1, same_size};
use crate::tensor::Tensor;

/// A convolution of each of `C` channels by a kernel of its own.
///
/// ```
/// use ferrolab::nn::DepthwiseConv2d;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 8, 5, 5>>::ones();
/// let layer = DepthwiseConv2d::<8, 3, Same>::default();
/// assert_eq!(layer.forward(&x).shape(), [1, 8, 5, 5]);
/// assert_eq!(layer.parameter_count(), 8 * 9 + 8);
/// ```
pub type DepthwiseConv2d<const C: usize, const K: usize, P = Valid> = GroupedConv2d<C, C, K, C, P>;

/// A convolution of `I` channels to `O` in `G` groups, by kernels of `K` x `K`: each output channel reads the `I / G`
/// channels of its group.
///
/// ```compile_fail
/// use ferrolab::nn::GroupedConv2d;
/// use ferrolab::prelude::*;
/// let layer = GroupedConv2d::<6, 8, 3, 4>::default(); // GroupedConv2d: 6 channels to 8 do not divide into 4 groups
/// ```
pub struct GroupedConv2d<const I: usize, const O: usize, const K: usize, const G: usize, P: Padding = Valid> {
    /// `[out, in / groups, height, width]`, as in PyTorch.
    pub weight: Tensor<(Const<O>, Div<Const<I>, G>, Const<K>, Const<K>)>,
    /// `[out]`; zeros that are not learnt in a layer [`without_bias`](Self::without_bias).
    pub bias: Tensor<Rank1<O>>,
    padding: PhantomData<P>,
}

impl<const I: usize, const O: usize, const K: usize, const G: usize, P: Padding> Default
    for GroupedConv2d<I, O, K, G, P>
{
    /// PyTorch's initial values: see [`init`].
    #[inline]
    fn default() -> Self {
        const { divides(I, O, G) }
        let [weight, bias] = init::uniform_by_fan_in(&[O, I / G, K, K]);
        GroupedConv2d { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias), padding: PhantomData }
    }
}

impl<const I: usize, const O: usize, const K: usize, const G: usize, P: Padding>
    GroupedConv2d<I, O, K, G, P>
{
    /// The same layer without a bias. PyTorch's `bias=False`.
    #[inline]
    pub fn without_bias(mut self) -> Self {
        self.bias = init::no_bias();
        self
    }

    /// From `[batch, I, height, width]` to `[batch, O, …]`.
    #[inline]
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "the sizes of the result, spelled out")]
    pub fn forward<S: Pictures>(
        &self,
        x: &Tensor<S>,
    ) -> Tensor<(S::Number, Const<O>, P::Out<S::Height, K>, P::Out<S::Width, K>)>
    where
        S::Channels: Fits<Const<I>>,
    {
        const {
            padding::check_kernel::<P>("GroupedConv2d: this padding", K);
            let what = "the channels of the input and of the layer";
            same_size("GroupedConv2d", what, <S::Channels>::SIZE, I);
            let _ = (<P::Out<S::Height, K>>::SIZE, <P::Out<S::Width, K>>::SIZE);
        }
        Tensor::from_raw(padding::convolve::<P>(x.raw(), self.weight.raw(), self.bias.raw(), G))
    }
}

#[track_caller]
const fn divides(inputs: usize, outputs: usize, groups: usize) {
    if groups == 0 || !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        let msg = Msg::new().s("GroupedConv2d: ").u(inputs).s(" channels to ").u(outputs);
        panic!("{}", msg.s(" do not divide into ").u(groups).s(" groups").as_str())
    }
}

impl<const I: usize, const O: usize, const K: usize, const G: usize, P: Padding> Module
    for GroupedConv2d<I, O, K, G, P>
{
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        self.bias.visit_as("bias", visitor);
    }
}
