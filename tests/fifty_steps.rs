//! The CNN of the course follows PyTorch's loss curve. The fixture is made by `tests/peers/cnn_fifty_steps.py`.

use ferrolab::io::safetensors::File;
use ferrolab::nn::training;
use ferrolab::prelude::*;

mod common;
use common::cnn;

#[track_caller]
fn assert_curves_agree(name: &str, mut optimizer: impl Optimizer) {
    let path = format!("{}/tests/peers/cnn_fifty_steps.safetensors", env!("CARGO_MANIFEST_DIR"));
    let theirs = File::read(path).unwrap().tensors()[name].to_vec();
    assert_eq!(theirs.len(), 50);
    let pictures: Vec<usize> = (0..40).collect();
    let data =
        Dataset::<Rank3<3, 32, 32>, 10>::from_images(&datasets::clipart32().unwrap().test.subset(&pictures))
            .unwrap();
    let (model, mut worst) = (cnn(), 0.0f32);
    for (step, theirs) in theirs.into_iter().enumerate() {
        let first = step % 5 * 8;
        let (x, labels) = data.batch(&(first..first + 8).collect::<Vec<_>>());
        let loss = training(|| cross_entropy(&model.forward(&x), &labels));
        let apart = (loss.item() - theirs).abs();
        worst = worst.max(apart);
        // Of the difference itself: `max` would leave a NaN out.
        assert!(apart <= 1e-3, "{name}, step {step}: ours {}, PyTorch's {theirs}", loss.item());
        let gradients = loss.backward();
        drop(loss);
        optimizer.step(&model, &gradients);
    }
    println!("{name}: at most {worst} apart");
}

#[test]
fn fifty_steps_of_sgd_follow_the_loss_curve_of_pytorch() {
    assert_curves_agree("sgd", Sgd::new(0.02).momentum(0.9));
}

#[test]
fn fifty_steps_of_adam_follow_the_loss_curve_of_pytorch() {
    assert_curves_agree("adam", Adam::new(1e-3));
}

#[path = "common/instruction_sets.rs"]
mod instruction_sets;

#[test]
fn with_every_instruction_set() {
    instruction_sets::run_all();
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
