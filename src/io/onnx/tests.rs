//! ONNX Runtime against us: it ran the very files that are written here, and computed what we compute. The fixture is made
//! by `tests/peers/onnx_runtime.py`.

use prost::Message;
use sha2::{Digest, Sha256};

use super::model;
use crate::array::Array;
use crate::io::safetensors::{self, File};
use crate::nn::plan::Plan;
use crate::nn::{Module, Network, WORDS};
use crate::raw::Raw;

const BATCH: usize = 3;

/// Models that together have every word. Constants, because a plan is large and a debug build keeps one a layer on its stack.
static CASES: [(&str, Plan); 20] = [
    (
        "cnn",
        input(&[3, 32, 32])
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
            .dense(10),
    ),
    (
        "residual",
        input(&[3, 9, 8])
            .conv2d(8, 3)
            .same()
            .without_bias()
            .batch_norm()
            .skip()
            .conv2d(8, 3)
            .groups(4)
            .dilation(2)
            .same()
            .group_norm(2)
            .silu()
            .skip()
            .depthwise_conv2d(3)
            .same()
            .hardswish()
            .add()
            .add()
            .hardsigmoid()
            .conv2d(6, 3)
            .stride(2)
            .padding(1)
            .avg_pool2d(3)
            .stride(2)
            .padding(1)
            .dropout(0.5)
            .global_avg_pool2d()
            .dense(5)
            .without_bias()
            .softmax(),
    ),
    (
        "decoder",
        input(&[12])
            .reshape([3, 2, 2])
            .conv_transpose2d(4, 3)
            .stride(2)
            .same()
            .leaky_relu(0.2)
            .conv_transpose2d(3, 4)
            .stride(3)
            .padding(1)
            .output_padding(2)
            .elu(0.7)
            .conv_transpose2d(4, 2)
            .without_bias()
            .prelu()
            .max_pool2d(3)
            .stride(2)
            .padding(1)
            .group_norm(4)
            .permute([1, 2, 0])
            .layer_norm(),
    ),
    ("picture_maxima", input(&[5, 3, 4]).softplus().batch_norm().global_max_pool2d().batch_norm()),
    (
        "text_cnn",
        input(&[17])
            .embedding(30, 6)
            .permute([1, 0])
            .conv1d(8, 3)
            .same()
            .batch_norm()
            .tanh()
            .max_pool1d(2)
            .conv1d(6, 3)
            .groups(2)
            .dilation(2)
            .stride(1)
            .without_bias()
            .avg_pool1d(3)
            .stride(1)
            .padding(1)
            .global_max_pool1d()
            .log_softmax(),
    ),
    ("mobile", input(&[2, 6, 5]).conv2d(6, 3).relu6().depthwise_conv2d(3).same().batch_norm().relu6()),
    ("sequence_means", input(&[4, 7]).sigmoid().group_norm(2).global_avg_pool1d()),
    ("bag_of_words", input(&[9]).embedding(20, 5).mean_over_time().dense(3)),
    ("greatest_words", input(&[9]).embedding(20, 5).max_over_time().dense(3)),
    ("lstm", input(&[11]).embedding(40, 8).lstm(6).sequences().dropout(0.2).lstm(5).dense(2)),
    ("lstm_both", input(&[5, 3]).lstm(4).bidirectional().sequences()),
    ("gru_both", input(&[7, 4]).gru(5).bidirectional().sequences().gru(3).bidirectional().dense(2)),
    ("rnn_both", input(&[6, 3]).simple_rnn(4).sequences().simple_rnn(3).bidirectional()),
    (
        "transformer",
        input(&[10])
            .embedding(50, 12)
            .position_embedding()
            .transformer_encoder(3, 24)
            .transformer_encoder(4, 20)
            .activation("gelu")
            .norm_first()
            .causal()
            .layer_norm()
            .mean_over_time()
            .dense(2),
    ),
    (
        "transformer_by_hand",
        input(&[6, 8])
            .positional_encoding()
            .skip()
            .multi_head_attention(2)
            .add()
            .layer_norm()
            .multi_head_attention(4)
            .causal()
            .transformer_encoder(2, 9)
            .activation("silu")
            .transformer_encoder(1, 9)
            .activation("tanh")
            .gelu(),
    ),
    (
        "enlarged",
        input(&[3, 5, 4])
            .conv2d(6, 3)
            .same()
            .instance_norm()
            .upsample(2)
            .conv2d(2, 3)
            .upsample(1)
            .flatten()
            .dense(3),
    ),
    ("nothing", input(&[4])),
    ("only_dropout", input(&[4]).dropout(0.3)),
    ("twice_itself", input(&[4]).skip().add()),
    ("output_added", input(&[4]).dense(4).skip().relu().skip().add().add()),
];

const fn input(sizes: &[usize]) -> Plan {
    Plan::new(sizes, true)
}

