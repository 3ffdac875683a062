//! The operations that training spends its time in, one by one: `cargo bench -p ferrolab --bench ops`. Whole networks are in
//! `benches/workloads`.
//!
//! Throughput counts multiplications and additions for products and convolutions, values for the rest.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ferrolab::random::Generator;
use ferrolab::{Raw, autograd, no_grad, ops};

fn main() {
    divan::main();
}

fn uniform(sizes: &[usize]) -> Raw {
    Raw::new(Generator::new(2).uniform(sizes, -1.0, 1.0))
}

/// Channels, side of the picture and output channels of the course's convolutions, by 3 x 3.
const LAYERS: [[usize; 3]; 3] = [[3, 32, 32], [32, 15, 64], [64, 6, 64]];

const BATCH: usize = 64;

fn work([c, side, o]: [usize; 3]) -> usize {
    2 * BATCH * (side - 2) * (side - 2) * 9 * c * o
}

#[divan::bench(args = LAYERS)]
fn conv2d(bencher: Bencher, layer: [usize; 3]) {
    let [c, side, o] = layer;
    let (x, weight) = (uniform(&[BATCH, c, side, side]), uniform(&[o, c, 3, 3]));
    bencher
        .counter(ItemsCount::new(work(layer)))
        .bench_local(|| no_grad(|| black_box(ops::conv2d(&x, &weight, None, 1, 0).array().values().len())));
}

/// Forward, and the gradients of input and weight.
#[divan::bench(args = LAYERS)]
fn conv2d_and_gradients(bencher: Bencher, layer: [usize; 3]) {
    let [c, side, o] = layer;
    let (x, weight) =
        (uniform(&[BATCH, c, side, side]).requires_grad(), uniform(&[o, c, 3, 3]).requires_grad());
    bencher
        .counter(ItemsCount::new(3 * work(layer)))
        .bench_local(|| autograd::backward(&ops::sum(&ops::conv2d(&x, &weight, None, 1, 0))));
}

#[divan::bench(args = [128, 256, 512, 1024])]
fn matmul(bencher: Bencher, n: usize) {
    let a = uniform(&[n, n]);
    bencher.counter(ItemsCount::new(2 * n * n * n)).bench_local(|| no_grad(|| ops::matmul(&a, &a)));
}

const VALUES: usize = 1 << 20;

#[divan::bench(args = ["exp", "tanh", "sigmoid", "gelu", "ln", "erf"])]
fn of_every_value(bencher: Bencher, name: &str) {
    let operation = match name {
        "exp" => ops::exp,
        "tanh" => ops::tanh,
        "sigmoid" => ops::sigmoid,
        "gelu" => ops::gelu,
        "ln" => ops::ln,
        _ => ops::erf,
    };
    let x = uniform(&[VALUES]);
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| no_grad(|| operation(&x)));
}

#[divan::bench]
fn softmax(bencher: Bencher) {
    let x = uniform(&[VALUES / 256, 256]);
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| no_grad(|| ops::softmax(&x)));
}

#[divan::bench]
fn layer_norm(bencher: Bencher) {
    let (x, weight, bias) = (uniform(&[VALUES / 256, 256]), uniform(&[256]), uniform(&[256]));
    bencher
        .counter(ItemsCount::new(VALUES))
        .bench_local(|| no_grad(|| ops::layer_norm(&x, &weight, &bias, 1e-5)));
}

#[divan::bench]
fn sum(bencher: Bencher) {
    let x = uniform(&[VALUES]);
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| no_grad(|| ops::sum(&x)));
}
