//! Short cuts in plans: the words `skip` and `add`. [`Network`](crate::nn::Network) keeps the values meanwhile.

use crate::nn::plan::{Plan, Step, Word};
use crate::say::Msg;

pub(crate) static SKIP: Word = Word {
    name: "skip",
    arguments: &[],
    add: |plan, _| plan.skip(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| x.clone(),
    onnx: |_, _, x| x.to_owned(),
};

pub(crate) static ADD: Word = Word {
    name: "add",
    arguments: &[],
    add: |plan, _| plan.add(),
    code: |step| step.call(0),
    parameters: |_| Vec::new(),
    forward: |_, _, x| x.clone(),
    onnx: |_, _, x| x.to_owned(),
};

/// What a step does to the values that are kept.
pub(super) enum Residual {
    Keep,
    Add,
    Nothing,
}

impl Residual {
    pub(super) const fn of(step: &Step) -> Residual {
        match step.word.name.as_bytes() {
            b"skip" => Residual::Keep,
            b"add" => Residual::Add,
            _ => Residual::Nothing,
        }
    }
}

impl Plan {
    /// Keeps the values here, to be added again at the next [`Plan::add`]: a short cut around the layers between them (He et
    /// al. 2016, <https://arxiv.org/abs/1512.03385>). Short cuts may lie inside each other.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([8]).skip().dense(8).relu().dense(8).add().relu());
    /// assert_eq!(model.forward(&Tensor::<Rank2<3, 8>>::ones()).shape(), [3, 8]);
    /// ```
    #[track_caller]
    pub const fn skip(self) -> Plan {
        self.then_alike(&SKIP, [0.0; 8])
    }

    /// Adds what the [`Plan::skip`] before it kept, which must have the same shape.
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // add(): the layers since `.skip()` made [4] of [8]: both must have the same shape
    /// let model = sequential!(Input([8]).skip().dense(4).add());
    /// ```
    #[track_caller]
    pub const fn add(self) -> Plan {
        let Some(skip) = self.open_skip() else {
            let msg =
                Msg::new().s("add() needs a `.skip()` before it: `.skip().dense(8).relu().dense(8).add()`");
            return self.fail(msg);
        };
        let (from, to) = (skip.output, self.output());
        let mut same = from.rank() == to.rank();
        let mut i = 0;
        while i < from.rank() {
            same = same && from.get(i) == to.get(i);
            i += 1;
        }
        let plan = self.then_alike(&ADD, [0.0; 8]);
        if same {
            return plan;
        }
        let msg = Msg::new().s("add(): the layers since `.skip()` made ").sizes(to.as_slice()).s(" of ");
        plan.fail(msg.sizes(from.as_slice()).s(": both must have the same shape"))
    }

    /// The last `skip` that no `add` belongs to yet.
    const fn open_skip(&self) -> Option<Step> {
        let (mut i, mut adds) = (self.len(), 0);
        while i > 0 {
            i -= 1;
            if let Some(step) = self.step(i) {
                match Residual::of(&step) {
                    Residual::Keep if adds == 0 => return Some(step),
                    Residual::Keep => adds -= 1,
                    Residual::Add => adds += 1,
                    Residual::Nothing => {}
                }
            }
        }
        None
    }

    /// The plan, checked for what is only known at its end: every `skip` has its `add`.
    #[doc(hidden)]
    #[track_caller]
    pub const fn finished(self) -> Plan {
        match self.open_skip() {
            Some(_) => {
                self.fail(Msg::new().s("skip() has no `.add()` behind it: `.skip().dense(8).relu().add()`"))
            }
            None => self,
        }
    }
}
