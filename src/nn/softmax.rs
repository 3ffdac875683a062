//! The word `softmax`; structs call the tensor's own method.

use crate::io::onnx::Attribute;
use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "softmax",
    arguments: &[],
    add: |plan, _| plan.softmax(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::softmax(x),
    onnx: |_, nodes, x| nodes.op("Softmax", &[x], &[("axis", Attribute::Int(-1))]),
};

impl Plan {
    /// `exp(x)` divided by the sum of these along the last axis: shares that add up to 1. Not before a cross-entropy, which
    /// takes scores.
    #[track_caller]
    pub const fn softmax(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
