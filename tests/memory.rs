//! What the graph of a training step keeps, in 32 and in 16 bits. One test: it counts all arrays of the process.

use ferrolab::nn::training;
use ferrolab::prelude::*;

#[test]
fn a_graph_made_inside_autocast_keeps_about_half_the_bytes() {
    // Every activation is kept. A `relu` between a convolution and a pooling would change that: in 32 bits, neither what goes
    // into it nor what it makes is ever written to memory.
    let model = sequential!(
        Input([3, 32, 32])
            .conv2d(32, 3)
            .tanh()
            .avg_pool2d(2)
            .conv2d(64, 3)
            .tanh()
            .global_avg_pool2d()
            .dense(10)
    );
    let x = Tensor::<Rank4<32, 3, 32, 32>>::uniform(0.0, 1.0);
    let labels = Labels::<Const<32>, 10>::new((0..32).map(|i| i % 10).collect());
    // The first step leaves the weights in the orders in which kernels read them.
    drop(training(|| cross_entropy(&model.forward(&x), &labels)).backward());
    // The bytes of the graph between forward and backward pass, and the most in a whole step.
    let step = |precision: Option<Precision>| {
        let before = Device::Cpu.memory_allocated();
        Device::Cpu.reset_peak_memory_stats();
        let forward = || model.forward(&x);
        let scores = training(|| match precision {
            Some(precision) => autocast(precision, forward),
            None => forward(),
        });
        let loss = cross_entropy(&scores, &labels);
        let graph = Device::Cpu.memory_allocated() - before;
        drop(loss.backward());
        let peak = Device::Cpu.max_memory_allocated() - before;
        drop((loss, scores));
        assert_eq!(Device::Cpu.memory_allocated(), before, "everything is freed");
        (graph, peak)
    };
    let (full, full_peak) = step(None);
    for precision in [Precision::Bf16, Precision::F16] {
        let (short, peak) = step(Some(precision));
        println!(
            "{precision:?}: graph {short} of {full} bytes ({:.2}), peak {peak} of {full_peak} ({:.2})",
            short as f64 / full as f64,
            peak as f64 / full_peak as f64
        );
        // Half of the activations, and besides a copy of the weights and of the pictures in 16 bits.
        assert!(short as f64 <= 0.6 * full as f64, "{short} of {full}");
        assert!(peak < full_peak, "{peak} of {full_peak}");
    }
}
