//! Instance normalisation: the word `instance_norm`, and [`InstanceNorm2d`] for structs.

use crate::array::Array;
use crate::axes::Pictures;
use crate::io::onnx::Attribute;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::ops;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, same_size};
use crate::tensor::Tensor;

/// PyTorch's default, against division by zero.
const EPSILON: f32 = 1e-5;

pub(crate) static WORD: Word = Word {
    name: "instance_norm",
    arguments: &[],
    add: |plan, _| plan.instance_norm(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| forward(x, EPSILON),
    onnx: |step, nodes, x| {
        let channels = step.input.get(0);
        let [ones, zeros] = [1.0, 0.0].map(|value| vec![value; channels]);
        let (ones, zeros) =
            (nodes.floats("ones", &[channels], ones), nodes.floats("zeros", &[channels], zeros));
        nodes.op("InstanceNormalization", &[x, &ones, &zeros], &[("epsilon", Attribute::Float(EPSILON))])
    },
};

impl Plan {
    /// Brings each channel of each picture by itself to mean 0 and variance 1 (Ulyanov et al. 2016,
    /// <https://arxiv.org/abs/1607.08022>); nothing is learnt. `[C, H, W]` stays. With numbers learnt for each channel it is
    /// [`Plan::group_norm`] with as many groups as channels.
    #[track_caller]
    pub const fn instance_norm(self) -> Plan {
        if self.output().rank() != 3 {
            let message = Msg::new().s("instance_norm() needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then_alike(&WORD, [0.0; 8]);
        }
        self.then_alike(&WORD, [0.0; 8])
    }
}

/// Brings each of the `C` channels of each picture by itself to mean 0 and variance 1; nothing is learnt, as in PyTorch's
/// `InstanceNorm2d` unless told otherwise. See [`Plan::instance_norm`].
///
/// ```
/// use ferrolab::nn::InstanceNorm2d;
/// use ferrolab::prelude::*;
/// let dark_and_bright = Tensor::<Rank4<2, 1, 1, 2>>::from([[[[1.0, 3.0]]], [[[101.0, 103.0]]]]);
/// let y = InstanceNorm2d::<1>::default().forward(&dark_and_bright).to_vec();
/// assert!((y[0] - y[2]).abs() < 1e-4 && (y[1] - y[3]).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InstanceNorm2d<const C: usize> {
    /// Added to the variance, against division by zero: 1e-5.
    pub epsilon: f32,
}

impl<const C: usize> Default for InstanceNorm2d<C> {
    fn default() -> Self {
        InstanceNorm2d { epsilon: EPSILON }
    }
}

impl<const C: usize> InstanceNorm2d<C> {
    /// The same shape, `[batch, C, height, width]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: Pictures>(&self, x: &Tensor<S>) -> Tensor<S>
    where
        S::Channels: Fits<Const<C>>,
    {
        const {
            let what = "the channels of the input and of the layer";
            same_size("InstanceNorm2d", what, <S::Channels>::SIZE, C)
        }
        Tensor::from_raw(forward(x.raw(), self.epsilon))
    }
}

impl<const C: usize> Module for InstanceNorm2d<C> {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// A group for each channel, neither scaled nor shifted.
fn forward(x: &Raw, epsilon: f32) -> Raw {
    let channels = x.sizes()[1];
    let [weight, bias] = [1.0, 0.0].map(|value| Raw::new(Array::full(&[channels], value)));
    ops::group_norm(x, channels, &weight, &bias, epsilon)
}
