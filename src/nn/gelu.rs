//! The word `gelu`; structs call the tensor's own method.

use std::f32::consts::SQRT_2;

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "gelu",
    arguments: &[],
    add: |plan, _| plan.gelu(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::gelu(x),
    onnx: |_, nodes, x| {
        // x (1 + erf(x / √2)) / 2: the operator `Gelu` came with version 20.
        let [root, one, half] =
            [("root", SQRT_2), ("one", 1.0), ("half", 0.5)].map(|(name, value)| nodes.float(name, value));
        let scaled = nodes.op("Div", &[x, &root], &[]);
        let erf = nodes.op("Erf", &[&scaled], &[]);
        let sum = nodes.op("Add", &[&erf, &one], &[]);
        let product = nodes.op("Mul", &[x, &sum], &[]);
        nodes.op("Mul", &[&product, &half], &[])
    },
};

impl Plan {
    /// `x Φ(x)` of every value, Φ the normal distribution function: the activation of transformers (Hendrycks and Gimpel 2016,
    /// <https://arxiv.org/abs/1606.08415>).
    #[track_caller]
    pub const fn gelu(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
