//! What transformers compute, without types: several heads of attention, encoder and decoder blocks.

use crate::array::Array;
use crate::nn::dropout::dropout as dropped;
use crate::nn::init;
use crate::nn::mode::{DROPOUT_LEFT_OUT, evaluated, is_training};
use crate::ops::{self, Attended, AttentionMask};
use crate::raw::Raw;

/// PyTorch's default of the normalisations.
const EPSILON: f32 = 1e-5;

/// What a block can be told.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) heads: usize,
    pub(super) dropout: f32,
    /// Normalise before attention and before the dense layers, not behind them.
    pub(super) norm_first: bool,
    pub(super) activation: fn(&Raw) -> Raw,
}

/// The parameters of attention, in PyTorch's order and from its initial values.
pub(super) const ATTENTION: [&str; 4] =
    ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];

/// The parameters of an encoder block, in PyTorch's order.
pub(super) const ENCODER: [&str; 12] = [
    "self_attn.in_proj_weight",
    "self_attn.in_proj_bias",
    "self_attn.out_proj.weight",
    "self_attn.out_proj.bias",
    "linear1.weight",
    "linear1.bias",
    "linear2.weight",
    "linear2.bias",
    "norm1.weight",
    "norm1.bias",
    "norm2.weight",
    "norm2.bias",
];

/// The parameters of a decoder block, in PyTorch's order.
pub(super) const DECODER: [&str; 18] = [
    "self_attn.in_proj_weight",
    "self_attn.in_proj_bias",
    "self_attn.out_proj.weight",
    "self_attn.out_proj.bias",
    "multihead_attn.in_proj_weight",
    "multihead_attn.in_proj_bias",
    "multihead_attn.out_proj.weight",
    "multihead_attn.out_proj.bias",
    "linear1.weight",
    "linear1.bias",
    "linear2.weight",
    "linear2.bias",
    "norm1.weight",
    "norm1.bias",
    "norm2.weight",
    "norm2.bias",
    "norm3.weight",
    "norm3.bias",
];

/// New parameters of attention.
pub(super) fn new_attention(size: usize) -> [Raw; 4] {
    let zeros = |sizes: &[usize]| Raw::new(Array::full(sizes, 0.0)).requires_grad();
    [
        Raw::new(init::xavier_uniform(&[3 * size, size])).requires_grad(),
        zeros(&[3 * size]),
        init::even(&[size, size], 1.0 / (size.max(1) as f32).sqrt()),
        zeros(&[size]),
    ]
}

/// New parameters of a block with so many attentions, dense layers of `hidden` units and one normalisation more.
pub(super) fn new_block(attentions: usize, size: usize, hidden: usize) -> Vec<Raw> {
    let mut all: Vec<Raw> = (0..attentions).flat_map(|_| new_attention(size)).collect();
    all.extend(init::uniform_by_fan_in(&[hidden, size]));
    all.extend(init::uniform_by_fan_in(&[size, hidden]));
    (0..attentions + 1).for_each(|_| all.extend(init::one_and_zero(size)));
    all
}

/// Queries, keys and values times their parts of the weights, attention, and the dense layer behind it.
#[track_caller]
pub(super) fn multi_head(
    parameters: &[Raw],
    heads: usize,
    inputs: [&Raw; 3],
    mask: &AttentionMask,
    dropout: f32,
) -> Raw {
    attended(parameters, heads, inputs, mask, dropout, false).0
}

/// How much each query looks at each key.
#[track_caller]
pub(super) fn weights(parameters: &[Raw], heads: usize, inputs: [&Raw; 3], mask: &AttentionMask) -> Array {
    let Some(weights) = attended(parameters, heads, inputs, mask, 0.0, true).1 else {
        unreachable!("the weights were asked for")
    };
    weights
}

