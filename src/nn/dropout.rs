//! Dropout: the word `dropout`, and [`Dropout`] for structs.

use crate::nn::mode::{DROPOUT_LEFT_OUT, evaluated, is_training};
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word, arguments};
use crate::ops;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "dropout",
    arguments: &["rate"],
    add: |plan, &[rate, ..]| plan.dropout(rate as f32),
    code: |step| format!("dropout({})", step.arguments[0] as f32),
    parameters: |_| Vec::new(),
    forward: |step, _, x| dropout(x, step.arguments[0] as f32),
    onnx: |_, _, x| x.to_owned(),
};

impl Plan {
    /// While training, sets each value to zero with probability `rate` and divides the others by `1 - rate`; otherwise
    /// does nothing (Srivastava et al. 2014, <https://jmlr.org/papers/v15/srivastava14a.html>).
    #[track_caller]
    pub const fn dropout(self, rate: f32) -> Plan {
        let plan = self.then_alike(&WORD, arguments(&[rate as f64]));
        if rate >= 0.0 && rate < 1.0 {
            return plan;
        }
        plan.fail(
            Msg::new().s("dropout: the rate must be at least 0 and below 1, for example `.dropout(0.25)`"),
        )
    }
}

/// Sets values to zero at random while training; see [`Plan::dropout`] and [`training`](crate::nn::training).
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rate: f32,
}

impl Dropout {
    /// ***Panics*** unless `rate` is at least 0 and below 1.
    #[track_caller]
    pub fn new(rate: f32) -> Self {
        assert!((0.0..1.0).contains(&rate), "dropout: the rate must be at least 0 and below 1, got {rate}");
        Dropout { rate }
    }

    /// The same shape, some values zero while training.
    #[inline]
    pub fn forward<S: Shape>(&self, x: &Tensor<S>) -> Tensor<S> {
        Tensor::from_raw(dropout(x.raw(), self.rate))
    }
}

impl Default for Dropout {
    /// Half of the values, as in PyTorch.
    fn default() -> Self {
        Dropout::new(0.5)
    }
}

impl Module for Dropout {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// [`ops::dropout`] while training.
#[track_caller]
pub(super) fn dropout(x: &Raw, rate: f32) -> Raw {
    match rate > 0.0 {
        true if is_training() => ops::dropout(x, rate),
        true => evaluated(DROPOUT_LEFT_OUT, x.clone()),
        false => x.clone(),
    }
}
