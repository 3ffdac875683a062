//! Maximum over windows of a picture: the word `max_pool2d`, and [`MaxPool2d`] for structs.

use crate::axes::Pictures;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Word, arguments};
use crate::ops;
use crate::say::Msg;
use crate::shape::Div;
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "max_pool2d",
    arguments: &["window"],
    add: |plan, &[window, ..]| plan.max_pool2d(window as usize),
    code: |step| step.call(1),
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::max_pool2d(x, step.size(0)),
};

impl Plan {
    /// The greatest value of each square window, window beside window: `[C, H, W]` becomes
    /// `[C, H / window, W / window]`, rounded down.
    #[track_caller]
    pub const fn max_pool2d(self, window: usize) -> Plan {
        let name = Msg::new().s("max_pool2d(").u(window).s(")");
        let input = self.output();
        let arguments = arguments(&[window as f64]);
        let harmless = Sizes::new(&[input.get(0), 1, 1]);
        if window == 0 {
            return self.fail(name.s(": every size must be at least 1")).then(&WORD, arguments, harmless);
        }
        if input.rank() != 3 {
            let message = name.s(" needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then(&WORD, arguments, harmless);
        }
        if input.get(1) < window || input.get(2) < window {
            let message =
                name.s(": the window (").u(window).s("x").u(window).s(") is larger than its input ");
            return self.fail_on_input(message, "").then(&WORD, arguments, harmless);
        }
        let output = Sizes::new(&[input.get(0), input.get(1) / window, input.get(2) / window]);
        self.then(&WORD, arguments, output)
    }
}

/// The greatest value of each window of `K` x `K`, window beside window.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 1, 2, 4>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0]);
/// assert_eq!(MaxPool2d::<2>.forward(&x).to_vec(), [8.0, 6.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxPool2d<const K: usize>;

impl<const K: usize> MaxPool2d<K> {
    /// From `[batch, C, H, W]` to `[batch, C, H / K, W / K]`.
    #[inline]
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "the sizes of the result, spelled out")]
    pub fn forward<S: Pictures>(
        &self,
        x: &Tensor<S>,
    ) -> Tensor<(S::Number, S::Channels, Div<S::Height, K>, Div<S::Width, K>)> {
        x.max_pool2d::<K>()
    }
}

impl<const K: usize> Module for MaxPool2d<K> {
    fn visit(&self, _: &mut dyn Visitor) {}
}
