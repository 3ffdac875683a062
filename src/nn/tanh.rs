//! The word `tanh`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "tanh",
    arguments: &[],
    add: |plan, _| plan.tanh(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::tanh(x),
    onnx: |_, nodes, x| nodes.op("Tanh", &[x], &[]),
};

impl Plan {
    /// The hyperbolic tangent of every value.
    #[track_caller]
    pub const fn tanh(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
