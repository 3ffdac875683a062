//! The word `relu`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "relu",
    arguments: &[],
    add: |plan, _| plan.relu(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::relu(x),
    onnx: |_, nodes, x| nodes.op("Relu", &[x], &[]),
};

impl Plan {
    /// `max(x, 0)` of every value.
    #[track_caller]
    pub const fn relu(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
