//! Where in its sequence a step stands: [`PositionalEncoding`] by sines, [`PositionEmbedding`] learnt, and the words
//! `positional_encoding` and `position_embedding`.

use crate::array::Array;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::ops;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Const, Dim, Fits, Rank2, same_size};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "positional_encoding",
    arguments: &[],
    add: |plan, _| plan.positional_encoding(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| encoded(x),
    onnx: |step, nodes, x| {
        let [steps, features] = [step.input.get(0), step.input.get(1)];
        let places = nodes.floats("places", &[steps, features], sines(steps, features));
        nodes.op("Add", &[x, &places], &[])
    },
};

pub(crate) static LEARNT: Word = Word {
    name: "position_embedding",
    arguments: &[],
    add: |plan, _| plan.position_embedding(),
    code: |step| step.call(0),
    parameters: |step| vec![("weight", new_places(step.input.get(0), step.input.get(1)))],
    forward: |_, parameters, x| learnt(x, &parameters[0]),
    onnx: |_, nodes, x| {
        let places = nodes.parameter(0);
        nodes.op("Add", &[x, &places], &[])
    },
};

impl Plan {
    /// Adds sines of the place to a sequence `[steps, features]`; see [`PositionalEncoding`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([12, 16]).positional_encoding());
    /// assert_eq!(model.network().output(), [12, 16]);
    /// ```
    #[track_caller]
    pub const fn positional_encoding(self) -> Plan {
        self.placed(&WORD)
    }

    /// Adds a learnt vector for each place to a sequence `[steps, features]`; see [`PositionEmbedding`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([12]).embedding(50, 8).position_embedding());
    /// assert_eq!(model.parameter_count(), 50 * 8 + 12 * 8);
    /// ```
    #[track_caller]
    pub const fn position_embedding(self) -> Plan {
        self.placed(&LEARNT)
    }

    #[track_caller]
    const fn placed(self, word: &'static Word) -> Plan {
        if self.output().rank() != 2 {
            let message = Msg::new().s(word.name).s("() needs sequences [steps, features], got ");
            return self.fail_on_input(message, "").then_alike(word, [0.0; 8]);
        }
        self.then_alike(word, [0.0; 8])
    }
}

/// Adds to feature `2 i` of step `t` the sine of `t / 10000^(2 i / E)`, to feature `2 i + 1` its cosine (Vaswani et al. 2017,
/// section 3.5, <https://arxiv.org/abs/1706.03762>). Nothing is learnt.
///
/// ```
/// use ferrolab::nn::PositionalEncoding;
/// use ferrolab::prelude::*;
/// let y = PositionalEncoding::<4>.forward(&Tensor::<Rank3<1, 2, 4>>::zeros());
/// assert_eq!(y.to_vec()[..4], [0.0, 1.0, 0.0, 1.0]);
/// assert_eq!(y.to_vec()[4], 1f32.sin());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PositionalEncoding<const E: usize>;

impl<const E: usize> PositionalEncoding<E> {
    /// The same shape, `[batch, steps, E]`.
    #[inline]
    #[track_caller]
    pub fn forward<B: Dim, T: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        x: &Tensor<(B, T, F)>,
    ) -> Tensor<(B, T, F)> {
        const { same_size("PositionalEncoding", "the features of the input and of the layer", F::SIZE, E) }
        Tensor::from_raw(encoded(x.raw()))
    }
}

impl<const E: usize> Module for PositionalEncoding<E> {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// A learnt vector of `E` numbers for each of the first `N` places, added to the step there.
///
/// ```
/// use ferrolab::nn::PositionEmbedding;
/// use ferrolab::prelude::*;
/// let positions = PositionEmbedding::<100, 8>::default(); // for sequences of up to 100 steps
/// assert_eq!(positions.forward(&Tensor::<Rank3<2, 7, 8>>::ones()).shape(), [2, 7, 8]);
/// ```
pub struct PositionEmbedding<const N: usize, const E: usize> {
    /// `[places, features]`
    pub weight: Tensor<Rank2<N, E>>,
}

impl<const N: usize, const E: usize> Default for PositionEmbedding<N, E> {
    /// From a normal distribution of deviation 0.02, as GPT-2 and BERT begin.
    fn default() -> Self {
        PositionEmbedding { weight: Tensor::from_raw(new_places(N, E)) }
    }
}

impl<const N: usize, const E: usize> PositionEmbedding<N, E> {
    /// The same shape, `[batch, steps, E]`.
    ///
    /// ***Panics*** if there are more steps than places.
    #[inline]
    #[track_caller]
    pub fn forward<B: Dim, T: Dim, F: Dim + Fits<Const<E>>>(
        &self,
        x: &Tensor<(B, T, F)>,
    ) -> Tensor<(B, T, F)> {
        const { same_size("PositionEmbedding", "the features of the input and of the layer", F::SIZE, E) }
        Tensor::from_raw(learnt(x.raw(), self.weight.raw()))
    }
}

impl<const N: usize, const E: usize> Module for PositionEmbedding<N, E> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
    }
}

fn new_places(places: usize, features: usize) -> Raw {
    Raw::new(init::normal(&[places, features], 0.0, 0.02)).requires_grad()
}

#[track_caller]
fn learnt(x: &Raw, weight: &Raw) -> Raw {
    let (sizes, all) = (x.sizes(), weight.sizes());
    let steps = sizes[1];
    assert!(steps <= all[0], "PositionEmbedding: a sequence of {steps} steps, but places for {}", all[0]);
    let used = ops::slice(weight, 0, 0, steps);
    add_to_each(x, &ops::reshape(&used, &[steps * all[1]]))
}

fn encoded(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let (steps, features) = (sizes[1], sizes[2]);
    add_to_each(x, &Raw::new(Array::from_vec(&[steps * features], sines(steps, features))))
}

/// What is added to `[steps, features]`.
fn sines(steps: usize, features: usize) -> Vec<f32> {
    let value = |i: usize| {
        let (step, feature) = (i / features, i % features);
        let angle = step as f64 / 10_000f64.powf((feature - feature % 2) as f64 / features as f64);
        (if feature % 2 == 0 { angle.sin() } else { angle.cos() }) as f32
    };
    (0..steps * features).map(value).collect()
}

/// Adds the same values to every sequence of the batch.
fn add_to_each(x: &Raw, values: &Raw) -> Raw {
    let sizes = x.sizes();
    let flat = ops::reshape(x, &[sizes[0], values.len()]);
    ops::reshape(&ops::add_bias(&flat, values), &sizes)
}
