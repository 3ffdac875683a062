//! Means over windows of a picture: the word `avg_pool2d`, and [`AvgPool2d`] for structs.

use crate::axes::WindowedBy;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::nn::pool;
use crate::ops;
use crate::ops::Windowed;
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "avg_pool2d",
    arguments: pool::ARGUMENTS,
    add: |plan, &[window, stride, padding, ..]| {
        plan.pool(&WORD, window as usize, stride as usize, padding as usize)
    },
    code: pool::code,
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::avg_pool2d(x, step.size(0), pool::stride(step), step.size(2)),
    onnx: pool::average,
};

impl Plan {
    /// The mean of each square window, window beside window: `[C, H, W]` becomes `[C, H / window, W / window]`, rounded
    /// down. [`Plan::stride`] and [`Plan::padding`] after it change that; zeros of the padding count as values.
    #[track_caller]
    pub const fn avg_pool2d(self, window: usize) -> Plan {
        self.pool(&WORD, window, 0, 0)
    }
}

/// The mean of each window of `K` x `K`, window beside window.
///
/// ```
/// use ferrolab::nn::AvgPool2d;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 1, 2, 4>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0]);
/// assert_eq!(AvgPool2d::<2>.forward(&x).to_vec(), [4.5, 4.5]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AvgPool2d<const K: usize>;

impl<const K: usize> AvgPool2d<K> {
    /// From `[batch, C, H, W]` to `[batch, C, H / K, W / K]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: WindowedBy<K, K, 0>>(&self, x: &Tensor<S>) -> Windowed<S, K, K, 0> {
        x.avg_pool2d::<K>()
    }
}

impl<const K: usize> Module for AvgPool2d<K> {
    fn visit(&self, _: &mut dyn Visitor) {}
}
