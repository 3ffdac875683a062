//! The word `softplus`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "softplus",
    arguments: &[],
    add: |plan, _| plan.softplus(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::softplus(x),
    onnx: |_, nodes, x| nodes.op("Softplus", &[x], &[]),
};

impl Plan {
    /// `ln(1 + exp(x))` of every value: a smooth `relu`.
    #[track_caller]
    pub const fn softplus(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
