//! What the words `conv1d` and `conv2d` share: [`Convolution`], its numbers, and how it fits its input.

use crate::io::onnx::{Attribute, Nodes};
use crate::nn::init;
use crate::nn::plan::{Arguments, Plan, Sizes, Step, Word, arguments};
use crate::ops::Moves;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::conv_out;

/// The arguments of the words.
pub(super) const ARGUMENTS: &[&str] =
    &["filters", "kernel", "stride", "padding", "dilation=1", "groups=1", "bias=1"];

/// The numbers of a convolution in a plan.
#[derive(Clone, Copy)]
pub(super) struct Convolution {
    pub(super) word: &'static Word,
    pub(super) filters: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
    pub(super) dilation: usize,
    pub(super) groups: usize,
    pub(super) bias: bool,
    /// The padding follows from the kernel. Not in files, which hold the padding itself.
    pub(super) same: bool,
}

impl Convolution {
    /// With a bias, stride 1 and no padding, dilation or groups.
    pub(super) const fn new(word: &'static Word, filters: usize, kernel: usize) -> Convolution {
        let (stride, padding, dilation, groups) = (1, 0, 1, 1);
        Convolution { word, filters, kernel, stride, padding, dilation, groups, bias: true, same: false }
    }

    pub(super) const fn of(step: &Step) -> Convolution {
        Convolution::from_numbers(step.word, &step.arguments)
    }

    pub(super) const fn from_numbers(word: &'static Word, numbers: &Arguments) -> Convolution {
        Convolution {
            word,
            filters: numbers[0] as usize,
            kernel: numbers[1] as usize,
            stride: numbers[2] as usize,
            padding: numbers[3] as usize,
            dilation: numbers[4] as usize,
            groups: numbers[5] as usize,
            bias: numbers[6] == 1.0,
            same: numbers[7] == 1.0,
        }
    }

    pub(super) fn moves(&self) -> Moves {
        Moves::square(self.stride, self.padding, self.dilation, self.groups)
    }

    /// How many pixels the dilated kernel spans.
    const fn reach(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// `conv2d(64, 3)`: the beginning of a message.
    const fn call(&self) -> Msg {
        Msg::call(self.word.name, &[self.filters, self.kernel])
    }
}

impl Plan {
    #[track_caller]
    pub(super) const fn convolve(self, it: Convolution) -> Plan {
        let Convolution { word, filters, kernel, stride, padding, dilation, groups, bias, same } = it;
        let input = self.output();
        let numbers = [filters, kernel, stride, padding, dilation, groups, bias as usize, same as usize];
        let mut arguments = arguments(&[]);
        let mut i = 0;
        while i < numbers.len() {
            arguments[i] = numbers[i] as f64;
            i += 1;
        }
        let flat = word.dimensions() == 1;
        // Some size that later layers can go on with, when this one is wrong.
        let harmless = output(flat, [if filters == 0 { 1 } else { filters }, 1, 1]);
        if filters == 0 || kernel == 0 || stride == 0 || dilation == 0 || groups == 0 {
            return self.fail(it.call().s(": every size must be at least 1")).then(word, arguments, harmless);
        }
        if input.rank() != if flat { 2 } else { 3 } {
            return self.fail_on_input(it.call().s(word.needs()), "").then(word, arguments, harmless);
        }
        if !input.get(0).is_multiple_of(groups) || !filters.is_multiple_of(groups) {
            let message = it.call().s(": ").u(input.get(0)).s(" channels to ").u(filters);
            let message = message.s(" do not divide into ").u(groups).s(" groups");
            return self.fail(message).then(word, arguments, harmless);
        }
        let height = input.get(1);
        let width = if flat { height } else { input.get(2) };
        if height + 2 * padding < it.reach() || width + 2 * padding < it.reach() {
            let message = it.call().s(": the kernel (").u(kernel);
            let message = if flat { message } else { message.s("x").u(kernel) };
            let message = if dilation == 1 { message } else { message.s(", with dilation ").u(dilation) };
            let message = message.s(") is larger than its input ");
            return self.fail_on_input(message, "").then(word, arguments, harmless);
        }
        let height = conv_out(height, it.reach(), stride, padding);
        let width = conv_out(width, it.reach(), stride, padding);
        self.then(word, arguments, output(flat, [filters, height, width]))
    }
}

/// The sizes of sequences or of pictures.
pub(super) const fn output(flat: bool, [channels, height, width]: [usize; 3]) -> Sizes {
    if flat { Sizes::new(&[channels, height]) } else { Sizes::new(&[channels, height, width]) }
}

pub(super) fn code(step: &Step) -> String {
    let Convolution { kernel, stride, padding, dilation, groups, bias, .. } = Convolution::of(step);
    let mut code = step.call(2);
    if groups != 1 {
        code.push_str(&format!(".groups({groups})"));
    }
    let same = padding > 0 && kernel % 2 == 1 && padding == dilation * (kernel / 2);
    if same {
        code.push_str(".same()");
    }
    let mut modifier = |name: &str, number: usize, usual: usize| {
        if number != usual {
            code.push_str(&format!(".{name}({number})"));
        }
    };
    modifier("padding", if same { 0 } else { padding }, 0);
    modifier("dilation", dilation, 1);
    modifier("stride", stride, 1);
    if !bias {
        code.push_str(".without_bias()");
    }
    code
}

pub(super) fn parameters(step: &Step) -> Vec<(&'static str, Raw)> {
    let Convolution { word, filters, kernel, groups, bias, .. } = Convolution::of(step);
    let mut sizes = vec![filters, step.input.get(0) / groups];
    sizes.resize(2 + word.dimensions(), kernel);
    let mut all = init::weight_and_bias(&sizes);
    all.truncate(if bias { 2 } else { 1 });
    all
}

pub(super) fn onnx(step: &Step, nodes: &mut Nodes, x: &str) -> String {
    let Convolution { word, kernel, stride, padding, dilation, groups, .. } = Convolution::of(step);
    let each = |number: usize| Attribute::Ints(vec![number; word.dimensions()]);
    let attributes = [
        ("dilations", each(dilation)),
        ("group", Attribute::Int(groups as i64)),
        ("kernel_shape", each(kernel)),
        ("pads", Attribute::Ints(vec![padding; 2 * word.dimensions()])),
        ("strides", each(stride)),
    ];
    nodes.op_of_parameters("Conv", x, &attributes)
}
