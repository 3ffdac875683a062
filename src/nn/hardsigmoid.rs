//! The word `hardsigmoid`; structs call the tensor's own method.

use crate::io::onnx::Attribute;
use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "hardsigmoid",
    arguments: &[],
    add: |plan, _| plan.hardsigmoid(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::hardsigmoid(x),
    onnx: |_, nodes, x| {
        nodes.op(
            "HardSigmoid",
            &[x],
            &[("alpha", Attribute::Float(1.0 / 6.0)), ("beta", Attribute::Float(0.5))],
        )
    },
};

impl Plan {
    /// `min(max(x + 3, 0), 6) / 6` of every value: a cheap `sigmoid`.
    #[track_caller]
    pub const fn hardsigmoid(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
