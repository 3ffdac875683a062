//! Means over windows of a picture: the words `avg_pool2d` and `global_avg_pool2d`, and [`AvgPool2d`] for structs; what
//! both pooling words share.

use crate::axes::WindowedBy;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Step, Word, arguments};
use crate::ops;
use crate::ops::Windowed;
use crate::say::Msg;
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "avg_pool2d",
    arguments: POOLING,
    add: |plan, &[window, stride, padding, ..]| {
        plan.pool(&WORD, window as usize, stride as usize, padding as usize)
    },
    code,
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::avg_pool2d(x, step.size(0), stride(step), step.size(2)),
};

pub(crate) static GLOBAL: Word = Word {
    name: "global_avg_pool2d",
    arguments: &[],
    add: |plan, _| plan.global_avg_pool2d(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| ops::global_avg_pool2d(x),
};

/// The arguments of a pooling word; a stride of 0 stands for the window.
pub(super) const POOLING: &[&str] = &["window", "stride=0", "padding=0"];

pub(super) fn code(step: &Step) -> String {
    let mut code = step.call(1);
    if step.size(1) > 0 {
        code.push_str(&format!(".stride({})", step.size(1)));
    }
    if step.size(2) > 0 {
        code.push_str(&format!(".padding({})", step.size(2)));
    }
    code
}

/// How far the window moves.
pub(super) fn stride(step: &Step) -> usize {
    if step.size(1) == 0 { step.size(0) } else { step.size(1) }
}

impl Plan {
    /// The mean of each square window, window beside window: `[C, H, W]` becomes `[C, H / window, W / window]`, rounded
    /// down. [`Plan::stride`] and [`Plan::padding`] after it change that; zeros of the padding count as values.
    #[track_caller]
    pub const fn avg_pool2d(self, window: usize) -> Plan {
        self.pool(&WORD, window, 0, 0)
    }

    /// The mean of each channel: `[C, H, W]` becomes `[C]`.
    #[track_caller]
    pub const fn global_avg_pool2d(self) -> Plan {
        let output = Sizes::new(&[self.output().get(0)]);
        if self.output().rank() != 3 {
            let message = Msg::new().s("global_avg_pool2d() needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then(&GLOBAL, [0.0; 8], output);
        }
        self.then(&GLOBAL, [0.0; 8], output)
    }

    /// A pooling; a stride of 0 stands for the window.
    #[track_caller]
    pub(super) const fn pool(
        self,
        word: &'static Word,
        window: usize,
        stride: usize,
        padding: usize,
    ) -> Plan {
        let input = self.output();
        let numbers = arguments(&[window as f64, stride as f64, padding as f64]);
        let harmless = Sizes::new(&[input.get(0), 1, 1]);
        if window == 0 {
            return self
                .fail(Msg::call(word.name, &[window]).s(": every size must be at least 1"))
                .then(word, numbers, harmless);
        }
        if input.rank() != 3 {
            let message =
                Msg::call(word.name, &[window]).s(" needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then(word, numbers, harmless);
        }
        if 2 * padding > window {
            let message = Msg::call(word.name, &[window])
                .s(": the padding must be at most half of the window, got ")
                .u(padding);
            return self.fail(message).then(word, numbers, harmless);
        }
        let (height, width) = (input.get(1) + 2 * padding, input.get(2) + 2 * padding);
        if height < window || width < window {
            let message = Msg::call(word.name, &[window])
                .s(": the window (")
                .u(window)
                .s("x")
                .u(window)
                .s(") is larger than its input ");
            return self.fail_on_input(message, "").then(word, numbers, harmless);
        }
        let stride = if stride == 0 { window } else { stride };
        let output =
            Sizes::new(&[input.get(0), (height - window) / stride + 1, (width - window) / stride + 1]);
        self.then(word, numbers, output)
    }
}

/// The mean of each window of `K` x `K`, window beside window.
///
/// ```
/// use ferrolab::nn::AvgPool2d;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 1, 2, 4>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0]);
/// assert_eq!(AvgPool2d::<2>.forward(&x).to_vec(), [4.5, 4.5]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AvgPool2d<const K: usize>;

impl<const K: usize> AvgPool2d<K> {
    /// From `[batch, C, H, W]` to `[batch, C, H / K, W / K]`.
    #[inline]
    #[track_caller]
    pub fn forward<S: WindowedBy<K, K, 0>>(&self, x: &Tensor<S>) -> Windowed<S, K, K, 0> {
        x.avg_pool2d::<K>()
    }
}

impl<const K: usize> Module for AvgPool2d<K> {
    fn visit(&self, _: &mut dyn Visitor) {}
}
