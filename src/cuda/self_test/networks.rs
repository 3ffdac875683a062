//! What networks are made of: operations with parameters, and the first steps of three trainings.

use super::cases::Case;
use super::numbers::positions;
use crate::array::Array;
use crate::loss::{Ctc, Labels, cross_entropy};
use crate::nn::training;
use crate::ops::{self, AttentionMask, Cell, Chain, ClassRule, Moves, Results};
use crate::optim::{Adam, AdamW, Optimizer, Sgd};
use crate::prelude::*;
use crate::random::{Generator, manual_seed};
use crate::raw::Raw;

/// Steps of each training.
pub(super) const STEPS: usize = 3;

fn row(count: usize, value: impl Fn(f32) -> f32) -> Array {
    Array::from_vec(&[count], (0..count).map(|at| value(at as f32)).collect())
}

fn labels_of(x: &Raw) -> Vec<usize> {
    (0..x.sizes()[0]).map(|row| row * 5 % x.sizes()[1]).collect()
}

/// Of so many sequences, how many steps count.
fn lengths_of(x: &Raw) -> Vec<usize> {
    (0..x.sizes()[0]).map(|sequence| x.sizes()[1] - sequence % 3).collect()
}

fn chain(x: &[Raw]) -> Chain<'_> {
    Chain { transitions: &x[1], start: &x[2], end: &x[3] }
}

fn recurrent(cell: Cell, x: &[Raw]) -> Raw {
    let states = if cell == Cell::Lstm { 2 } else { 1 };
    let hidden = x[2].sizes()[1];
    let state = Raw::new(Array::full(&[x[0].sizes()[0], states * hidden], 0.1));
    ops::recurrent(cell, &x[0], [&x[1], &x[2], &x[3], &x[4]], &state, None, false, Results::Both)
}

