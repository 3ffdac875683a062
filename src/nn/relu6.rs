//! The word `relu6`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "relu6",
    arguments: &[],
    add: |plan, _| plan.relu6(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::relu6(x),
    onnx: |_, nodes, x| {
        let (least, most) = (nodes.float("least", 0.0), nodes.float("most", 6.0));
        nodes.op("Clip", &[x, &least, &most], &[])
    },
};

impl Plan {
    /// `min(max(x, 0), 6)` of every value: `relu` for networks that will compute with few bits.
    #[track_caller]
    pub const fn relu6(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
