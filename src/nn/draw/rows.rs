//! What a drawing shows, from top to bottom: boxes, forks and joins of short cuts, and which of them are repeated.

use std::ops::Range;

use crate::nn::module::Module;
use crate::nn::network::{Layer, Network};
use crate::nn::residual::Residual;

/// The kinds of layers that have a colour of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Input,
    Convolution,
    Dense,
    Normalization,
    Activation,
    Pooling,
    Sequence,
    Dropout,
    Other,
}

/// A layer in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// `conv2d(32, 3)`.
    pub(super) title: String,
    /// What changes it: `same · stride(2)`.
    pub(super) modifiers: String,
    /// Of one output: `[32, 30, 30]`.
    pub(super) shape: String,
    pub(super) parameters: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Box(Part),
    /// Where a short cut begins.
    Fork,
    /// Where it is added.
    Join,
}

/// The rows, and of which ranges there are more than one.
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) repeats: Vec<Repeat>,
}

/// Rows that stand for several times as many layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) rows: Range<usize>,
    pub(super) times: usize,
}

impl Rows {
    pub(super) fn of(network: &Network) -> Rows {
        let input = Part {
            kind: Kind::Input,
            title: "Input".into(),
            modifiers: String::new(),
            shape: format!("{:?}", network.input()),
            parameters: 0,
        };
        let all: Vec<Row> = network.layers().iter().map(row).collect();
        let mut rows = vec![Row::Box(input)];
        let mut repeats = Vec::new();
        let mut at = 0;
        while at < all.len() {
            let (period, times) = repeated(&all[at..]).unwrap_or((1, 1));
            if times > 1 {
                repeats.push(Repeat { rows: rows.len()..rows.len() + period, times });
            }
            rows.extend_from_slice(&all[at..at + period]);
            at += period * times;
        }
        Rows { rows, repeats }
    }
}

fn row(layer: &Layer) -> Row {
    match Residual::of(layer.step()) {
        Residual::Keep => Row::Fork,
        Residual::Add => Row::Join,
        Residual::Nothing => {
            let code = layer.code();
            let (title, modifiers) = match code.split_once(").") {
                Some((title, modifiers)) => (format!("{title})"), modifiers),
                None => (code.clone(), ""),
            };
            Row::Box(Part {
                kind: kind(layer),
                title,
                modifiers: modifiers.replace("()", "").replace('.', " · "),
                shape: format!("{:?}", layer.output()),
                parameters: layer.parameter_count(),
            })
        }
    }
}

fn kind(layer: &Layer) -> Kind {
    let step = layer.step();
    match step.word.name {
        name if name.contains("conv") => Kind::Convolution,
        name if name.contains("norm") => Kind::Normalization,
        name if name.contains("pool") => Kind::Pooling,
        "dense" => Kind::Dense,
        "dropout" => Kind::Dropout,
        "embedding" | "positional_encoding" | "gru" | "lstm" | "simple_rnn" => Kind::Sequence,
        // What neither learns nor changes the shape is a function of each value.
        _ if step.input == step.output && layer.parameter_count() == 0 => Kind::Activation,
        _ => Kind::Other,
    }
}

/// How many rows at the beginning are repeated, and how often; what makes the drawing shortest. None if that would save
/// less than two rows.
fn repeated(rows: &[Row]) -> Option<(usize, usize)> {
    let begins = match rows.first()? {
        Row::Box(part) => part.parameters > 0,
        Row::Fork => true,
        Row::Join => false,
    };
    let saved = |&(period, times): &(usize, usize)| period * (times - 1);
    (1..=rows.len() / 2)
        .filter(|&period| begins && whole(&rows[..period]))
        .map(|period| {
            (period, rows.chunks_exact(period).take_while(|chunk| *chunk == &rows[..period]).count())
        })
        .filter(|found| saved(found) >= 2)
        // Of equal ones the shortest.
        .max_by_key(|found| (saved(found), std::cmp::Reverse(found.0)))
}

/// Every short cut that begins here ends here.
fn whole(rows: &[Row]) -> bool {
    let mut open = 0;
    for row in rows {
        match row {
            Row::Fork => open += 1,
            Row::Join if open == 0 => return false,
            Row::Join => open -= 1,
            Row::Box(_) => {}
        }
    }
    open == 0
}
