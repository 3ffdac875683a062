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
    #[track_caller]
    pub const fn hardswish(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
