//! The conditional random field against pytorch-crf: losses, gradients, decoded tags. The fixture is made by
//! `tests/peers/crf.py`.

use ferrolab::Raw;
use ferrolab::autograd::backward;
use ferrolab::io::safetensors::File;
use ferrolab::ops::{self, Chain};

#[test]
fn losses_gradients_and_tags_equal_pytorch_crf() {
    let file = File::read(format!("{}/tests/peers/crf.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for i in 0..4 {
        let tensor = |name: &str| Raw::new(file.tensors()[&format!("{i}.{name}")].clone());
        let whole =
            |name: &str| -> Vec<usize> { tensor(name).to_vec().iter().map(|&v| v as usize).collect() };
        let names = ["x", "transitions", "start_transitions", "end_transitions"];
        let [x, transitions, start, end] = names.map(|name| tensor(name).requires_grad());
        let chain = Chain { transitions: &transitions, start: &start, end: &end };
        let loss = ops::crf(&x, chain, &whole("tags"), &whole("lengths"));
        let (ours, theirs) = (loss.to_vec()[0], tensor("loss").to_vec()[0]);
        assert!(
            (ours - theirs).abs() < 1e-4 * (1.0 + theirs.abs()),
            "case {i}: loss {ours}, theirs {theirs}"
        );
        let gradients = backward(&loss);
        for (name, parameter) in names.iter().zip([&x, &transitions, &start, &end]) {
            let theirs = tensor(&format!("grad.{name}")).to_vec();
            for (ours, theirs) in gradients.of_raw(parameter).to_vec().iter().zip(theirs) {
                assert!((ours - theirs).abs() < 2e-5, "case {i}: gradient of {name} {ours}, theirs {theirs}");
            }
        }
        let steps = x.sizes()[1];
        let best = tensor("best").to_vec();
        for (row, tags) in ops::crf_decode(&x, chain, &whole("lengths")).iter().enumerate() {
            let theirs = best[row * steps..][..steps].iter().filter(|&&tag| tag >= 0.0);
            assert_eq!(
                *tags,
                theirs.map(|&tag| tag as usize).collect::<Vec<_>>(),
                "case {i}, sequence {row}"
            );
        }
    }
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