/// `[steps, batch …]` are those of `src/ops/recurrent.rs`: `[batch, steps, inputs]`, then the four parameters.
const fn of_cell(name: &'static str, sizes: &'static [&'static [usize]], run: fn(&[Raw]) -> Raw) -> Case {
    Case::new(name, sizes, run).within(-0.8, 0.8).many(32)
}

pub(super) fn operations() -> Vec<Case> {
    vec![
        Case::new("add_bias", &[&[9, 5, 3, 7], &[5]], |x| ops::add_bias(&x[0], &x[1])).many(512),
        Case::new("attention", &[&[3, 19, 24], &[3, 19, 24], &[3, 19, 24]], |x| {
            ops::attention(&x[0], &x[1], &x[2], 3, &AttentionMask::none(), 0.0).0
        })
        .many(64),
        Case::new("attention, causal", &[&[2, 37, 16], &[2, 37, 16], &[2, 37, 16]], |x| {
            ops::attention(&x[0], &x[1], &x[2], 2, &AttentionMask::causal(), 0.0).0
        })
        .many(64),
        Case::new("avg_pool1d", &[&[3, 4, 23]], |x| ops::avg_pool1d(&x[0], 3, 2, 1)).many(512),
        Case::new("avg_pool2d", &[&[3, 4, 11, 9]], |x| ops::avg_pool2d(&x[0], 3, 2, 1)).many(512),
        Case::new("batch_norm", &[&[6, 5, 7, 3], &[5], &[5]], |x| {
            ops::batch_norm(&x[0], &x[1], &x[2], 1e-5).0
        })
        .many(512)
        .tolerance(1e-4),
        Case::new("batch_norm_with", &[&[6, 5, 7, 3], &[5], &[5]], |x| {
            let (mean, variance) = (row(5, |c| c / 8.0 - 0.5), row(5, |c| c / 4.0 + 0.5));
            ops::batch_norm_with(&x[0], &mean, &variance, &x[1], &x[2], 1e-5)
        })
        .many(512)
        .tolerance(1e-4),
        Case::new("conv1d", &[&[3, 4, 23], &[6, 4, 5], &[6]], |x| {
            ops::conv1d(&x[0], &x[1], Some(&x[2]), &Moves::square(2, 1, 1, 1))
        })
        .many(256)
        .tolerance(1e-4),
        Case::new("conv2d", &[&[3, 5, 11, 9], &[7, 5, 3, 3], &[7]], |x| {
            ops::conv2d(&x[0], &x[1], Some(&x[2]), 1, 1)
        })
        .many(128)
        .tolerance(1e-4),
        Case::new("conv2d, 1x1", &[&[3, 8, 11, 9], &[17, 8, 1, 1], &[17]], |x| {
            ops::conv2d(&x[0], &x[1], Some(&x[2]), 1, 0)
        })
        .many(128)
        .tolerance(1e-4),
        Case::new("conv2d, stride 2", &[&[3, 5, 11, 9], &[7, 5, 3, 3]], |x| {
            ops::conv2d(&x[0], &x[1], None, 2, 0)
        })
        .many(128)
        .tolerance(1e-4),
        Case::new("conv_transpose2d", &[&[2, 6, 5, 7], &[6, 4, 3, 3], &[4]], |x| {
            ops::conv_transpose2d(&x[0], &x[1], Some(&x[2]), &Moves::square(2, 1, 1, 1), [1, 1])
        })
        .many(128)
        .tolerance(1e-4),
        Case::new("convolve, depthwise", &[&[3, 9, 11, 9], &[9, 1, 3, 3], &[9]], |x| {
            ops::convolve(&x[0], &x[1], Some(&x[2]), &Moves::square(1, 1, 1, 9))
        })
        .many(128)
        .tolerance(1e-4),
        Case::new("convolve, groups", &[&[3, 6, 11, 9], &[4, 3, 3, 3], &[4]], |x| {
            ops::convolve(&x[0], &x[1], Some(&x[2]), &Moves::square(1, 1, 2, 2))
        })
        .many(128)
        .tolerance(1e-4),
        Case::new("crf", &[&[3, 7, 5], &[5, 5], &[5], &[5]], |x| {
            let tags: Vec<usize> = (0..x[0].len() / 5).map(|at| at * 3 % 5).collect();
            ops::crf(&x[0], chain(x), &tags, &lengths_of(&x[0]))
        })
        .many(256),
        Case::new("crf_decode", &[&[3, 7, 5], &[5, 5], &[5], &[5]], |x| {
            positions(ops::crf_decode(&x[0], chain(x), &lengths_of(&x[0])).concat())
        })
        .many(256),
        Case::new("cross_entropy", &[&[37, 11]], |x| ops::cross_entropy(&x[0], &labels_of(&x[0]))).many(1024),
        Case::new("cross_entropy_by", &[&[37, 11]], |x| {
            let weights = Some((0..11).map(|class| class as f32 / 4.0 + 0.5).collect());
            let rule = ClassRule { weights, label_smoothing: 0.2, ..ClassRule::default() };
            ops::cross_entropy_by(&x[0], &labels_of(&x[0]), &rule)
        })
        .many(1024),
        Case::new("ctc", &[&[11, 4, 6]], |x| {
            let targets = [vec![1, 2, 2], vec![], vec![5], vec![3, 1, 4, 1]];
            let frames = x[0].sizes()[0];
            let scores = Tensor::<(usize, Const<4>, Const<6>)>::from_raw(ops::log_softmax(&x[0]));
            Ctc::new().of(&scores, &targets, &[frames, 2, 5, frames]).raw().clone()
        })
        .many(32),
        Case::new("dropout", &[&[37, 35]], |x| {
            manual_seed(3);
            // What is dropped differs between devices; what is kept is doubled on both.
            let dropped = ops::dropout(&x[0], 0.5);
            ops::mul(&dropped, &ops::sub(&dropped, &ops::mul_scalar(&x[0], 2.0)))
        }),
        Case::new("einsum_raw", &[&[5, 7, 3], &[5, 3, 11]], |x| ops::einsum_raw("bij,bjk->bik", x)).many(256),
        Case::new("embedding", &[&[53, 12]], |x| {
            let ids: Vec<usize> = (0..60).map(|at| at * 7 % 31).collect();
            ops::embedding(&x[0], &ids, &[10, 6], Some(0))
        })
        .many(256),
        Case::new("global_avg_pool2d", &[&[6, 5, 7, 3]], |x| ops::global_avg_pool2d(&x[0])).many(512),
        Case::new("global_max_pool2d", &[&[6, 5, 7, 3]], |x| ops::global_max_pool2d(&x[0])).many(512),
        Case::new("group_norm", &[&[6, 8, 5, 3], &[8], &[8]], |x| {
            ops::group_norm(&x[0], 4, &x[1], &x[2], 1e-5)
        })
        .many(512)
        .tolerance(1e-4),
        Case::new("layer_norm", &[&[6, 9, 40], &[40], &[40]], |x| ops::layer_norm(&x[0], &x[1], &x[2], 1e-5))
            .many(512)
            .tolerance(1e-4),
        Case::new("linear", &[&[37, 19], &[23, 19], &[23]], |x| ops::linear(&x[0], &x[1], Some(&x[2])))
            .many(256)
            .tolerance(1e-4),
        Case::new("linear_rows", &[&[5, 7, 19], &[23, 19]], |x| ops::linear_rows(&x[0], &x[1], None))
            .many(256)
            .tolerance(1e-4),
        Case::new("matmul", &[&[65, 70], &[70, 67]], |x| ops::matmul(&x[0], &x[1])).many(16).tolerance(1e-4),
        Case::new("matmul, batches", &[&[6, 17, 19], &[6, 19, 13]], |x| ops::matmul(&x[0], &x[1]))
            .many(256)
            .tolerance(1e-4),
        Case::new("max_channels", &[&[6, 5, 7, 3]], |x| ops::max_channels(&x[0])).many(512),
        Case::new("max_pool1d", &[&[3, 4, 23]], |x| ops::max_pool1d(&x[0], 3, 2, 1)).many(512),
        Case::new("max_pool2d", &[&[3, 5, 11, 9]], |x| ops::max_pool2d(&x[0], 2)).many(512),
        Case::new("max_pool2d_with", &[&[3, 5, 11, 9]], |x| ops::max_pool2d_with(&x[0], 3, 2, 1)).many(512),
        Case::new("prelu", &[&[6, 5, 7, 3], &[5]], |x| ops::prelu(&x[0], &x[1])).many(512),
        of_cell("recurrent, gru", &[&[5, 7, 6], &[27, 6], &[27, 9], &[27], &[27]], |x| {
            recurrent(Cell::Gru, x)
        }),
        of_cell("recurrent, lstm", &[&[5, 7, 6], &[36, 6], &[36, 9], &[36], &[36]], |x| {
            recurrent(Cell::Lstm, x)
        }),
        of_cell("recurrent, tanh", &[&[5, 7, 6], &[9, 6], &[9, 9], &[9], &[9]], |x| recurrent(Cell::Tanh, x)),
        Case::new("select_class", &[&[6, 11]], |x| ops::select_class(&x[0], 4)),
    ]
}

/// The first steps of a training: the loss of each.
pub(super) struct Training {
    pub(super) name: &'static str,
    pub(super) run: fn(usize) -> Vec<f32>,
}

pub(super) fn all() -> Vec<Training> {
    vec![
        Training { name: "convolutional network, Adam", run: convolutional },
        Training { name: "LSTM, SGD with momentum", run: lstm },
        Training { name: "transformer encoder, AdamW", run: transformer },
    ]
}

fn steps<const C: usize>(
    steps: usize,
    mut optimizer: impl Optimizer,
    model: &impl Module,
    labels: &Labels<usize, C>,
    forward: impl Fn() -> Tensor<(usize, Const<C>)>,
) -> Vec<f32> {
    let step = |_| {
        let loss = training(|| cross_entropy(&forward(), labels));
        optimizer.step(model, &loss.backward());
        loss.item()
    };
    (0..steps).map(step).collect()
}

const BATCH: usize = 6;

fn labels<const C: usize>() -> Labels<usize, C> {
    Labels::new((0..BATCH).map(|i| i * 7 % C).collect())
}

fn uniform<S: Shape>(sizes: &[usize]) -> Tensor<S> {
    Tensor::from_vec(Generator::new(11).uniform(sizes, -1.0, 1.0).to_vec())
}

fn convolutional(count: usize) -> Vec<f32> {
    manual_seed(1);
    let model = sequential!(
        Input([3, 12, 12])
            .conv2d(8, 3)
            .batch_norm()
            .relu()
            .max_pool2d(2)
            .conv2d(12, 3)
            .relu()
            .flatten()
            .dense(16)
            .relu()
            .dense(4)
    );
    let x = uniform::<(usize, Const<3>, Const<12>, Const<12>)>(&[BATCH, 3, 12, 12]);
    steps(count, Adam::new(1e-3), &model, &labels::<4>(), || model.forward(&x))
}

fn lstm(count: usize) -> Vec<f32> {
    manual_seed(2);
    let model = sequential!(Input([9]).embedding(40, 8).lstm(12).dense(3));
    let ids = (0..BATCH * 9).map(|i| (i * 7 % 40) as f32).collect();
    let x = Tensor::<(usize, Const<9>)>::from_vec(ids);
    steps(count, Sgd::new(0.05).momentum(0.9), &model, &labels::<3>(), || model.forward(&x))
}

fn transformer(count: usize) -> Vec<f32> {
    manual_seed(3);
    let model = sequential!(
        Input([10])
            .embedding(40, 16)
            .position_embedding()
            .transformer_encoder(4, 32)
            .inner_dropout(0.0)
            .mean_over_time()
            .dense(3)
    );
    let ids = (0..BATCH * 10).map(|i| (i * 11 % 40) as f32).collect();
    let x = Tensor::<(usize, Const<10>)>::from_vec(ids);
    steps(count, AdamW::new(1e-3), &model, &labels::<3>(), || model.forward(&x))
}
