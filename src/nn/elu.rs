//! The word `elu`; structs call the tensor's own method.

use crate::io::onnx::Attribute;
use crate::nn::plan::{Plan, Word, arguments};
use crate::ops;
use crate::say::Msg;

pub(crate) static WORD: Word = Word {
    name: "elu",
    arguments: &["alpha"],
    add: |plan, &[alpha, ..]| plan.elu(alpha as f32),
    code: |step| format!("elu({:?})", step.arguments[0] as f32),
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::elu(x, step.arguments[0] as f32),
    onnx: |step, nodes, x| nodes.op("Elu", &[x], &[("alpha", Attribute::Float(step.arguments[0] as f32))]),
};

impl Plan {
    /// `x` above zero, `alpha (exp(x) - 1)` below (Clevert et al. 2015, <https://arxiv.org/abs/1511.07289>). Usual: 1.
    #[track_caller]
    pub const fn elu(self, alpha: f32) -> Plan {
        let plan = self.then_alike(&WORD, arguments(&[alpha as f64]));
        if alpha > 0.0 && alpha < f32::INFINITY {
            return plan;
        }
        plan.fail(Msg::new().s("elu: alpha must be above 0, for example `.elu(1.0)`"))
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::plan::Plan;

    #[test]
    fn a_number_that_makes_no_sense_is_refused() {
        let plan = Plan::new(&[4], false).elu(-1.0);
        assert_eq!(plan.mistake(), Some("elu: alpha must be above 0, for example `.elu(1.0)`"));
    }
}
