//! Fifty steps of training from PyTorch's initial parameters: the losses follow PyTorch's. The fixture is made by
//! `tests/peers/loss_curves.py`.

use ferrolab::io::safetensors::File;
use ferrolab::nn::training;
use ferrolab::prelude::*;

#[derive(Default, Module)]
struct Recurrent {
    embedding: Embedding<11, 8>,
    lstm: Lstm<8, 12>,
    output: Linear<12, 4>,
}

#[derive(Default, Module)]
struct Transformer {
    embedding: Embedding<11, 8>,
    block: Block,
    output: Linear<56, 4>,
}

struct Block(TransformerEncoderLayer<8, 2, 16>);

impl Default for Block {
    fn default() -> Self {
        Block(TransformerEncoderLayer::default().dropout(0.0).norm_first())
    }
}

impl Module for Block {
    fn visit(&self, visitor: &mut dyn nn::Visitor) {
        self.0.visit(visitor);
    }
}

/// Trains as the script did and compares the losses.
fn assert_same_curve<S: Shape>(
    name: &str,
    model: &impl Module,
    forward: impl Fn(&Tensor<S>) -> Tensor<(usize, Const<4>)>,
) {
    let path = format!("{}/tests/peers/loss_curves.safetensors", env!("CARGO_MANIFEST_DIR"));
    let file = File::read(path).unwrap();
    let tensor = |key: &str| file.tensors()[&format!("{name}.{key}")].clone();
    for (key, tensor_of_model) in model.state() {
        tensor_of_model.set(tensor(&format!("state.{key}")));
    }
    let x = Tensor::<S>::from_raw(ferrolab::Raw::new(tensor("x")));
    let classes = tensor("labels").values().iter().map(|&class| class as usize).collect();
    let labels = Labels::<usize, 4>::new(classes);
    let mut optimizer = Adam::new(5e-3);
    let theirs = tensor("losses");
    for (step, &theirs) in theirs.values().iter().enumerate() {
        let loss = training(|| cross_entropy(&forward(&x), &labels));
        assert!((loss.item() - theirs).abs() < 1e-3, "{name}, step {step}: {} and {theirs}", loss.item());
        let gradients = loss.backward();
        optimizer.step(model, &gradients);
    }
    assert!(theirs.values()[49] < 0.7 * theirs.values()[0], "{name} has learnt something");
}

#[test]
fn a_cnn_learns_as_it_does_in_pytorch() {
    let model = sequential!(
        Input([3, 8, 8]).conv2d(6, 3).without_bias().batch_norm().relu().max_pool2d(2).flatten().dense(4)
    );
    assert_same_curve::<(usize, Const<3>, Const<8>, Const<8>)>("cnn", &model, |x| model.forward(x));
}

#[test]
fn an_lstm_learns_as_it_does_in_pytorch() {
    let model = Recurrent::default();
    assert_same_curve::<(usize, Const<7>)>("lstm", &model, |x| {
        model.output.forward(&model.lstm.last(&model.embedding.forward(x), None))
    });
}

#[test]
fn a_transformer_learns_as_it_does_in_pytorch() {
    let model = Transformer::default();
    assert_same_curve::<(usize, Const<7>)>("transformer", &model, |x| {
        let x = PositionalEncoding::<8>.forward(&model.embedding.forward(x));
        let y = model.block.0.forward(&x, &AttentionMask::none());
        model.output.forward(&y.flatten().shaped::<(usize, Const<56>)>())
    });
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
