//! The word `sigmoid`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "sigmoid",
    arguments: &[],
    add: |plan, _| plan.sigmoid(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::sigmoid(x),
    onnx: |_, nodes, x| nodes.op("Sigmoid", &[x], &[]),
};

impl Plan {
    /// `1 / (1 + exp(-x))` of every value.
    #[track_caller]
    pub const fn sigmoid(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
