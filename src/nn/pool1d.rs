//! Maximum and mean over windows of a sequence: the words `max_pool1d` and `avg_pool1d`, and [`MaxPool1d`] and
//! [`AvgPool1d`] for structs.

use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::nn::pool;
use crate::ops;
use crate::shape::{ConvOut, Dim};
use crate::tensor::Tensor;

pub(crate) static MAX: Word = Word {
    name: "max_pool1d",
    arguments: pool::ARGUMENTS,
    add: |plan, &[window, stride, padding, ..]| {
        plan.pool(&MAX, window as usize, stride as usize, padding as usize)
    },
    code: pool::code,
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::max_pool1d(x, step.size(0), pool::stride(step), step.size(2)),
    onnx: |step, nodes, x| nodes.op("MaxPool", &[x], &pool::windows(step)),
};

pub(crate) static AVG: Word = Word {
    name: "avg_pool1d",
    arguments: pool::ARGUMENTS,
    add: |plan, &[window, stride, padding, ..]| {
        plan.pool(&AVG, window as usize, stride as usize, padding as usize)
    },
    code: pool::code,
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::avg_pool1d(x, step.size(0), pool::stride(step), step.size(2)),
    onnx: pool::average,
};

impl Plan {
    /// The greatest value of each window of a sequence, window beside window: `[C, L]` becomes `[C, L / window]`, rounded
    /// down. [`Plan::stride`] and [`Plan::padding`] after it change that.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([3, 9]).max_pool1d(2));
    /// assert_eq!(model.network().output(), [3, 4]);
    /// ```
    #[track_caller]
    pub const fn max_pool1d(self, window: usize) -> Plan {
        self.pool(&MAX, window, 0, 0)
    }

    /// The mean of each window of a sequence, window beside window: `[C, L]` becomes `[C, L / window]`, rounded down.
    /// [`Plan::stride`] and [`Plan::padding`] after it change that; zeros of the padding count as values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([3, 9]).avg_pool1d(2));
    /// assert_eq!(model.network().output(), [3, 4]);
    /// ```
    #[track_caller]
    pub const fn avg_pool1d(self, window: usize) -> Plan {
        self.pool(&AVG, window, 0, 0)
    }
}

/// The greatest value of each window of `K` steps, window beside window.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank3<1, 1, 5>>::from_vec(vec![1.0, 2.0, 4.0, 3.0, 9.0]);
/// assert_eq!(MaxPool1d::<2>.forward(&x).to_vec(), [2.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxPool1d<const K: usize>;

impl<const K: usize> MaxPool1d<K> {
    /// From `[batch, C, L]` to `[batch, C, L / K]`, rounded down.
    #[inline]
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(
        &self,
        x: &Tensor<(N, C, L)>,
    ) -> Tensor<(N, C, ConvOut<L, K, K, 0>)> {
        x.max_pool1d::<K>()
    }
}

impl<const K: usize> Module for MaxPool1d<K> {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// The mean of each window of `K` steps, window beside window.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank3<1, 1, 5>>::from_vec(vec![1.0, 2.0, 4.0, 3.0, 9.0]);
/// assert_eq!(AvgPool1d::<2>.forward(&x).to_vec(), [1.5, 3.5]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AvgPool1d<const K: usize>;

impl<const K: usize> AvgPool1d<K> {
    /// From `[batch, C, L]` to `[batch, C, L / K]`, rounded down.
    #[inline]
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(
        &self,
        x: &Tensor<(N, C, L)>,
    ) -> Tensor<(N, C, ConvOut<L, K, K, 0>)> {
        x.avg_pool1d::<K>()
    }
}

impl<const K: usize> Module for AvgPool1d<K> {
    fn visit(&self, _: &mut dyn Visitor) {}
}
