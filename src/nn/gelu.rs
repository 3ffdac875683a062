//! The word `gelu`; structs call the tensor's own method.

use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "gelu",
    arguments: &[],
    add: |plan, _| plan.gelu(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::gelu(x),
};

impl Plan {
    /// `x Φ(x)` of every value, Φ the normal distribution function: the activation of transformers (Hendrycks and Gimpel 2016,
    /// <https://arxiv.org/abs/1606.08415>).
    #[track_caller]
    pub const fn gelu(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
