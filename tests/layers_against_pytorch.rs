//! Every layer against PyTorch: outputs, and the gradients of inputs and parameters, from the same parameters. The
//! fixture is made by `tests/peers/layers.py`.

use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::nn::training;
use ferrolab::prelude::*;
use ferrolab::{Raw, autograd, ops};

/// One case of the fixture.
struct Case {
    name: &'static str,
    file: File,
}

impl Case {
    fn new(name: &'static str) -> Case {
        let path = format!("{}/tests/peers/layers.safetensors", env!("CARGO_MANIFEST_DIR"));
        Case { name, file: File::read(path).unwrap() }
    }

    #[track_caller]
    fn tensor(&self, key: &str) -> Array {
        let name = format!("{}.{key}", self.name);
        self.file.tensors().get(&name).unwrap_or_else(|| panic!("no `{name}` in the fixture")).clone()
    }

    fn has(&self, key: &str) -> bool {
        self.file.tensors().contains_key(&format!("{}.{key}", self.name))
    }

    /// Compares what `forward` makes of the inputs, and every gradient. The module gets PyTorch's state first.
    #[track_caller]
    fn check(&self, module: &dyn Module, forward: impl Fn(&[Raw]) -> Raw) {
        let prefix = format!("{}.state.", self.name);
        let state = module.state();
        let theirs = self.file.tensors().keys().filter(|key| key.starts_with(&prefix)).count();
        assert_eq!(state.len(), theirs, "{}: as many parameters and buffers as PyTorch has", self.name);
        for (name, tensor) in &state {
            tensor.set(self.tensor(&format!("state.{}", bare(name))));
        }
        let inputs: Vec<Raw> = (0..)
            .take_while(|i| self.has(&format!("x{i}")))
            .map(|i| {
                let x = Raw::new(self.tensor(&format!("x{i}")));
                if self.has(&format!("dx{i}")) { x.requires_grad() } else { x }
            })
            .collect();
        let y = forward(&inputs);
        self.compare("y", &y.array());
        let loss = ops::sum(&ops::mul(&y, &Raw::new(self.tensor("g"))));
        let gradients = autograd::backward(&loss);
        for (i, input) in inputs.iter().enumerate().filter(|(_, input)| input.is_tracked()) {
            self.compare(&format!("dx{i}"), &gradients.of_raw(input));
        }
        for (name, parameter) in module.parameters() {
            self.compare(&format!("grad.{}", bare(&name)), &gradients.of_raw(&parameter));
        }
        for (name, buffer) in module.buffers() {
            if self.has(&format!("after.{}", bare(&name))) {
                self.compare(&format!("after.{}", bare(&name)), &buffer.array());
            }
        }
    }

    #[track_caller]
    fn compare(&self, key: &str, ours: &Array) {
        let theirs = self.tensor(key);
        assert_eq!(ours.sizes(), theirs.sizes(), "{}.{key}", self.name);
        let largest = theirs.values().iter().fold(1f32, |largest, value| largest.max(value.abs()));
        for (i, (ours, theirs)) in ours.to_vec().iter().zip(theirs.values()).enumerate() {
            assert!(
                (ours - theirs).abs() <= 2e-5 * largest,
                "{}.{key}, value {i}: ours {ours}, PyTorch's {theirs}",
                self.name
            );
        }
    }
}

/// The name without the place of the layer in a plan.
fn bare(name: &str) -> &str {
    name.strip_prefix("0.").unwrap_or(name)
}

/// A tensor of run-time shape as a typed one.
fn typed<S: Shape>(x: &Raw) -> Tensor<S> {
    Tensor::from_raw(x.clone())
}

/// Checks a layer by its typed `forward`.
macro_rules! check {
    ($case:literal, $layer:expr, $shape:ty) => {{
        let layer = $layer;
        Case::new($case).check(&layer, |x| layer.forward(&typed::<$shape>(&x[0])).raw().clone());
    }};
}

/// Checks a plan of one layer.
macro_rules! check_word {
    ($case:literal, $model:expr) => {{
        let model = $model;
        Case::new($case).check(&model, |x| model.network().forward(&x[0]));
    }};
}

#[test]
fn embeddings() {
    let layer = Embedding::<7, 5>::default().padding(2);
    Case::new("embedding").check(&layer, |x| layer.forward(&typed::<Rank2<2, 3>>(&x[0])).raw().clone());
    let plan = sequential!(Input([3]).embedding(7, 5));
    assert_eq!(plan.forward(&Tensor::<Rank2<2, 3>>::zeros()).shape(), [2, 3, 5]);
}

