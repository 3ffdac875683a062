//! [`Plan`]: a stack of layers as a constant. Every size is worked out, and every mistake found, while compiling.
//!
//! `sequential!` evaluates the user's tokens twice. The strict plan panics at the first mistake, in the place where it
//! was made. The lenient plan notes it and goes on with harmless sizes: it only names the types, so one mistake gives
//! one error and no follow-ups. The loader of model files runs the lenient plan too, and returns the mistake.
//!
//! Each layer adds its own word in its own file: `impl Plan { pub const fn dense(..) }` in `linear.rs`.

use crate::io::onnx::Nodes;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{MAX_RANK, sizes};

/// The greatest number of layers of a plan.
pub const MAX_LAYERS: usize = 256;

/// What a layer is called and how it is computed.
pub struct Word {
    /// As in the user's code: `conv2d`.
    pub(crate) name: &'static str,
    /// The names that its numbers have in a model file; `dilation=1` need not be there if it is 1.
    pub(crate) arguments: &'static [&'static str],
    /// Adds the layer to a plan with the numbers of a model file.
    pub(crate) add: fn(Plan, &Arguments) -> Plan,
    /// The code that adds it: `conv2d(32, 3).same()`.
    pub(crate) code: fn(&Step) -> String,
    /// New parameters, by PyTorch's names and in its layouts; those that gradients do not flow to are buffers.
    pub(crate) parameters: fn(&Step) -> Vec<(&'static str, Raw)>,
    /// From the parameters and a batch of inputs, a batch of outputs.
    pub(crate) forward: fn(&Step, &[Raw], &Raw) -> Raw,
    /// Writes the layer's operators, for inference, into an ONNX graph: from the name of a batch of inputs the name of a
    /// batch of outputs.
    pub(crate) onnx: fn(&Step, &mut Nodes, &str) -> String,
}

impl Word {
    /// Over how many dimensions a kernel or a window moves: 1 for `conv1d`, otherwise 2.
    pub(crate) const fn dimensions(&self) -> usize {
        if matches!(self.name.as_bytes(), [.., b'1', b'd']) { 1 } else { 2 }
    }

    /// What such a layer needs.
    pub(crate) const fn needs(&self) -> &'static str {
        match self.dimensions() {
            1 => " needs sequences [channels, length], got ",
            _ => " needs an image [channels, height, width], got ",
        }
    }
}

/// The numbers of a layer in the order of [`Word::arguments`], the rest zero. `f64` holds sizes exactly, and rates.
pub type Arguments = [f64; 8];

/// A layer's numbers, the rest zero.
pub(crate) const fn arguments(numbers: &[f64]) -> Arguments {
    let mut all = [0.0; 8];
    let mut i = 0;
    while i < numbers.len() {
        all[i] = numbers[i];
        i += 1;
    }
    all
}

/// A shape without the batch dimension.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    rank: usize,
    dims: [usize; MAX_RANK],
}

/// One layer of a plan.
#[derive(Clone, Copy)]
pub struct Step {
    pub(crate) word: &'static Word,
    pub(crate) arguments: Arguments,
    pub(crate) input: Sizes,
    pub(crate) output: Sizes,
}

/// Layers one after another, from an input of known shape.
#[derive(Clone, Copy)]
pub struct Plan {
    strict: bool,
    mistake: Option<Msg>,
    input: Sizes,
    steps: [Option<Step>; MAX_LAYERS],
    len: usize,
}

/// `Input` that panics at the first mistake.
pub mod strict {
    /// The shape of one input, without the batch dimension.
    #[allow(non_snake_case)]
    #[track_caller]
    pub const fn Input<const RANK: usize>(sizes: [usize; RANK]) -> super::Plan {
        super::Plan::new(&sizes, true)
    }
}

/// `Input` that notes the first mistake and goes on.
pub mod lenient {
    /// The shape of one input, without the batch dimension.
    #[allow(non_snake_case)]
    pub const fn Input<const RANK: usize>(sizes: [usize; RANK]) -> super::Plan {
        super::Plan::new(&sizes, false)
    }
}

impl Sizes {
    pub(crate) const fn new(list: &[usize]) -> Sizes {
        Sizes { rank: list.len(), dims: sizes(list) }
    }

