//! The word `log_softmax`; structs call the tensor's own method.

use crate::io::onnx::Attribute;
use crate::nn::plan::{Plan, Word};
use crate::ops;

pub(crate) static WORD: Word = Word {
    name: "log_softmax",
    arguments: &[],
    add: |plan, _| plan.log_softmax(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::log_softmax(x),
    onnx: |_, nodes, x| nodes.op("LogSoftmax", &[x], &[("axis", Attribute::Int(-1))]),
};

impl Plan {
    /// The logarithms of the [`Plan::softmax`] along the last axis, without its rounding. Not before a cross-entropy, which
    /// takes scores.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([2]).log_softmax());
    /// assert_eq!(model.forward(&Tensor::<Rank2<1, 2>>::from([[3.0, 3.0]])).to_vec(), [-std::f32::consts::LN_2; 2]);
    /// ```
    #[track_caller]
    pub const fn log_softmax(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
