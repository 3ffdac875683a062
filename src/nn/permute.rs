//! The word `permute`; structs call the tensor's own method.

use crate::nn::plan::{Arguments, Plan, Sizes, Step, Word};
use crate::ops;
use crate::say::Msg;

pub(crate) static WORD: Word = Word {
    name: "permute",
    arguments: &["axis0=0", "axis1=0", "axis2=0", "axis3=0"],
    add: |plan, numbers| {
        let rank = plan.output().rank();
        plan.permuted(rank, numbers)
    },
    code: |step| {
        let rank = step.input.rank();
        format!("permute({:?})", (0..rank).map(|i| step.size(i)).collect::<Vec<usize>>())
    },
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::permute(x, &order(step)),
    onnx: |step, nodes, x| nodes.transpose(x, &order(step)),
};

/// The order of the axes, the batch's counted: it stays in front.
fn order(step: &Step) -> Vec<usize> {
    std::iter::once(0).chain((0..step.input.rank()).map(|i| step.size(i) + 1)).collect()
}

impl Plan {
    /// The axes in another order: axis `i` of the result is the one of the input whose number stands at place `i`, counted
    /// from 0 and without the batch. `.permute([1, 0])` takes sequences `[steps, features]` to `[channels, length]` and
    /// back.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([20, 4]).permute([1, 0]).conv1d(8, 3).permute([1, 0]).lstm(5));
    /// assert_eq!(model.forward(&Tensor::<Rank3<2, 20, 4>>::ones()).shape(), [2, 5]);
    /// ```
    #[track_caller]
    pub const fn permute<const RANK: usize>(self, axes: [usize; RANK]) -> Plan {
        let mut numbers = [0.0; 8];
        let mut i = 0;
        while i < RANK && i < 4 {
            numbers[i] = axes[i] as f64;
            i += 1;
        }
        self.permuted(RANK, &numbers)
    }

    /// By the first `count` numbers.
    #[track_caller]
    const fn permuted(self, count: usize, numbers: &Arguments) -> Plan {
        let input = self.output();
        let rank = input.rank();
        let mut sizes = [1; 4];
        let mut axes = [0; 4];
        let mut right = count == rank;
        let mut i = 0;
        while i < rank {
            axes[i] = numbers[i] as usize;
            right = right && axes[i] < rank;
            let mut other = 0;
            while other < i {
                right = right && axes[other] != axes[i];
                other += 1;
            }
            sizes[i] = if axes[i] < rank { input.get(axes[i]) } else { 1 };
            i += 1;
        }
        let plan = self.then(&WORD, *numbers, Sizes::new(sizes.split_at(rank).0));
        if right {
            return plan;
        }
        let shown = if count < 4 { count } else { 4 };
        let message =
            Msg::new().s("permute(").sizes(axes.split_at(shown).0).s(") must name each of the ").u(rank);
        plan.fail(message.s(" axes of its input ").sizes(input.as_slice()).s(" once, from 0"))
    }
}