    /// The sizes, such as `[3, 32, 32]`.
    pub const fn as_slice(&self) -> &[usize] {
        self.dims.split_at(self.rank).0
    }

    /// Their number.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// One size; 0 past the last, so that the sizes of any rank can be const arguments.
    pub const fn get(&self, position: usize) -> usize {
        self.dims[position]
    }

    /// How many values such a tensor has.
    pub const fn total(&self) -> usize {
        let (mut product, mut i) = (1, 0);
        while i < self.rank {
            product *= self.dims[i];
            i += 1;
        }
        product
    }
}

impl Plan {
    #[track_caller]
    pub(crate) const fn new(list: &[usize], strict: bool) -> Plan {
        let too_long = list.is_empty() || list.len() > 4;
        let input = if too_long { Sizes::new(&[1]) } else { Sizes::new(list) };
        let plan = Plan { strict, mistake: None, input, steps: [None; MAX_LAYERS], len: 0 };
        if too_long {
            return plan.fail(Msg::new().s("Input needs one to four sizes, got ").u(list.len()));
        }
        if input.total() == 0 {
            let msg =
                Msg::new().s("Input(").shape(input.rank, input.dims).s("): every size must be at least 1");
            return plan.fail(msg);
        }
        plan
    }

    /// The shape of one input.
    pub const fn input(&self) -> Sizes {
        self.input
    }

    /// The shape of one output so far.
    pub const fn output(&self) -> Sizes {
        match self.last() {
            Some(step) => step.output,
            None => self.input,
        }
    }

    /// The layers in their order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps[..self.len].iter().flatten()
    }

    /// The first mistake, if there is one.
    pub fn mistake(&self) -> Option<&str> {
        self.mistake.as_ref().map(Msg::as_str)
    }

    /// Adds a layer.
    #[track_caller]
    pub(crate) const fn then(mut self, word: &'static Word, arguments: Arguments, output: Sizes) -> Plan {
        if self.len == MAX_LAYERS {
            return self.fail(
                Msg::new().s("a plan has at most ").u(MAX_LAYERS).s(" layers: write a struct of layers"),
            );
        }
        self.steps[self.len] = Some(Step { word, arguments, input: self.output(), output });
        self.len += 1;
        self
    }

    /// Adds a layer that changes no size.
    #[track_caller]
    pub(crate) const fn then_alike(self, word: &'static Word, arguments: Arguments) -> Plan {
        let output = self.output();
        self.then(word, arguments, output)
    }

    /// Reports a mistake: panics if the plan is strict, otherwise notes it if it is the first.
    #[track_caller]
    pub(crate) const fn fail(mut self, message: Msg) -> Plan {
        if self.strict {
            panic!("{}", message.as_str())
        }
        if self.mistake.is_none() {
            self.mistake = Some(message);
        }
        self
    }

    /// [`Plan::fail`] with what the layer got: `dense(64) needs a flat input, got [32, 15, 15]`.
    #[track_caller]
    pub(crate) const fn fail_on_input(self, message: Msg, advice: &str) -> Plan {
        let input = self.output();
        self.fail(message.shape(input.rank, input.dims).s(advice))
    }

    pub(crate) const fn last(&self) -> Option<Step> {
        if self.len == 0 { None } else { self.steps[self.len - 1] }
    }

    /// How many layers there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// One layer.
    pub(crate) const fn step(&self, position: usize) -> Option<Step> {
        self.steps[position]
    }

    /// The plan without its last layer, for a modifier that puts it back changed.
    pub(crate) const fn without_last(mut self) -> Plan {
        if self.len > 0 {
            self.len -= 1;
            self.steps[self.len] = None;
        }
        self
    }
}

impl Step {
    /// An argument that is a size.
    pub(crate) const fn size(&self, position: usize) -> usize {
        self.arguments[position] as usize
    }

    /// `word(…)` with its first `count` arguments.
    pub(crate) fn call(&self, count: usize) -> String {
        let arguments: Vec<String> = self.arguments[..count].iter().map(f64::to_string).collect();
        format!("{}({})", self.word.name, arguments.join(", "))
    }
}

/// The user's code, without the line breaks.
impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({:?})", self.input.as_slice())?;
        self.steps().try_for_each(|step| write!(f, ".{}", (step.word.code)(step)))
    }
}