#[track_caller]
fn attended(
    parameters: &[Raw],
    heads: usize,
    [query, key, value]: [&Raw; 3],
    mask: &AttentionMask,
    dropout: f32,
    show: bool,
) -> (Raw, Option<Array>) {
    let [in_weight, in_bias, out_weight, out_bias] = parameters else { unreachable!("four parameters") };
    let size = in_weight.sizes()[1];
    let rate = if is_training() { dropout } else { 0.0 };
    let finish = |(mut y, weights): (Raw, Option<Array>)| {
        if rate < dropout {
            y = evaluated(DROPOUT_LEFT_OUT, y);
        }
        (ops::linear_rows(&y, out_weight, Some(out_bias)), weights)
    };
    if query.id() == key.id() && query.id() == value.id() {
        let all = ops::linear_rows(query, in_weight, Some(in_bias));
        return finish(ops::attend(Attended::Joined(&all), heads, mask, rate, show));
    }
    let project = |x: &Raw, part: usize| {
        let [weight, bias] = [in_weight, in_bias].map(|all| ops::slice(all, 0, part * size, size));
        ops::linear_rows(x, &weight, Some(&bias))
    };
    let (q, k, v) = (project(query, 0), project(key, 1), project(value, 2));
    finish(ops::attend(Attended::Apart([&q, &k, &v]), heads, mask, rate, show))
}

/// `x` plus what `part` makes of it, normalised before or behind.
fn residual(x: &Raw, norm: &[Raw], settings: &Settings, part: impl Fn(&Raw) -> Raw) -> Raw {
    let normalised = |x: &Raw| ops::layer_norm(x, &norm[0], &norm[1], EPSILON);
    if settings.norm_first {
        ops::add(x, &dropped(&part(&normalised(x)), settings.dropout))
    } else {
        normalised(&ops::add(x, &dropped(&part(x), settings.dropout)))
    }
}

fn dense(parameters: &[Raw], settings: &Settings, x: &Raw) -> Raw {
    let hidden = (settings.activation)(&ops::linear_rows(x, &parameters[0], Some(&parameters[1])));
    ops::linear_rows(&dropped(&hidden, settings.dropout), &parameters[2], Some(&parameters[3]))
}

/// An encoder block: attention of the sequence to itself, then two dense layers at every step.
#[track_caller]
pub(super) fn encode(parameters: &[Raw], settings: &Settings, x: &Raw, mask: &AttentionMask) -> Raw {
    let (attention, rest) = parameters.split_at(4);
    let (linear, norms) = rest.split_at(4);
    let x = residual(x, &norms[..2], settings, |x| {
        multi_head(attention, settings.heads, [x, x, x], mask, settings.dropout)
    });
    residual(&x, &norms[2..], settings, |x| dense(linear, settings, x))
}

/// How much each step looks at each other one in an encoder block.
#[track_caller]
pub(super) fn encoder_weights(
    parameters: &[Raw],
    settings: &Settings,
    x: &Raw,
    mask: &AttentionMask,
) -> Array {
    let x = &before_attention(x, &parameters[8..10], settings);
    weights(&parameters[..4], settings.heads, [x, x, x], mask)
}

/// How much each step looks at each of the encoder's steps in a decoder block.
#[track_caller]
pub(super) fn decoder_weights(
    parameters: &[Raw],
    settings: &Settings,
    x: &Raw,
    memory: &Raw,
    masks: [&AttentionMask; 2],
) -> Array {
    let (attention, norms) = (&parameters[..4], &parameters[12..]);
    let x = residual(x, &norms[..2], settings, |x| {
        multi_head(attention, settings.heads, [x, x, x], masks[0], settings.dropout)
    });
    let x = &before_attention(&x, &norms[2..4], settings);
    weights(&parameters[4..8], settings.heads, [x, memory, memory], masks[1])
}

/// What attention is given of `x`.
fn before_attention(x: &Raw, norm: &[Raw], settings: &Settings) -> Raw {
    if settings.norm_first { ops::layer_norm(x, &norm[0], &norm[1], EPSILON) } else { x.clone() }
}

/// A decoder block: attention to itself, attention to what an encoder made, then two dense layers at every step.
#[track_caller]
pub(super) fn decode(
    parameters: &[Raw],
    settings: &Settings,
    x: &Raw,
    memory: &Raw,
    masks: [&AttentionMask; 2],
) -> Raw {
    let (attention, rest) = parameters.split_at(4);
    let (cross, rest) = rest.split_at(4);
    let (linear, norms) = rest.split_at(4);
    let x = residual(x, &norms[..2], settings, |x| {
        multi_head(attention, settings.heads, [x, x, x], masks[0], settings.dropout)
    });
    let x = residual(&x, &norms[2..4], settings, |x| {
        multi_head(cross, settings.heads, [x, memory, memory], masks[1], settings.dropout)
    });
    residual(&x, &norms[4..], settings, |x| dense(linear, settings, x))
}
