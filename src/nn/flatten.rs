//! The word `flatten`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Sizes, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "flatten",
    arguments: &[],
    add: |plan, _| plan.flatten(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::flatten(x),
    onnx: |_, nodes, x| nodes.op("Flatten", &[x], &[]),
};

impl Plan {
    /// All values in one row, in row-major order: `[C, H, W]` becomes `[C * H * W]`.
    #[track_caller]
    pub const fn flatten(self) -> Plan {
        let output = Sizes::new(&[self.output().total()]);
        self.then(&WORD, [0.0; 8], output)
    }
}
