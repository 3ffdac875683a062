//! The models, written as a user of the library would.

use std::hint::black_box;

use ferrolab::loss::Labels;
use ferrolab::nn::{AttentionMask, Lstm, TransformerEncoderLayer, evaluation, training};
use ferrolab::prelude::*;
use ferrolab::pretrained::EfficientNetLite0;
use ferrolab::shape::Batch;

use super::{Step, Work};

#[path = "../../tests/common/mod.rs"]
mod common;
use common::cnn;

type Pictures = (usize, Const<3>, Const<32>, Const<32>);

/// The work of a request; none if there is no such.
pub fn work(workload: &str, mode: &str, batch: usize) -> Option<Work> {
    let step = match (workload, mode) {
        ("cnn", _) => {
            let model = cnn();
            sequential_step(mode, model, uniform::<Pictures>(batch * 3 * 32 * 32), labels(batch))?
        }
        ("mlp", _) => {
            let model = sequential!(Input([784]).dense(512).relu().dense(512).relu().dense(10));
            sequential_step(mode, model, uniform::<(usize, Const<784>)>(batch * 784), labels(batch))?
        }
        ("lstm", _) => lstm(mode, batch)?,
        ("encoder", _) => encoder(mode, batch)?,
        ("efficientnet", "infer") => efficientnet(batch),
        ("matmul", _) => return Some(Work { step: matmul(batch), count: 1 }),
        ("trainer", _) => return Some(trainer(batch)),
        _ => return None,
    };
    Some(Work { step, count: batch })
}

/// A batch of even random numbers; the batch is the size that is not known while compiling.
fn uniform<S: Shape>(len: usize) -> Tensor<S> {
    let values =
        Tensor::<(usize,)>::from_vec((0..len).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect());
    Tensor::from_vec(values.to_vec())
}

fn labels<const C: usize>(batch: usize) -> Labels<usize, C> {
    Labels::new((0..batch).map(|i| i * 7 % C).collect())
}

/// A training step with Adam, or an inference.
pub fn step_of<M: Module + 'static, const C: usize>(
    mode: &str,
    model: M,
    labels: Labels<usize, C>,
    forward: impl Fn(&M) -> Tensor<(usize, Const<C>)> + 'static,
) -> Option<Step> {
    match mode {
        "train" => {
            let mut optimizer = Adam::new(1e-3);
            Some(Box::new(move || {
                training(|| {
                    let gradients = cross_entropy(&forward(&model), &labels).backward();
                    optimizer.step(&model, &gradients);
                });
            }))
        }
        "infer" => Some(Box::new(move || {
            black_box(no_grad(|| evaluation(|| forward(&model))).raw().array().values());
        })),
        _ => None,
    }
}

fn sequential_step<In, const C: usize>(
    mode: &str,
    model: Sequential<In, Rank1<C>>,
    x: Tensor<<In as Batch<usize>>::Of>,
    labels: Labels<usize, C>,
) -> Option<Step>
where
    In: Batch<usize> + 'static,
    Rank1<C>: Batch<usize, Of = (usize, Const<C>)>,
{
    step_of(mode, model, labels, move |model| model.forward(&x))
}

#[derive(Default, Module)]
struct Reader {
    words: Embedding<10_000, 64>,
    lstm: Lstm<64, 128>,
    head: Linear<128, 2>,
}

fn lstm(mode: &str, batch: usize) -> Option<Step> {
    let ids = (0..batch * 100).map(|i| (i * 7919 % 10_000) as i64).collect();
    let ids = Tensor::<(usize, Const<100>), i64>::from_vec(ids);
    step_of(mode, Reader::default(), labels::<2>(batch), move |model| {
        let last = model.lstm.last(&model.words.forward(&ids), None);
        model.head.forward(&last)
    })
}

#[derive(Module)]
struct Encoder {
    block: TransformerEncoderLayer<128, 4, 512>,
    head: Linear<128, 2>,
}

fn encoder(mode: &str, batch: usize) -> Option<Step> {
    let x = uniform::<(usize, Const<64>, Const<128>)>(batch * 64 * 128);
    let model = Encoder { block: TransformerEncoderLayer::default().dropout(0.0), head: Linear::default() };
    step_of(mode, model, labels::<2>(batch), move |model| {
        let y = model.block.forward(&x, &AttentionMask::none());
        model.head.forward(&y.mean_axis::<1>())
    })
}

fn efficientnet(batch: usize) -> Step {
    let model = EfficientNetLite0::default();
    let x = uniform::<(usize, Const<3>, Const<224>, Const<224>)>(batch * 3 * 224 * 224);
    Box::new(move || {
        black_box(no_grad(|| evaluation(|| model.forward(&x))).raw().array().values());
    })
}

fn matmul(n: usize) -> Step {
    let [a, b] = [(); 2].map(|()| ferrolab::Raw::new(ferrolab::array::Array::full(&[n, n], 1.0)));
    Box::new(move || {
        black_box(ferrolab::ops::matmul(&a, &b).array().values());
    })
}

/// Epochs of `Trainer` over 4096 pictures: what its loop costs beside the bare steps of `cnn train`.
fn trainer(batch: usize) -> Work {
    const EXAMPLES: usize = 4096;
    let pictures = uniform::<(Const<EXAMPLES>, Const<3>, Const<32>, Const<32>)>(EXAMPLES * 3 * 32 * 32);
    let classes = (0..EXAMPLES).map(|i| i * 7 % 10).collect();
    let train =
        Dataset::<Rank3<3, 32, 32>, 10>::new(pictures.to_vec(), classes).expect("as many pictures as labels");
    let mut model = cnn();
    let step: Step = Box::new(move || {
        let mut trainer = Trainer::new(Adam::new(1e-3)).epochs(1).batch_size(batch);
        black_box(trainer.fit(&mut model, &train));
    });
    Work { step, count: EXAMPLES }
}
