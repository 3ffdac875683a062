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
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([2]).tanh());
    /// let x = Tensor::<Rank2<1, 2>>::from([[-1.0, 2.0]]);
    /// assert_eq!(model.forward(&x).to_vec(), x.tanh().to_vec());
    /// ```
    #[track_caller]
    pub const fn tanh(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
