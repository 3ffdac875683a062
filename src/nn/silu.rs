//! The word `silu`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "silu",
    arguments: &[],
    add: |plan, _| plan.silu(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::silu(x),
    onnx: |_, nodes, x| {
        let gate = nodes.op("Sigmoid", &[x], &[]);
        nodes.op("Mul", &[x, &gate], &[])
    },
};

impl Plan {
    /// `x / (1 + exp(-x))` of every value, also called swish (<https://arxiv.org/abs/1710.05941>).
    #[track_caller]
    pub const fn silu(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
