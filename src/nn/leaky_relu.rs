//! The word `leaky_relu`; structs call the tensor's own method.

use crate::io::onnx::Attribute;
use crate::nn::plan::{Plan, Word, arguments};
use crate::ops;
use crate::say::Msg;

pub(crate) static WORD: Word = Word {
    name: "leaky_relu",
    arguments: &["slope"],
    add: |plan, &[slope, ..]| plan.leaky_relu(slope as f32),
    code: |step| format!("leaky_relu({:?})", step.arguments[0] as f32),
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::leaky_relu(x, step.arguments[0] as f32),
    onnx: |step, nodes, x| {
        nodes.op("LeakyRelu", &[x], &[("alpha", Attribute::Float(step.arguments[0] as f32))])
    },
};

impl Plan {
    /// `x` above zero, `slope · x` below: `relu` whose gradient never dies. PyTorch's own slope is 0.01.
    #[track_caller]
    pub const fn leaky_relu(self, slope: f32) -> Plan {
        let plan = self.then_alike(&WORD, arguments(&[slope as f64]));
        if slope >= 0.0 && slope < 1.0 {
            return plan;
        }
        plan.fail(
            Msg::new()
                .s("leaky_relu: the slope must be at least 0 and below 1, for example `.leaky_relu(0.01)`"),
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::plan::Plan;

    #[test]
    fn a_number_that_makes_no_sense_is_refused() {
        let plan = Plan::new(&[4], false).leaky_relu(-1.0);
        assert_eq!(
            plan.mistake(),
            Some("leaky_relu: the slope must be at least 0 and below 1, for example `.leaky_relu(0.01)`")
        );
    }
}
