//! A table of learnt vectors: the word `embedding`, and [`Embedding`] for structs.

use crate::axes::Append;
use crate::dtype::TokenId;
use crate::io::onnx::{self, Attribute};
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Word, arguments};
use crate::ops;
use crate::say::Msg;
use crate::shape::{Const, Rank2};
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "embedding",
    arguments: &["entries", "size"],
    add: |plan, &[entries, size, ..]| plan.embedding(entries as usize, size as usize),
    code: |step| step.call(2),
    parameters: |step| vec![("weight", init::standard_normal(&[step.size(0), step.size(1)]))],
    forward: |_, parameters, x| ops::embedding(&parameters[0], &ops::ids(x), &x.sizes(), None),
    onnx: |_, nodes, x| {
        let ids = nodes.op("Cast", &[x], &[("to", Attribute::Int(onnx::INT64))]);
        let table = nodes.parameter(0);
        nodes.op("Gather", &[&table, &ids], &[])
    },
};

impl Plan {
    /// A learnt vector of `size` numbers for each of `entries` token ids: `[T]` becomes `[T, size]`. The input holds the
    /// ids, whole numbers from 0: only [`Plan::flatten`] may stand between it and this.
    #[track_caller]
    pub const fn embedding(self, entries: usize, size: usize) -> Plan {
        let numbers = arguments(&[entries as f64, size as f64]);
        let input = self.output();
        let plan = if entries == 0 || size == 0 {
            self.fail(Msg::call("embedding", &[entries, size]).s(": every size must be at least 1"))
        } else if input.rank() > 3 {
            self.fail_on_input(
                Msg::call("embedding", &[entries, size])
                    .s(" needs token ids of one to three dimensions, got "),
                "",
            )
        } else {
            match self.last() {
                Some(step) if !matches!(step.word.name.as_bytes(), b"flatten") => self.fail(
                    Msg::call("embedding", &[entries, size])
                        .s(" needs token ids, not what ")
                        .s(step.word.name)
                        .s(" makes of them: put it right behind `Input`"),
                ),
                _ => self,
            }
        };
        let size = if size == 0 { 1 } else { size };
        let output = match *input.as_slice() {
            [a] => Sizes::new(&[a, size]),
            [a, b] => Sizes::new(&[a, b, size]),
            [a, b, c] => Sizes::new(&[a, b, c, size]),
            _ => input,
        };
        plan.then(&WORD, numbers, output)
    }
}

/// A learnt vector of `D` numbers for each of `V` token ids.
///
/// ```
/// use ferrolab::nn::Embedding;
/// use ferrolab::prelude::*;
/// let words = Embedding::<100, 8>::default();
/// let sentence = Tensor::<Rank2<1, 3>, i64>::from([[5, 17, 5]]); // ids: whole numbers below 100
/// let vectors: Tensor<Rank3<1, 3, 8>> = words.forward(&sentence);
/// assert_eq!(vectors.to_vec()[..8], vectors.to_vec()[16..]);
/// ```
pub struct Embedding<const V: usize, const D: usize> {
    /// `[entries, size]`, as in PyTorch.
    pub weight: Tensor<Rank2<V, D>>,
    padding: Option<usize>,
}

impl<const V: usize, const D: usize> Default for Embedding<V, D> {
    /// From the standard normal distribution, as in PyTorch.
    #[inline]
    fn default() -> Self {
        Embedding { weight: Tensor::from_raw(init::standard_normal(&[V, D])), padding: None }
    }
}

impl<const V: usize, const D: usize> Embedding<V, D> {
    /// With an id that only fills up short sentences: its vector is zero and is not learnt. PyTorch's `padding_idx`.
    ///
    /// ***Panics*** if there is no such entry.
    #[track_caller]
    pub fn padding(mut self, id: usize) -> Self {
        assert!(id < V, "Embedding: there is no entry {id} in a table of {V}");
        self.padding = Some(id);
        self.weight.raw().update(|values| values[id * D..(id + 1) * D].fill(0.0));
        self
    }

    /// From ids of shape `[..]`, of type `i64` or whole numbers of `f32`, to vectors `[.., D]`.
    ///
    /// ***Panics*** if an id is not a whole number below `V`.
    #[inline]
    #[track_caller]
    pub fn forward<S: Append<Const<D>>, I: TokenId>(&self, ids: &Tensor<S, I>) -> Tensor<S::Of> {
        let (ids, sizes) = (I::ids(ids.stored()), ids.shape());
        Tensor::from_raw(ops::embedding(self.weight.raw(), &ids, &sizes, self.padding))
    }

    /// The vectors of a list of ids: `[ids, D]`.
    ///
    /// ***Panics*** if an id is not below `V`.
    #[inline]
    #[track_caller]
    pub fn lookup(&self, ids: &[usize]) -> Tensor<(usize, Const<D>)> {
        Tensor::from_raw(ops::embedding(self.weight.raw(), ids, &[ids.len()], self.padding))
    }
}

impl<const V: usize, const D: usize> Module for Embedding<V, D> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.parameter("weight", self.weight.raw());
    }
}
