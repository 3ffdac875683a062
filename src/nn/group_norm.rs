//! Group normalisation: the word `group_norm`, and [`GroupNorm`] for structs.

use crate::axes::Channelled;
use crate::io::onnx::Attribute;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word, arguments};
use crate::ops;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, Rank1, same_size};
use crate::tensor::Tensor;

/// PyTorch's default, against division by zero.
const EPSILON: f32 = 1e-5;

pub(crate) static WORD: Word = Word {
    name: "group_norm",
    arguments: &["groups"],
    add: |plan, &[groups, ..]| plan.group_norm(groups as usize),
    code: |step| step.call(1),
    parameters: |step| init::ones_and_zeros(step.input.get(0)),
    forward: |step, parameters, x| ops::group_norm(x, step.size(0), &parameters[0], &parameters[1], EPSILON),
    onnx: |step, nodes, x| {
        // The operator of that name counts its weights by group before version 21: groups as channels are instance
        // normalisation.
        let groups = step.size(0);
        let grouped = nodes.reshape(x, &[groups as i64, -1]);
        let [ones, zeros] = [1.0, 0.0].map(|value| vec![value; groups]);
        let (ones, zeros) = (nodes.floats("ones", &[groups], ones), nodes.floats("zeros", &[groups], zeros));
        let epsilon = ("epsilon", Attribute::Float(EPSILON));
        let y = nodes.op("InstanceNormalization", &[&grouped, &ones, &zeros], &[epsilon]);
        let sizes: Vec<i64> = step.input.as_slice().iter().map(|&size| size as i64).collect();
        let mut y = nodes.reshape(&y, &sizes);
        // A weight a channel: a size of 1 for each axis behind the channels'.
        let mut sizes = vec![1; step.input.rank()];
        sizes[0] = step.input.get(0);
        for (place, (name, operator)) in [("weight", "Mul"), ("bias", "Add")].into_iter().enumerate() {
            let values = nodes.floats(name, &sizes, nodes.values(place));
            y = nodes.op(operator, &[&y, &values], &[]);
        }
        y
    },
};

impl Plan {
    /// Brings the channels of each example, in `groups` groups, to mean 0 and variance 1, then scales and shifts each
    /// channel by learnt numbers (Wu and He 2018, <https://arxiv.org/abs/1803.08494>). `[C, ..]` stays.
    #[track_caller]
    pub const fn group_norm(self, groups: usize) -> Plan {
        let channels = self.output().get(0);
        if groups == 0 || !channels.is_multiple_of(groups) {
            let msg = Msg::new().s("group_norm(").u(groups).s("): ").u(channels);
            let msg = msg.s(" channels do not divide into ").u(groups).s(" groups");
            return self.fail(msg).then_alike(&WORD, arguments(&[1.0]));
        }
        self.then_alike(&WORD, arguments(&[groups as f64]))
    }
}

/// Brings the `C` channels of each example, in `G` groups, to mean 0 and variance 1, then scales and shifts each channel
/// by learnt numbers. `GroupNorm<C, C>` is instance normalisation.
///
/// ```
/// use ferrolab::nn::GroupNorm;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<2, 8, 5, 5>>::uniform(0.0, 1.0);
/// assert_eq!(GroupNorm::<4, 8>::default().forward(&x).shape(), [2, 8, 5, 5]);
/// ```
///
/// ```compile_fail
/// use ferrolab::nn::GroupNorm;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<2, 8, 5, 5>>::ones();
/// GroupNorm::<3, 8>::default().forward(&x); // GroupNorm: 8 channels do not divide into 3 groups
/// ```
pub struct GroupNorm<const G: usize, const C: usize> {
    /// `[C]`, at first ones.
    pub weight: Tensor<Rank1<C>>,
    /// `[C]`, at first zeros.
    pub bias: Tensor<Rank1<C>>,
    /// Added to the variance, against division by zero: 1e-5.
    pub epsilon: f32,
}

impl<const G: usize, const C: usize> Default for GroupNorm<G, C> {
    fn default() -> Self {
        let [weight, bias] = init::one_and_zero(C);
        GroupNorm { weight: Tensor::from_raw(weight), bias: Tensor::from_raw(bias), epsilon: EPSILON }
    }
}

impl<const G: usize, const C: usize> GroupNorm<G, C> {
    /// The same shape, `[batch, C, ..]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: Channelled>(&self, x: &Tensor<S>) -> Tensor<S>
    where
        S::Channels: Fits<Const<C>>,
    {
        const {
            divides(C, G);
            same_size("GroupNorm", "the channels of the input and of the layer", <S::Channels>::SIZE, C);
        }
        Tensor::from_raw(ops::group_norm(x.raw(), G, self.weight.raw(), self.bias.raw(), self.epsilon))
    }
}

#[track_caller]
const fn divides(channels: usize, groups: usize) {
    if groups == 0 || !channels.is_multiple_of(groups) {
        let msg = Msg::new().s("GroupNorm: ").u(channels).s(" channels do not divide into ").u(groups);
        panic!("{}", msg.s(" groups").as_str())
    }
}

impl<const G: usize, const C: usize> Module for GroupNorm<G, C> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
        visitor.parameter("bias", self.bias.raw());
    }
}
