//! What the pooling words share: `max_pool1d`, `avg_pool1d`, `max_pool2d` and `avg_pool2d`.

use crate::io::onnx::{Attribute, Nodes};
use crate::nn::convolution::output;
use crate::nn::plan::{Plan, Step, Word, arguments};
use crate::say::Msg;

/// The arguments of a pooling word; a stride of 0 stands for the window.
pub(super) const ARGUMENTS: &[&str] = &["window", "stride=0", "padding=0"];

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

/// What `AveragePool` and `MaxPool` are told of the windows.
pub(super) fn windows(step: &Step) -> [(&'static str, Attribute); 3] {
    let dimensions = step.word.dimensions();
    [
        ("kernel_shape", Attribute::Ints(vec![step.size(0); dimensions])),
        ("pads", Attribute::Ints(vec![step.size(2); 2 * dimensions])),
        ("strides", Attribute::Ints(vec![stride(step); dimensions])),
    ]
}

/// Means, for which the zeros of the padding count.
pub(super) fn average(step: &Step, nodes: &mut Nodes, x: &str) -> String {
    let [kernel, pads, strides] = windows(step);
    nodes.op("AveragePool", &[x], &[("count_include_pad", Attribute::Int(1)), kernel, pads, strides])
}

impl Plan {
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
        let flat = word.dimensions() == 1;
        let harmless = output(flat, [input.get(0), 1, 1]);
        if window == 0 {
            return self
                .fail(Msg::call(word.name, &[window]).s(": every size must be at least 1"))
                .then(word, numbers, harmless);
        }
        if input.rank() != if flat { 2 } else { 3 } {
            let message = Msg::call(word.name, &[window]).s(word.needs());
            return self.fail_on_input(message, "").then(word, numbers, harmless);
        }
        if 2 * padding > window {
            let message = Msg::call(word.name, &[window])
                .s(": the padding must be at most half of the window, got ")
                .u(padding);
            return self.fail(message).then(word, numbers, harmless);
        }
        let height = input.get(1) + 2 * padding;
        let width = if flat { height } else { input.get(2) + 2 * padding };
        if height < window || width < window {
            let message = Msg::call(word.name, &[window]).s(": the window (").u(window);
            let message = if flat { message } else { message.s("x").u(window) };
            return self
                .fail_on_input(message.s(") is larger than its input "), "")
                .then(word, numbers, harmless);
        }
        let stride = if stride == 0 { window } else { stride };
        let sizes = [input.get(0), (height - window) / stride + 1, (width - window) / stride + 1];
        self.then(word, numbers, output(flat, sizes))
    }
}
