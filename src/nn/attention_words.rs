//! The words `multi_head_attention` and `transformer_encoder`, and their modifiers `causal`, `norm_first`, `activation` and
//! `inner_dropout`. What they compute is in `transformer.rs`.

use crate::io::onnx::{Attribute, Nodes};
use crate::nn::plan::{Arguments, Plan, Step, Word, arguments};
use crate::nn::transformer::{self, ATTENTION, ENCODER, Settings};
use crate::nn::{gelu, layer_norm, relu, silu, tanh};
use crate::ops::{self, AttentionMask};
use crate::raw::Raw;
use crate::say::Msg;

/// Places of the numbers; `multi_head_attention` has the first three only.
const HEADS: usize = 0;
const DROPOUT: usize = 1;
const CAUSAL: usize = 2;
const FEEDFORWARD: usize = 3;
const NORM_FIRST: usize = 4;
const ACTIVATION: usize = 5;

/// The dropout of `transformer_encoder`, as in PyTorch.
const USUAL_DROPOUT: f64 = 0.1;

/// Its word, for ONNX, and what it computes.
type Activation = (&'static Word, fn(&Raw) -> Raw);

/// What may be between the dense layers, in the order of their numbers in files.
static ACTIVATIONS: [Activation; 4] =
    [(&relu::WORD, ops::relu), (&gelu::WORD, ops::gelu), (&silu::WORD, ops::silu), (&tanh::WORD, ops::tanh)];

pub(crate) static ATTEND: Word = Word {
    name: "multi_head_attention",
    arguments: &["heads", "dropout=0", "causal=0"],
    add: |plan, numbers| plan.attend(&ATTEND, numbers),
    code: |step| format!("{}{}", step.call(1), modifiers(step, 0.0)),
    parameters: |step| named(&ATTENTION, transformer::new_attention(step.input.get(1))),
    forward: |step, parameters, x| {
        let dropout = step.arguments[DROPOUT] as f32;
        transformer::multi_head(parameters, step.size(HEADS), [x, x, x], &mask(step), dropout)
    },
    onnx: attention,
};

pub(crate) static ENCODE: Word = Word {
    name: "transformer_encoder",
    arguments: &["heads", "dropout=0.1", "causal=0", "feedforward", "norm_first=0", "activation=0"],
    add: |plan, numbers| plan.attend(&ENCODE, numbers),
    code: |step| {
        let (heads, feedforward) = (step.size(HEADS), step.size(FEEDFORWARD));
        format!("transformer_encoder({heads}, {feedforward}){}", modifiers(step, USUAL_DROPOUT))
    },
    parameters: |step| named(&ENCODER, transformer::new_block(1, step.input.get(1), step.size(FEEDFORWARD))),
    forward: |step, parameters, x| transformer::encode(parameters, &settings(step), x, &mask(step)),
    onnx: encoder,
};

impl Plan {
    /// Attention of a sequence `[steps, features]` to itself in `heads` heads, which must divide the features; the shape
    /// stays. See [`MultiHeadAttention`](crate::nn::MultiHeadAttention). [`Plan::causal`] and [`Plan::inner_dropout`] after
    /// it change it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([5, 8]).skip().multi_head_attention(2).add().layer_norm());
    /// assert_eq!(model.forward(&Tensor::<Rank3<3, 5, 8>>::ones()).shape(), [3, 5, 8]);
    /// ```
    #[track_caller]
    pub const fn multi_head_attention(self, heads: usize) -> Plan {
        self.attend(&ATTEND, &arguments(&[heads as f64]))
    }

    /// A block of a transformer's encoder over a sequence `[steps, features]`: attention to itself in `heads` heads, then two
    /// dense layers with `feedforward` units between them, each with a short cut and a normalisation; the shape stays. See
    /// [`TransformerEncoderLayer`](crate::nn::TransformerEncoderLayer). As in PyTorch its dropout is 0.1, its activation
    /// relu, and it normalises last: [`Plan::inner_dropout`], [`Plan::activation`], [`Plan::norm_first`] and
    /// [`Plan::causal`] after it change that.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([20]).embedding(1000, 32).position_embedding()
    ///     .transformer_encoder(4, 64).activation("gelu").norm_first()
    ///     .layer_norm()
    ///     .mean_over_time()
    ///     .dense(2));
    /// assert_eq!(model.forward(&Tensor::<Rank2<3, 20>>::zeros()).shape(), [3, 2]);
    /// ```
    ///
    /// ```compile_fail
    /// # use ferrolab::prelude::*;
    /// // transformer_encoder(3, 64): 32 features do not divide into 3 heads
    /// let model = sequential!(Input([20, 32]).transformer_encoder(3, 64));
    /// ```
    #[track_caller]
    pub const fn transformer_encoder(self, heads: usize, feedforward: usize) -> Plan {
        self.attend(&ENCODE, &arguments(&[heads as f64, USUAL_DROPOUT, 0.0, feedforward as f64]))
    }

    /// Lets each step of the attention or encoder block before it look at itself and at earlier steps only: what a model that
    /// writes needs.
    #[track_caller]
    pub const fn causal(self) -> Plan {
        match self.last() {
            Some(step) if attends(&step) => self.with(step, CAUSAL, 1.0),
            _ => {
                self.fail(Msg::new().s(
                    "causal() follows attention or an encoder block: `.transformer_encoder(4, 64).causal()`",
                ))
            }
        }
    }

    /// Lets the encoder block before it normalise before attention and dense layers, not behind them: PyTorch's
    /// `norm_first=True`.
    #[track_caller]
    pub const fn norm_first(self) -> Plan {
        match self.last() {
            Some(step) if is_encoder(&step) => self.with(step, NORM_FIRST, 1.0),
            _ => self.fail(
                Msg::new()
                    .s("norm_first() follows an encoder block: `.transformer_encoder(4, 64).norm_first()`"),
            ),
        }
    }

    /// What the encoder block before it has between its dense layers: `"relu"`, `"gelu"`, `"silu"` or `"tanh"`.
    #[track_caller]
    pub const fn activation(self, name: &str) -> Plan {
        let number = match name.as_bytes() {
            b"relu" => 0.0,
            b"gelu" => 1.0,
            b"silu" => 2.0,
            b"tanh" => 3.0,
            _ => {
                let message = Msg::new().s("activation(\"").s(name);
                return self.fail(message.s("\"): it is \"relu\", \"gelu\", \"silu\" or \"tanh\""));
            }
        };
        match self.last() {
            Some(step) if is_encoder(&step) => self.with(step, ACTIVATION, number),
            _ => self.fail(Msg::new().s(
                "activation() follows an encoder block: `.transformer_encoder(4, 64).activation(\"gelu\")`; elsewhere \
                 it is a layer: `.dense(64).gelu()`",
            )),
        }
    }

    /// The share that the attention or encoder block before it drops inside while training: at first 0.1 in a block, as in
    /// PyTorch, and nothing in attention alone.
    #[track_caller]
    pub const fn inner_dropout(self, rate: f32) -> Plan {
        match self.last() {
            Some(step) if attends(&step) => self.with(step, DROPOUT, rate as f64),
            _ => self.fail(Msg::new().s(
                "inner_dropout() follows attention or an encoder block: `.transformer_encoder(4, 64).inner_dropout(0.2)`",
            )),
        }
    }

    /// The last layer again with another number.
    #[track_caller]
    const fn with(self, step: Step, place: usize, number: f64) -> Plan {
        let mut numbers = step.arguments;
        numbers[place] = number;
        self.without_last().attend(step.word, &numbers)
    }

    #[track_caller]
    const fn attend(self, word: &'static Word, numbers: &Arguments) -> Plan {
        let (heads, feedforward) = (numbers[HEADS] as usize, numbers[FEEDFORWARD] as usize);
        let encoder = matches!(word.name.as_bytes(), b"transformer_encoder");
        let input = self.output();
        let plan = self.then_alike(word, *numbers);
        let dropout = numbers[DROPOUT];
        let right = heads > 0
            && (feedforward > 0 || !encoder)
            && input.rank() == 2
            && input.get(1).is_multiple_of(heads)
            && dropout >= 0.0
            && dropout < 1.0
            && numbers[ACTIVATION] < 4.0;
        if right {
            return plan;
        }
        let count = if encoder { 2 } else { 1 };
        let message = Msg::call(word.name, [heads, feedforward].split_at(count).0);
        if heads == 0 || (feedforward == 0 && encoder) {
            return plan.fail(message.s(": every size must be at least 1"));
        }
        if input.rank() != 2 {
            return plan.fail_on_input(message.s(" needs sequences [steps, features], got "), "");
        }
        if !input.get(1).is_multiple_of(heads) {
            let message = message.s(": ").u(input.get(1)).s(" features do not divide into ").u(heads);
            return plan.fail(message.s(" heads"));
        }
        if numbers[ACTIVATION] >= 4.0 {
            return plan.fail(message.s(": there is no activation ").u(numbers[ACTIVATION] as usize));
        }
        plan.fail(
            message.s(": the dropout must be at least 0 and below 1, for example `.inner_dropout(0.1)`"),
        )
    }
}

const fn attends(step: &Step) -> bool {
    is_encoder(step) || matches!(step.word.name.as_bytes(), b"multi_head_attention")
}

const fn is_encoder(step: &Step) -> bool {
    matches!(step.word.name.as_bytes(), b"transformer_encoder")
}

/// The code of what differs from the usual.
fn modifiers(step: &Step, usual_dropout: f64) -> String {
    let mut code = String::new();
    if step.size(NORM_FIRST) == 1 {
        code.push_str(".norm_first()");
    }
    if step.size(ACTIVATION) > 0 {
        code.push_str(&format!(".activation({:?})", activation(step).0.name));
    }
    if step.size(CAUSAL) == 1 {
        code.push_str(".causal()");
    }
    let rate = step.arguments[DROPOUT] as f32;
    if rate != usual_dropout as f32 {
        code.push_str(&format!(".inner_dropout({rate:?})"));
    }
    code
}

fn activation(step: &Step) -> Activation {
    ACTIVATIONS[step.size(ACTIVATION)]
}

fn settings(step: &Step) -> Settings {
    Settings {
        heads: step.size(HEADS),
        dropout: step.arguments[DROPOUT] as f32,
        norm_first: step.size(NORM_FIRST) == 1,
        activation: activation(step).1,
    }
}

fn mask(step: &Step) -> AttentionMask {
    if step.size(CAUSAL) == 1 { AttentionMask::causal() } else { AttentionMask::none() }
}

fn named(names: &[&'static str], parameters: impl IntoIterator<Item = Raw>) -> Vec<(&'static str, Raw)> {
    names.iter().copied().zip(parameters).collect()
}

/// [`transformer::multi_head`] by the layer's first four parameters.
fn attention(step: &Step, nodes: &mut Nodes, x: &str) -> String {
    let (steps, features) = (step.input.get(0), step.input.get(1));
    let (heads, size) = (step.size(HEADS), features / step.size(HEADS));
    let all = nodes.linear_rows(x, 0);
    let all = nodes.reshape(&all, &[steps as i64, 3, heads as i64, size as i64]);
    // Queries, keys and values in front, then batch, heads, steps and the values of a head.
    let all = nodes.transpose(&all, &[2, 0, 3, 1, 4]);
    let [query, key, value] = [("query", 0), ("key", 1), ("value", 2)].map(|(name, place)| {
        let place = nodes.int(name, place);
        nodes.op("Gather", &[&all, &place], &[])
    });
    let scale = nodes.float("scale", 1.0 / (size as f32).sqrt());
    let query = nodes.op("Mul", &[&query, &scale], &[]);
    let key = nodes.transpose(&key, &[0, 1, 3, 2]);
    let mut scores = nodes.op("MatMul", &[&query, &key], &[]);
    if step.size(CAUSAL) == 1 {
        let later = |i: usize| if i % steps > i / steps { f32::NEG_INFINITY } else { 0.0 };
        let mask = nodes.floats("mask", &[steps, steps], (0..steps * steps).map(later).collect());
        scores = nodes.op("Add", &[&scores, &mask], &[]);
    }
    let weights = nodes.op("Softmax", &[&scores], &[("axis", Attribute::Int(-1))]);
    let y = nodes.op("MatMul", &[&weights, &value], &[]);
    let y = nodes.transpose(&y, &[0, 2, 1, 3]);
    let y = nodes.reshape(&y, &[steps as i64, features as i64]);
    nodes.linear_rows(&y, 2)
}

/// [`transformer::encode`].
fn encoder(step: &Step, nodes: &mut Nodes, x: &str) -> String {
    let x = residual(step, nodes, x, 8, attention);
    residual(step, nodes, &x, 10, |step, nodes, x| {
        let hidden = nodes.linear_rows(x, 4);
        let hidden = (activation(step).0.onnx)(step, nodes, &hidden);
        nodes.linear_rows(&hidden, 6)
    })
}

/// `x` plus what `part` makes of it, normalised before or behind by the parameters at `norm`.
fn residual(
    step: &Step,
    nodes: &mut Nodes,
    x: &str,
    norm: usize,
    part: fn(&Step, &mut Nodes, &str) -> String,
) -> String {
    if step.size(NORM_FIRST) == 1 {
        let normalised = layer_norm::onnx(nodes, x, norm);
        let y = part(step, nodes, &normalised);
        nodes.op("Add", &[x, &y], &[])
    } else {
        let y = part(step, nodes, x);
        let sum = nodes.op("Add", &[x, &y], &[]);
        layer_norm::onnx(nodes, &sum, norm)
    }
}
