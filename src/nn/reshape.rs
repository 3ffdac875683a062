//! The word `reshape`; structs call the tensor's own method.

use crate::nn::plan::{Arguments, Plan, Sizes, Step, Word};
use crate::ops;
use crate::say::Msg;

pub(crate) static WORD: Word = Word {
    name: "reshape",
    arguments: &["size0", "size1=0", "size2=0", "size3=0"],
    add: |plan, numbers| plan.reshaped(numbers),
    code: |step| format!("reshape({:?})", step.output.as_slice()),
    parameters: |_| Vec::new(),
    forward: |step, _, x| {
        let sizes = [&x.sizes()[..1], step.output.as_slice()].concat();
        ops::reshape(x, &sizes)
    },
    onnx: |step, nodes, x| nodes.reshape(x, &signed(step)),
};

/// The sizes of the output, as ONNX counts.
fn signed(step: &Step) -> Vec<i64> {
    step.output.as_slice().iter().map(|&size| size as i64).collect()
}

impl Plan {
    /// The same values, in row-major order, under other sizes (up to four) with the same product: `[12]` becomes `[3, 2, 2]`
    /// by `.reshape([3, 2, 2])`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([784]).reshape([1, 28, 28]).conv2d(8, 3));
    /// assert_eq!(model.forward(&Tensor::<Rank2<2, 784>>::ones()).shape(), [2, 8, 26, 26]);
    /// ```
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // reshape([3, 28]): it has 84 values, its input [784] has 784
    /// let model = sequential!(Input([784]).reshape([3, 28]));
    /// ```
    #[track_caller]
    pub const fn reshape<const RANK: usize>(self, sizes: [usize; RANK]) -> Plan {
        if RANK == 0 || RANK > 4 {
            return self.fail(Msg::new().s("reshape needs one to four sizes, got ").u(RANK));
        }
        let mut numbers = [0.0; 8];
        let mut i = 0;
        while i < RANK {
            numbers[i] = sizes[i] as f64;
            if sizes[i] == 0 {
                let message = Msg::new().s("reshape(").sizes(&sizes).s("): every size must be at least 1");
                return self.fail(message);
            }
            i += 1;
        }
        self.reshaped(&numbers)
    }

    /// By the sizes before the first 0.
    #[track_caller]
    const fn reshaped(self, numbers: &Arguments) -> Plan {
        let mut sizes = [0; 4];
        let mut rank = 0;
        while rank < 4 && numbers[rank] > 0.0 {
            sizes[rank] = numbers[rank] as usize;
            rank += 1;
        }
        let (input, output) = (self.output(), Sizes::new(sizes.split_at(rank).0));
        if output.total() == input.total() {
            return self.then(&WORD, *numbers, output);
        }
        let message = Msg::new().s("reshape(").sizes(output.as_slice()).s("): it has ").u(output.total());
        let message = message.s(" values, its input ").sizes(input.as_slice()).s(" has ").u(input.total());
        self.fail(message).then(&WORD, *numbers, output)
    }
}