/// Numbers between -0.5 and 0.5 that are the same on every machine.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let number = |i: usize| {
        let mut bits = (i as u32).wrapping_mul(0x9E37_79B9) ^ seed.wrapping_mul(0x85EB_CA6B);
        for factor in [0x7FEB_352D, 0x846C_A68B] {
            bits = (bits ^ (bits >> 16)).wrapping_mul(factor);
        }
        (bits >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..count).map(number).collect()
}

/// A network of known parameters, which keep the size of what goes through.
fn network(plan: &Plan) -> Network {
    let network = Network::from_plan(plan);
    for (seed, (name, tensor)) in network.state().into_iter().enumerate() {
        let sizes = tensor.sizes();
        let fan_in: usize = sizes[1..].iter().product();
        let scale = 2.0 / (fan_in as f32).sqrt();
        // Around 1, where only positive numbers make sense.
        let centre = if name.ends_with("running_var") { 1.5 } else { 0.0 };
        let values = numbers(tensor.len(), seed as u32 + 1).into_iter().map(|value| centre + scale * value);
        tensor.set(Array::from_vec(&sizes, values.collect()));
    }
    network
}

/// A batch of inputs; token ids, if the network begins with an embedding.
fn inputs(network: &Network) -> Raw {
    let sizes = [&[BATCH], network.input()].concat();
    let mut values = numbers(sizes.iter().product(), 0);
    if let Some(step) = network.layers().first().map(|layer| layer.step())
        && step.word.name == "embedding"
    {
        let entries = step.size(0) as f32;
        values.iter_mut().for_each(|value| *value = ((*value + 0.5) * entries).floor());
    }
    Raw::new(Array::from_vec(&sizes, values))
}

fn fixture() -> File {
    File::read(format!("{}/tests/peers/onnx_runtime.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn onnx_runtime_computes_what_we_do() {
    let fixture = fixture();
    for (name, plan) in &CASES {
        let network = network(plan);
        // Of the file without our version, so that a new one of those does not need a new run.
        let digest = Sha256::digest(model(&network, "").encode_to_vec());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(fixture.metadata(name), Some(digest.as_str()), "{name}: the file that ONNX Runtime ran");

        let x = Raw::new(fixture.tensors()[&format!("{name}.x")].clone());
        let theirs = &fixture.tensors()[&format!("{name}.y")];
        let ours = network.forward(&x).array();
        assert_eq!(ours.sizes(), theirs.sizes(), "{name}");
        for (i, (ours, theirs)) in ours.to_vec().iter().zip(theirs.values()).enumerate() {
            assert!((ours - theirs).abs() <= 1e-4, "{name}, value {i}: ours {ours}, ONNX Runtime's {theirs}");
        }
    }
}

#[test]
fn every_word_has_been_run_by_onnx_runtime() {
    let used: Vec<&str> =
        CASES.iter().flat_map(|(_, plan)| plan.steps()).map(|step| step.word.name).collect();
    for word in WORDS {
        assert!(used.contains(&word.name), "`{}` is in none of the cases of this file", word.name);
    }
}

#[test]
fn a_file_says_what_it_is() {
    let plan = Plan::new(&[4], true).dense(3).relu();
    let file = model(&Network::from_plan(&plan), "1.2.3");
    assert_eq!((file.producer_name.as_str(), file.producer_version.as_str()), ("ferrolab", "1.2.3"));
    assert_eq!(file.doc_string, "Input([4]).dense(3).relu()");
    assert_eq!(file.metadata_props[0].key, "ferrolab.plan");
    assert_eq!(
        crate::nn::architecture::read(&file.metadata_props[0].value).unwrap().to_string(),
        file.doc_string
    );
    let graph = file.graph.unwrap();
    let names: Vec<&str> = graph.node.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["0.dense/Gemm", "1.relu/Relu"]);
    let weights: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(weights, ["0.weight", "0.bias"]);
    assert_eq!((graph.input[0].name.as_str(), graph.output[0].name.as_str()), ("input", "output"));
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::from_plan(&Plan::new(&[4], true).dense(3));
    let error = network.export_onnx(folder.path().join("no/model.onnx")).unwrap_err().to_string();
    assert!(error.starts_with("cannot write `"), "{error}");
    network.export_onnx(folder.path().join("model.onnx")).unwrap();
    assert_eq!(std::fs::read(folder.path().join("model.onnx")).unwrap(), network.to_onnx());
}

#[test]
#[ignore = "writes what tests/peers/onnx_runtime.py runs into the folder FERROLAB_ONNX"]
fn write_the_models_for_onnx_runtime() {
    let folder =
        std::path::PathBuf::from(std::env::var_os("FERROLAB_ONNX").expect("FERROLAB_ONNX: a folder"));
    let mut all = Vec::new();
    for (name, plan) in &CASES {
        let network = network(plan);
        network.export_onnx(folder.join(format!("{name}.onnx"))).unwrap();
        all.push(((*name).to_owned(), inputs(&network)));
    }
    safetensors::save(&folder.join("inputs.safetensors"), &all, &[]).unwrap();
}
