//! Explanations against captum, of the same weights. The fixture is made by `tests/peers/explain.py`.

use ferrolab::Raw;
use ferrolab::explain::{Occlusion, Path};
use ferrolab::io::safetensors::File;
use ferrolab::prelude::*;

type Images = Tensor<Rank4<2, 3, 13, 11>>;

/// The classes of the two pictures.
const CLASSES: [usize; 2] = [3, 0];

fn fixture() -> File {
    File::read(format!("{}/tests/peers/explain.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn tensor<S: Shape>(file: &File, name: &str) -> Tensor<S> {
    Tensor::from_raw(Raw::new(file.tensors()[name].clone()))
}

fn cnn(file: &File) -> Sequential<Rank3<3, 13, 11>, Rank1<5>> {
    let model = sequential!(
        Input([3, 13, 11])
            .conv2d(6, 3)
            .same()
            .relu()
            .max_pool2d(2)
            .conv2d(8, 3)
            .relu()
            .flatten()
            .dense(10)
            .relu()
            .dense(5)
    );
    take(&model, file, "cnn");
    model
}

/// Gives the model the weights of the fixture.
fn take(model: &impl Module, file: &File, prefix: &str) {
    for (name, parameter) in model.parameters() {
        parameter.set(file.tensors()[&format!("{prefix}.{name}")].clone());
    }
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= tolerance, "{what}, value {i}: ours {ours}, captum's {theirs}");
    }
}

#[test]
fn gradients_equal_captum() {
    let file = fixture();
    let (model, x): (_, Images) = (cnn(&file), tensor(&file, "x"));
    let theirs = |name: &str| file.tensors()[name].to_vec();
    assert_close("scores", &model.forward(&x).to_vec(), &theirs("scores"), 1e-5);
    assert_close("saliency", &explain::saliency(&model, &x, CLASSES).to_vec(), &theirs("saliency"), 1e-5);
    let guided = explain::guided_backprop(&model, &x, CLASSES);
    assert_close("guided backprop", &guided.to_vec(), &theirs("guided_backprop"), 1e-5);
    let cam = explain::grad_cam(&model, &x, CLASSES);
    assert_close("grad-cam", &cam.to_vec(), &theirs("grad_cam.upsampled"), 1e-5);
}

#[test]
fn integrated_gradients_equal_captum_and_are_complete() {
    let file = fixture();
    let (model, x): (_, Images) = (cnn(&file), tensor(&file, "x"));
    let shares = explain::integrated_gradients(&model, &x, CLASSES, Path { baseline: 0.1, steps: 50 });
    let theirs = |name: &str| file.tensors()[name].to_vec();
    assert_close("integrated gradients", &shares.values.to_vec(), &theirs("integrated_gradients"), 1e-5);
    assert_close("delta", &shares.delta, &theirs("integrated_gradients.delta"), 1e-4);
    assert!(shares.delta.iter().all(|delta| delta.abs() < 0.01), "{:?}", shares.delta);
}

#[test]
fn occlusion_equals_captum() {
    let file = fixture();
    let (model, x): (_, Images) = (cnn(&file), tensor(&file, "x"));
    for (window, stride) in [(3, 2), (4, 3), (5, 1)] {
        let map = explain::occlusion(&model, &x, CLASSES, Occlusion { window, stride, baseline: 0.2 });
        let name = format!("occlusion.{window}.{stride}");
        assert_close(&name, &map.to_vec(), &file.tensors()[&name].to_vec(), 1e-5);
    }
}

#[test]
fn token_attributions_equal_captum() {
    let file = fixture();
    let model = sequential!(Input([9]).embedding(20, 6).flatten().dense(12).tanh().dense(3));
    take(&model, &file, "text");
    let ids: Tensor<Rank2<2, 9>> = tensor(&file, "ids");
    let shares = explain::token_attribution(&model, &ids, [2, 1]);
    assert_close("tokens", &shares.to_vec(), &file.tensors()["tokens"].to_vec(), 1e-4);
}
