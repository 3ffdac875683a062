//! EfficientNet-Lite0 against the same network written in PyTorch, and photographs read by Pillow. The fixture is made by
//! `tests/peers/efficientnet.py`.

use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::prelude::*;
use ferrolab::pretrained::EfficientNetLite0;

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
