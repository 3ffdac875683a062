//! The CNN of the course against PyTorch: loss, gradients and the first steps of the optimisers on the same parameters
//! and pictures. The fixtures are made by `tests/peers/cnn_first_step.py`.

use ferrolab::io::safetensors::File;
use ferrolab::prelude::*;

mod common;
use common::{Cnn, cnn};

/// As in the script: every PICK-th parameter is in the fixture.
const PICK: usize = 37;

fn fixture(name: &str) -> File {
    File::read(format!("{}/tests/peers/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn loss(model: &Cnn) -> Tensor<()> {
    let pictures = datasets::clipart32().unwrap().test.subset(&[0, 1, 2, 3]);
    let data = Dataset::<Rank3<3, 32, 32>, 10>::from_images(&pictures).unwrap();
    let (x, labels) = data.batch(&[0, 1, 2, 3]);
    cross_entropy(&model.forward(&x), &labels)
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= tolerance, "{what}, value {i}: ours {ours}, PyTorch's {theirs}");
    }
}

/// Compares the parameters after two steps on the same batch.
#[track_caller]
fn assert_two_steps_agree(mut optimizer: impl Optimizer, prefix: &str) {
    let (model, fixture) = (cnn(), fixture("cnn_first_step.safetensors"));
    for _ in 0..2 {
        let gradients = loss(&model).backward();
        optimizer.step(&model, &gradients);
    }
    for (name, parameter) in model.parameters() {
        let picked: Vec<f32> = parameter.to_vec().into_iter().step_by(PICK).collect();
        assert_close(&name, &picked, fixture.tensors()[&format!("{prefix}.{name}")].values(), 1e-4);
    }
}

#[test]
fn loss_and_every_gradient_equal_pytorch() {
    let (model, fixture) = (cnn(), fixture("cnn_first_step.safetensors"));
    let loss = loss(&model);
    assert_close("loss", &[loss.item()], fixture.tensors()["loss"].values(), 1e-4);
    let gradients = loss.backward();
    for (name, parameter) in model.parameters() {
        let theirs = fixture.tensors()[&format!("gradient.{name}")].values();
        let ours = gradients.of_raw(&parameter).to_vec();
        assert_close(&name, &ours, theirs, 1e-4);
        // Gradients are small: compare them as a whole on their own scale too.
        let norm = |values: &[f32]| values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
        let difference: Vec<f32> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
        assert!(
            norm(&difference) <= 1e-4 * norm(theirs),
            "{name}: {} of {}",
            norm(&difference),
            norm(theirs)
        );
    }
}

#[test]
fn two_steps_of_adam_equal_pytorch() {
    assert_two_steps_agree(Adam::new(1e-3), "adam");
}

#[test]
fn two_steps_of_sgd_with_momentum_equal_pytorch() {
    assert_two_steps_agree(Sgd::new(0.1).momentum(0.9), "sgd");
}

#[test]
fn weights_saved_by_pytorch_are_loaded() {
    let mut model = sequential!(Input([4]).dense(3).tanh().dense(2));
    model.load(fixture("mlp.safetensors").path()).unwrap();
    let scores = model.forward(&Tensor::<Rank2<1, 4>>::from([[1.0, 2.0, 3.0, 4.0]]));
    // As the script prints it.
    assert_close("scores", &scores.to_vec(), &[0.689_697, 0.264_203_34], 1e-6);
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
