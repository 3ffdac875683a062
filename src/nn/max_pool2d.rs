//! Maximum over windows of a picture: the word `max_pool2d`, and [`MaxPool2d`] for structs.

use crate::axes::PooledBy;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::nn::pool;
use crate::ops;
use crate::ops::Pooled;
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "max_pool2d",
    arguments: pool::ARGUMENTS,
    add: |plan, &[window, stride, padding, ..]| {
        plan.pool(&WORD, window as usize, stride as usize, padding as usize)
    },
    code: pool::code,
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::max_pool2d_with(x, step.size(0), pool::stride(step), step.size(2)),
    onnx: |step, nodes, x| nodes.op("MaxPool", &[x], &pool::windows(step)),
};

impl Plan {
    /// The greatest value of each square window, window beside window: `[C, H, W]` becomes
    /// `[C, H / window, W / window]`, rounded down. [`Plan::stride`] and [`Plan::padding`] after it change that.
    #[track_caller]
    pub const fn max_pool2d(self, window: usize) -> Plan {
        self.pool(&WORD, window, 0, 0)
    }
}

/// The greatest value of each window of `K` x `K`, window beside window.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 1, 2, 4>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0]);
/// assert_eq!(MaxPool2d::<2>.forward(&x).to_vec(), [8.0, 6.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxPool2d<const K: usize>;

impl<const K: usize> MaxPool2d<K> {
    /// From `[batch, C, H, W]` to `[batch, C, H / K, W / K]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: PooledBy<K>>(&self, x: &Tensor<S>) -> Pooled<S, K> {
        x.max_pool2d::<K>()
    }
}

impl<const K: usize> Module for MaxPool2d<K> {
    fn visit(&self, _: &mut dyn Visitor) {}
}
