//! The operations that training spends its time in: `cargo bench -p ferrolab --bench ops`.
//!
//! The network is the course's: two pooled convolutions, a third, two dense layers, on 32 x 32 colour pictures.

use divan::Bencher;
use divan::counter::ItemsCount;
use ferrolab::array::Array;
use ferrolab::random::Generator;
use ferrolab::{Raw, autograd, no_grad, ops};

fn main() {
    divan::main();
}

/// The network's parameters and Adam's moments for them.
struct Network {
    parameters: Vec<Raw>,
    moments: Vec<(Vec<f32>, Vec<f32>)>,
    step: i32,
}

impl Network {
    fn new() -> Self {
        let mut random = Generator::new(1);
        let sizes: [&[usize]; 10] = [
            &[32, 3, 3, 3],
            &[32],
            &[64, 32, 3, 3],
            &[64],
            &[64, 64, 3, 3],
            &[64],
            &[64, 1024],
            &[64],
            &[10, 64],
            &[10],
        ];
        let parameters: Vec<Raw> = sizes
            .iter()
            .map(|sizes| {
                let bound = 1.0 / (sizes[1..].iter().product::<usize>() as f32).sqrt();
                Raw::new(random.uniform(sizes, -bound, bound)).requires_grad()
            })
            .collect();
        let moments = parameters.iter().map(|p| (vec![0.0; p.len()], vec![0.0; p.len()])).collect();
        Network { parameters, moments, step: 0 }
    }

    fn forward(&self, x: &Raw) -> Raw {
        let [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5] = &self.parameters[..] else { unreachable!() };
        let x = ops::max_pool2d(&ops::relu(&ops::conv2d(x, w1, Some(b1), 1, 0)), 2);
        let x = ops::max_pool2d(&ops::relu(&ops::conv2d(&x, w2, Some(b2), 1, 0)), 2);
        let x = ops::relu(&ops::conv2d(&x, w3, Some(b3), 1, 0));
        let x = ops::relu(&ops::linear(&ops::flatten(&x), w4, Some(b4)));
        ops::linear(&x, w5, Some(b5))
    }

    /// One step of Adam.
    fn train(&mut self, x: &Raw, targets: &[usize]) -> f32 {
        let loss = ops::cross_entropy(&self.forward(x), targets);
        let gradients = autograd::backward(&loss);
        let value = loss.to_vec()[0];
        drop(loss);
        self.step += 1;
        let rate = 1e-3 * (1.0 - 0.999f32.powi(self.step)).sqrt() / (1.0 - 0.9f32.powi(self.step));
        for (parameter, (m, v)) in self.parameters.iter().zip(&mut self.moments) {
            let Some(gradient) = gradients.get(parameter) else { continue };
            parameter.update(|values| {
                for (((w, &g), m), v) in values.iter_mut().zip(gradient.values()).zip(m).zip(v) {
                    *m = 0.9 * *m + 0.1 * g;
                    *v = 0.999 * *v + 0.001 * g * g;
                    *w -= rate * *m / (v.sqrt() + 1e-8);
                }
            });
        }
        value
    }
}

fn pictures(batch: usize) -> Raw {
    Raw::new(Generator::new(2).uniform(&[batch, 3, 32, 32], -1.0, 1.0))
}

#[divan::bench(args = [32, 64, 128])]
fn train_cnn(bencher: Bencher, batch: usize) {
    let (mut network, x) = (Network::new(), pictures(batch));
    let targets: Vec<usize> = (0..batch).map(|i| i * 7 % 10).collect();
    bencher.counter(ItemsCount::new(batch)).bench_local(|| network.train(&x, &targets));
}

#[divan::bench(args = [1, 32, 256])]
fn predict_cnn(bencher: Bencher, batch: usize) {
    let (network, x) = (Network::new(), pictures(batch));
    bencher.counter(ItemsCount::new(batch)).bench_local(|| no_grad(|| network.forward(&x)));
}

/// Counts multiplications and additions, so that the throughput is in FLOP/s.
#[divan::bench(args = [128, 512, 1024])]
fn matmul(bencher: Bencher, n: usize) {
    let a = Raw::new(Array::full(&[n, n], 1.0));
    bencher.counter(ItemsCount::new(2 * n * n * n)).bench_local(|| ops::matmul(&a, &a));
}
