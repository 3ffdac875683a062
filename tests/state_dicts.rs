//! Weights from elsewhere: a state dict of PyTorch with other names, the same in Keras's layouts, in several files as the
//! Hugging Face hub has them, and in every number format. The files are made by `tests/peers/state_dicts.py`.

use std::path::PathBuf;

use ferrolab::Raw;
use ferrolab::io::safetensors::{File, Mapping, Storage, save_as};
use ferrolab::nn::Padding;
use ferrolab::prelude::*;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers/state_dicts").join(name)
}

#[derive(Module)]
struct Unit<const I: usize, const O: usize, const K: usize, P: Padding> {
    conv: Conv2d<I, O, K, P>,
    norm: BatchNorm2d<O>,
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Default for Unit<I, O, K, P> {
    fn default() -> Self {
        Unit { conv: Conv2d::default().without_bias(), norm: BatchNorm2d::default() }
    }
}

#[derive(Module)]
struct Block<const I: usize, const O: usize, const S: usize> {
    first: Unit<I, O, 3, Strided<S, 1>>,
    depthwise: DepthwiseConv2d<O, 3, Same>,
    shortcut: Unit<I, O, 1, Strided<S, 0>>,
}

impl<const I: usize, const O: usize, const S: usize> Default for Block<I, O, S> {
    fn default() -> Self {
        Block { first: Unit::default(), depthwise: DepthwiseConv2d::default(), shortcut: Unit::default() }
    }
}

#[derive(Default, Module)]
struct Blocks(Block<4, 6, 1>, Block<6, 8, 2>);

#[derive(Default, Module)]
struct Net {
    stem: Unit<3, 4, 3, Same>,
    blocks: Blocks,
    head: Linear<8, 5>,
}

impl<const I: usize, const O: usize, const K: usize, P: Padding> Unit<I, O, K, P> {
    fn forward(&self, x: &Raw) -> Raw {
        let x = Tensor::<(usize, Const<I>, usize, usize)>::from_raw(x.clone());
        self.norm.forward(&self.conv.forward(&x)).raw().clone()
    }
}

impl<const I: usize, const O: usize, const S: usize> Block<I, O, S> {
    fn forward(&self, x: &Raw) -> Raw {
        let inner = Tensor::<(usize, Const<O>, usize, usize)>::from_raw(self.first.forward(x)).relu();
        let shortcut: Tensor<(usize, Const<O>, usize, usize)> = Tensor::from_raw(self.shortcut.forward(x));
        (self.depthwise.forward(&inner) + shortcut).relu().raw().clone()
    }
}

impl Net {
    fn forward(&self, x: &Raw) -> Tensor<(usize, Const<5>)> {
        let x = Tensor::<(usize, Const<4>, usize, usize)>::from_raw(self.stem.forward(x)).relu();
        let x = self.blocks.1.forward(&self.blocks.0.forward(x.raw()));
        let x = Tensor::<(usize, Const<8>)>::from_raw(ferrolab::ops::global_avg_pool2d(&x));
        self.head.forward(&x)
    }
}

/// Compares the network's outputs with PyTorch's.
#[track_caller]
fn assert_same_outputs(net: &Net) {
    let expected = File::read(path("expected.safetensors")).unwrap();
    let [x, y] = ["x", "y"].map(|name| expected.tensors()[name].clone());
    let ours = net.forward(&Raw::new(x)).to_vec();
    assert!(ours.iter().zip(y.values()).all(|(a, b)| (a - b).abs() < 1e-5), "{ours:?} is not {y:?}");
}

/// From torchvision's names to ours.
fn names() -> Mapping {
    Mapping::new()
        .strip_prefix("module")
        .rename("stem.0.*", "stem.conv.*")
        .rename("stem.1.*", "stem.norm.*")
        .replace("layer1", "blocks")
        .replace("conv1", "first.conv")
        .replace("bn1", "first.norm")
        .replace("dw", "depthwise")
        .replace("downsample.0", "shortcut.conv")
        .replace("downsample.1", "shortcut.norm")
        .replace("fc", "head")
}

#[test]
fn a_state_dict_of_pytorch_with_other_names_gives_its_outputs() {
    let mut net = Net::default();
    let loaded = net.load_mapped(path("net.safetensors"), &names()).unwrap();
    assert_eq!((loaded.loaded, loaded.of, loaded.misfits.len()), (31, 31, 0));
    assert_same_outputs(&net);
}

#[test]
fn weights_in_the_layouts_of_keras_give_the_same_outputs() {
    let mut net = Net::default();
    let keras = names().transpose("**.kernel").table([
        ("**.kernel", "**.weight"),
        ("**.gamma", "**.weight"),
        ("**.beta", "**.bias"),
        ("**.moving_mean", "**.running_mean"),
        ("**.moving_variance", "**.running_var"),
    ]);
    net.load_mapped(path("keras.safetensors"), &keras).unwrap();
    assert_same_outputs(&net);
}

#[test]
fn a_model_in_several_files_is_read_by_its_folder() {
    let mut net = Net::default();
    net.load_mapped(path("sharded"), &names()).unwrap();
    assert_same_outputs(&net);
    let (whole, parts) = (File::read(path("net.safetensors")).unwrap(), File::read(path("sharded")).unwrap());
    assert_eq!(whole.tensors().len(), parts.tensors().len());
    for (name, array) in parts.tensors() {
        assert_eq!(array.to_vec(), whole.tensors()[&format!("module.{name}")].to_vec());
    }
}

#[test]
fn another_head_is_left_out_by_name_or_by_shape() {
    #[derive(Default, Module)]
    struct Tuned {
        stem: Unit<3, 4, 3, Same>,
        blocks: Blocks,
        head: Linear<8, 2>,
    }
    let mut tuned = Tuned::default();
    let head = tuned.head.weight.to_vec();
    let text = tuned.load_mapped(path("net.safetensors"), &names()).unwrap_err().to_string();
    assert!(text.contains("head.weight  [2, 8]  module.fc.weight  [5, 8]  another shape"), "{text}");
    let loaded = tuned.load_mapped(path("net.safetensors"), &names().strict(false)).unwrap();
    assert_eq!((loaded.loaded, loaded.of, loaded.misfits.len()), (29, 31, 2));
    let loaded = tuned.load_mapped(path("net.safetensors"), &names().keep("head.*")).unwrap();
    assert_eq!((loaded.loaded, loaded.misfits.len()), (29, 0));
    assert_eq!(tuned.head.weight.to_vec(), head);
}

#[test]
fn every_number_format_is_read_as_pytorch_reads_it() {
    let file = File::read(path("dtypes.safetensors")).unwrap();
    for format in ["f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8", "bool"] {
        let [ours, theirs] =
            [format.to_owned(), format!("f32.{format}")].map(|name| file.tensors()[&name].to_vec());
        assert_eq!(ours, theirs, "{format}");
    }
}

#[test]
fn half_precision_rounds_as_pytorch_rounds() {
    let file = File::read(path("dtypes.safetensors")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let values = [("x".to_owned(), Raw::new(file.tensors()["values"].clone()))];
    let cases =
        [(Storage::F16, "rounded.F16", 2), (Storage::Bf16, "rounded.BF16", 2), (Storage::F32, "values", 4)];
    for (storage, theirs, bytes) in cases {
        let path = folder.path().join("x.safetensors");
        save_as(&path, &values, &[], storage).unwrap();
        let size = std::fs::metadata(&path).unwrap().len();
        assert_eq!(size % 8, 0);
        let read = File::read(&path).unwrap();
        assert_eq!(read.tensors()["x"].to_vec(), file.tensors()[theirs].to_vec());
        let header = u64::from_le_bytes(std::fs::read(&path).unwrap()[..8].try_into().unwrap());
        assert_eq!(size - header - 8, bytes * 8, "{storage:?}");
    }
}

#[test]
fn a_plan_in_half_precision_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.safetensors");
    let model = sequential!(Input([4]).dense(8).relu().dense(3));
    model.save_as(&path, Storage::Bf16).unwrap();
    let network = ferrolab::nn::Network::open(&path).unwrap();
    assert_eq!(network.code(), "Input([4]).dense(8).relu().dense(3)");
    let x = Tensor::<Rank2<5, 4>>::uniform(-1.0, 1.0);
    let (exact, rounded) = (model.forward(&x).to_vec(), network.forward(x.raw()).to_vec());
    assert!(exact.iter().zip(rounded).all(|(a, b)| (a - b).abs() < 0.05));
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
