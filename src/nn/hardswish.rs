//! The word `hardswish`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "hardswish",
    arguments: &[],
    add: |plan, _| plan.hardswish(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::hardswish(x),
    onnx: |_, nodes, x| nodes.op("HardSwish", &[x], &[]),
};

impl Plan {
    /// `x · min(max(x + 3, 0), 6) / 6` of every value: a cheap `silu` (MobileNetV3, <https://arxiv.org/abs/1905.02244>).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([2]).hardswish());
    /// let x = Tensor::<Rank2<1, 2>>::from([[-1.0, 2.0]]);
    /// assert_eq!(model.forward(&x).to_vec(), x.hardswish().to_vec());
    /// ```
    #[track_caller]
    pub const fn hardswish(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