#[test]
fn layer_and_group_normalisation() {
    check!("layer_norm", LayerNorm::<5>::default(), Rank3<3, 2, 5>);
    check!("layer_norm_wide", LayerNorm::<37>::default(), Rank2<2, 37>);
    check!("group_norm", GroupNorm::<3, 6>::default(), Rank4<2, 6, 3, 5>);
    check!("instance_norm", GroupNorm::<5, 5>::default(), Rank3<2, 5, 7>);
}

#[test]
fn batch_normalisation_in_evaluation_and_in_training() {
    macro_rules! both {
        ($evaluation:literal, $training:literal, $Layer:ty, $shape:ty) => {
            check!($evaluation, <$Layer>::default(), $shape);
            training(|| check!($training, <$Layer>::default(), $shape));
        };
    }
    both!("batch_norm_rows_evaluation", "batch_norm_rows_training", BatchNorm1d<5>, Rank2<7, 5>);
    both!("batch_norm_sequences_evaluation", "batch_norm_sequences_training", BatchNorm1d<3>, Rank3<2, 3, 5>);
    both!("batch_norm_pictures_evaluation", "batch_norm_pictures_training", BatchNorm2d<5>, Rank4<2, 5, 3, 7>);
}

#[test]
fn words_of_plans_compute_what_the_layers_do() {
    check_word!("layer_norm_wide", sequential!(Input([37]).layer_norm()));
    check_word!("group_norm", sequential!(Input([6, 3, 5]).group_norm(3)));
    check_word!("batch_norm_pictures_evaluation", sequential!(Input([5, 3, 7]).batch_norm()));
}

#[test]
fn convolutions_over_sequences() {
    check!("conv1d", Conv1d::<3, 4, 3>::default(), Rank3<2, 3, 7>);
    check!("conv1d_same", Conv1d::<2, 3, 5, Same>::default(), Rank3<2, 2, 7>);
    check!("conv1d_strided", <Conv1d<2, 3, 4, Strided<3, 1>>>::default(), Rank3<2, 2, 9>);
}

#[test]
fn convolutions_with_groups_and_dilation() {
    check!("depthwise", DepthwiseConv2d::<5, 3, Same>::default(), Rank4<2, 5, 4, 5>);
    let layer = <DepthwiseConv2d<3, 5, Strided<2, 2>>>::default().without_bias();
    check!("depthwise_strided", layer, Rank4<1, 3, 7, 6>);
    check!("grouped", GroupedConv2d::<6, 4, 3, 2>::default(), Rank4<2, 6, 5, 4>);
    check!("dilated", <Conv2d<3, 2, 3, Dilated<2>>>::default(), Rank4<2, 3, 5, 7>);
    check!("conv2d_without_bias", Conv2d::<3, 2, 3>::default().without_bias(), Rank4<1, 3, 5, 4>);
    check_word!("depthwise", sequential!(Input([5, 4, 5]).depthwise_conv2d(3).same()));
    check_word!("grouped", sequential!(Input([6, 5, 4]).conv2d(4, 3).groups(2)));
    check_word!("dilated", sequential!(Input([3, 5, 7]).conv2d(2, 3).dilation(2).same()));
    check_word!("conv2d_without_bias", sequential!(Input([3, 5, 4]).conv2d(2, 3).without_bias()));
    let everything = sequential!(Input([2, 9, 7]).conv2d(4, 3).groups(2).padding(1).dilation(2).stride(2));
    check_word!("conv2d_dilated_strided", everything);
}

#[test]
fn transposed_convolutions() {
    check!("transposed", ConvTranspose2d::<3, 2, 2, 2>::default(), Rank4<2, 3, 3, 4>);
    check!("transposed_padded", ConvTranspose2d::<2, 3, 3, 2, 1, 1>::default(), Rank4<1, 2, 3, 5>);
    check!("transposed_plain", ConvTranspose2d::<4, 1, 3>::default(), Rank4<1, 4, 2, 3>);
}

#[test]
fn poolings() {
    check!("avg_pool", AvgPool2d::<2>, Rank4<2, 3, 5, 4>);
    check_word!("avg_pool", sequential!(Input([3, 5, 4]).avg_pool2d(2)));
    check_word!("avg_pool_padded", sequential!(Input([3, 5, 7]).avg_pool2d(3).stride(2).padding(1)));
    check_word!("max_pool_strided", sequential!(Input([3, 6, 7]).max_pool2d(3).stride(2).padding(1)));
    check_word!("global_avg_pool", sequential!(Input([5, 3, 4]).global_avg_pool2d()));
}
