//! EfficientNet-Lite0 against the same network written in PyTorch, and photographs read by Pillow. The fixture is made by
//! `tests/peers/efficientnet.py`.

use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::prelude::*;
use ferrolab::pretrained::{EfficientNetLite0, imagenet};

fn fixture() -> File {
    File::read(format!("{}/tests/peers/efficientnet.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Pillow's pixels as a picture of values from 0 to 1.
fn pixels(file: &File, name: &str) -> Tensor<Rank3<3, 224, 224>> {
    let bytes = file.tensors()[&format!("{name}.pixels")].to_vec();
    let plane = |channel: usize| bytes.iter().skip(channel).step_by(3).map(|byte| byte / 255.0);
    Tensor::from_vec((0..3).flat_map(plane).collect())
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &Array, most: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs.values()).enumerate() {
        assert!((ours - theirs).abs() <= most, "{what}, value {i}: ours {ours}, PyTorch's {theirs}");
    }
}

#[test]
fn the_network_computes_what_pytorch_computes_from_the_same_weights() {
    let (file, model) = (fixture(), EfficientNetLite0::pretrained().unwrap());
    assert_eq!(model.parameter_count(), 4_631_000);
    let names = ["chelsea", "china"];
    let both = names.map(|name| EfficientNetLite0::normalize(&pixels(&file, name)));
    let batch: Tensor<Rank4<2, 3, 224, 224>> = both.stack::<0>();
    let features = no_grad(|| model.features(&batch));
    let (seen, scores) =
        no_grad(|| (features.global_avg_pool2d().to_vec(), model.scores(&features).to_vec()));
    for (i, name) in names.iter().enumerate() {
        let of = |kind: &str| &file.tensors()[&format!("{name}.{kind}")];
        assert_close(name, &seen[i * 1280..(i + 1) * 1280], of("features"), 1e-4);
        assert_close(name, &scores[i * 1000..(i + 1) * 1000], of("logits"), 1e-3);
    }
}

#[test]
fn photographs_are_cut_and_scaled_as_pillow_does_it() {
    let file = fixture();
    // Ours rounds to bytes in another order, and decoders of JPEG differ a little.
    for (name, most) in [("chelsea", 2.0), ("china", 4.0)] {
        let ours = EfficientNetLite0::picture(datasets::photo(name).unwrap()).unwrap().to_vec();
        let theirs = pixels(&file, name).to_vec();
        let differences: Vec<f32> = ours.iter().zip(&theirs).map(|(a, b)| 255.0 * (a - b).abs()).collect();
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        let greatest = differences.iter().copied().fold(0.0, f32::max);
        assert!(mean < 0.3 && greatest < most + 0.01, "{name}: up to {greatest} of 255, {mean} on average");
    }
}

#[test]
fn photographs_are_classified_as_by_the_original() {
    let (file, model) = (fixture(), EfficientNetLite0::pretrained().unwrap());
    // SOURCE.md, checked there with ONNX Runtime.
    let original: [(&str, &[(&str, f32)]); 4] = [
        ("chelsea", &[("tiger cat", 0.39), ("Egyptian cat", 0.36), ("tabby", 0.17)]),
        ("coffee", &[("espresso", 0.95)]),
        ("china", &[("palace", 0.36)]),
        ("img-march-pastoral", &[("ram", 0.39)]),
    ];
    for (name, expected) in original {
        let photo = EfficientNetLite0::preprocess(datasets::photo(name).unwrap()).unwrap();
        let ours = model.classify(&photo, 3);
        for ((label, probability), (expected, about)) in ours.iter().zip(expected) {
            assert_eq!(label, expected, "{name}: {ours:?}");
            assert!((probability - about).abs() < 0.02, "{name}: {ours:?}");
        }
        // PyTorch and Pillow on the same file.
        let of = |kind: &str| file.tensors()[&format!("{name}.{kind}")].to_vec();
        assert_eq!(ours[0].0, imagenet::label(of("classes")[0] as usize));
        assert!((ours[0].1 - of("probabilities")[0]).abs() < 0.02, "{name}: {ours:?}");
    }
}
