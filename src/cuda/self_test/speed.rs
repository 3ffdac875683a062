//! How fast a GPU is: products, copies, and the training of a small network, beside the CPU.

use std::time::Instant;

use super::report::Speed;
use crate::array::Array;
use crate::device::Device;
use crate::loss::{Labels, cross_entropy};
use crate::nn::training;
use crate::ops;
use crate::optim::Adam;
use crate::prelude::*;
use crate::random::{Generator, manual_seed};
use crate::raw::Raw;

pub(super) fn measure(gpu: Device) -> Vec<Speed> {
    let both = |what: &'static str, unit: &'static str, f: &dyn Fn() -> f64| {
        let [cpu, gpu] = [Device::Cpu, gpu].map(|device| device.scope(f));
        Speed { what, unit, cpu, gpu }
    };
    vec![
        both("product of two 2048 x 2048 matrices", "GFLOP/s", &product),
        both("sum of two arrays of 64 MiB", "GB/s", &sum),
        both("training of a convolutional network on 32 x 32 pictures, batches of 128", "images/s", &train),
    ]
}

/// Seconds of one run: the best of a few, the first left out.
fn best(runs: usize, mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for number in 0..=runs {
        let start = Instant::now();
        run();
        Device::current().synchronize();
        if number > 0 {
            best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

fn product() -> f64 {
    const SIZE: usize = 2048;
    let mut random = Generator::new(1);
    let [a, b] = [(); 2].map(|()| Raw::new(random.uniform(&[SIZE, SIZE], -1.0, 1.0)));
    let seconds = best(5, || ops::matmul(&a, &b).array().make());
    2.0 * (SIZE as f64).powi(3) / seconds / 1e9
}

fn sum() -> f64 {
    const LEN: usize = 16 << 20;
    let [a, b] = [1.0, 2.0].map(|value| Raw::new(Array::full(&[LEN], value)));
    let seconds = best(5, || ops::add(&a, &b).array().make());
    3.0 * (4 * LEN) as f64 / seconds / 1e9
}

fn train() -> f64 {
    const BATCH: usize = 128;
    manual_seed(1);
    let model = sequential!(
        Input([3, 32, 32])
            .conv2d(32, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(64, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(64, 3)
            .relu()
            .flatten()
            .dense(64)
            .relu()
            .dense(10)
    );
    let values = Generator::new(2).uniform(&[BATCH, 3, 32, 32], -1.0, 1.0).to_vec();
    let x = Tensor::<(usize, Const<3>, Const<32>, Const<32>)>::from_vec(values);
    let labels = Labels::<usize, 10>::new((0..BATCH).map(|i| i % 10).collect());
    let mut optimizer = Adam::new(1e-3);
    let mut step = || {
        let gradients = training(|| cross_entropy(&model.forward(&x), &labels)).backward();
        optimizer.step(&model, &gradients);
    };
    const STEPS: usize = 10;
    (BATCH * STEPS) as f64 / best(3, || (0..STEPS).for_each(|_| step()))
}
