//! The same network larger and larger, for what a multiplication costs as work grows.

use ferrolab::Module;
use ferrolab::array::Array;
use ferrolab::nn::plan::strict::Input;
use ferrolab::nn::{Network, training};
use ferrolab::optim::{Adam, Optimizer};
use ferrolab::{Raw, autograd, ops};

use super::Work;

/// `batch`, `depth` and `width`: training steps of a stack of convolutions on 32 x 32 pictures, of the size that the request
/// names and otherwise like the others. What is counted is MFLOP, so that the answer is MFLOP/s.
pub fn work(workload: &str, mode: &str, size: usize) -> Option<Work> {
    if workload != "scale" {
        return None;
    }
    let (batch, depth, width) = match mode {
        "batch" => (size, 3, 32),
        "depth" => (32, size, 32),
        "width" => (32, 3, size),
        _ => return None,
    };
    let mut plan = Input([3, 32, 32]);
    for _ in 0..depth {
        plan = plan.conv2d(width, 3).same().relu();
    }
    let network = Network::from_plan(&plan.global_avg_pool2d().dense(10));
    let x = Raw::new(Array::full(&[batch, 3, 32, 32], 0.5));
    let labels: Vec<usize> = (0..batch).map(|i| i * 7 % 10).collect();
    let mut optimizer = Adam::new(1e-3);
    let step = move || {
        training(|| {
            let gradients = autograd::backward(&ops::cross_entropy(&network.forward(&x), &labels));
            optimizer.step(&network as &dyn Module, &gradients);
        });
    };
    Some(Work { step: Box::new(step), count: mflop(batch, depth, width) })
}

/// Forward two, backward four operations for every weight and pixel; the first layer needs no gradient of its input.
fn mflop(batch: usize, depth: usize, width: usize) -> usize {
    let layer = |channels: usize| 2 * 32 * 32 * 9 * channels * width;
    batch * (2 * layer(3) + 3 * (depth - 1) * layer(width)) / 1_000_000
}
