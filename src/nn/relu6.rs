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
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([3]).relu6());
    /// assert_eq!(model.forward(&Tensor::<Rank2<1, 3>>::from([[-1.0, 2.0, 7.0]])).to_vec(), [0.0, 2.0, 6.0]);
    /// ```
    #[track_caller]
    pub const fn relu6(self) -> Plan {
        self.then_alike(&WORD, [0.0; 8])
    }
}
