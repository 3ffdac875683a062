//! Every layer against PyTorch: outputs, and the gradients of inputs and parameters, from the same parameters. The
//! fixture is made by `tests/peers/layers.py`.

mod layers;
mod sources;

use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::nn::{LstmState, training};
use ferrolab::prelude::*;
use ferrolab::{Raw, autograd, ops};

/// One case of the fixture.
struct Case {
    name: &'static str,
    file: File,
}

impl Case {
    fn new(name: &'static str) -> Case {
        Case::of("layers", name)
    }

    fn of(fixture: &str, name: &'static str) -> Case {
        let path = format!("{}/tests/peers/{fixture}.safetensors", env!("CARGO_MANIFEST_DIR"));
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
    check_word!("conv1d", sequential!(Input([3, 7]).conv1d(4, 3)));
    check_word!("conv1d_same", sequential!(Input([2, 7]).conv1d(3, 5).same()));
    let everything =
        sequential!(Input([4, 11]).conv1d(6, 3).groups(2).padding(1).dilation(2).stride(2).without_bias());
    check_word!("conv1d_dilated_strided", everything);
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
fn padding_as_tensorflow_does_it() {
    check!("same_upper", <Conv2d<3, 4, 3, SameUpper<2>>>::default(), Rank4<2, 3, 6, 7>);
    check!("same_upper_depthwise", <DepthwiseConv2d<5, 5, SameUpper<2>>>::default(), Rank4<1, 5, 7, 8>);
    check!("same_upper_sequences", <Conv1d<2, 3, 3, SameUpper<2>>>::default(), Rank3<2, 2, 8>);
}

#[test]
fn transposed_convolutions() {
    check!("transposed", ConvTranspose2d::<3, 2, 2, 2>::default(), Rank4<2, 3, 3, 4>);
    check!("transposed_padded", ConvTranspose2d::<2, 3, 3, 2, 1, 1>::default(), Rank4<1, 2, 3, 5>);
    check!("transposed_plain", ConvTranspose2d::<4, 1, 3>::default(), Rank4<1, 4, 2, 3>);
    check_word!("transposed", sequential!(Input([3, 3, 4]).conv_transpose2d(2, 2).stride(2)));
    check_word!("transposed_padded", sequential!(Input([2, 3, 5]).conv_transpose2d(3, 3).stride(2).same()));
    check_word!("transposed_plain", sequential!(Input([4, 2, 3]).conv_transpose2d(1, 3)));
}

#[test]
fn poolings() {
    check!("avg_pool", AvgPool2d::<2>, Rank4<2, 3, 5, 4>);
    check_word!("avg_pool", sequential!(Input([3, 5, 4]).avg_pool2d(2)));
    check_word!("avg_pool_padded", sequential!(Input([3, 5, 7]).avg_pool2d(3).stride(2).padding(1)));
    check_word!("max_pool_strided", sequential!(Input([3, 6, 7]).max_pool2d(3).stride(2).padding(1)));
    check_word!("global_avg_pool", sequential!(Input([5, 3, 4]).global_avg_pool2d()));
    check_word!("global_max_pool", sequential!(Input([5, 3, 4]).global_max_pool2d()));
}

#[test]
fn poolings_over_sequences() {
    check!("max_pool1d", MaxPool1d::<2>, Rank3<2, 3, 7>);
    check!("avg_pool1d", AvgPool1d::<2>, Rank3<2, 3, 7>);
    check_word!("max_pool1d", sequential!(Input([3, 7]).max_pool1d(2)));
    check_word!("avg_pool1d", sequential!(Input([3, 7]).avg_pool1d(2)));
    check_word!("max_pool1d_strided", sequential!(Input([3, 8]).max_pool1d(3).stride(2).padding(1)));
    check_word!("avg_pool1d_padded", sequential!(Input([3, 8]).avg_pool1d(3).stride(2).padding(1)));
    check_word!("global_avg_pool1d", sequential!(Input([5, 4]).global_avg_pool1d()));
    check_word!("global_max_pool1d", sequential!(Input([5, 4]).global_max_pool1d()));
    check_word!("mean_over_time", sequential!(Input([5, 4]).mean_over_time()));
    check_word!("max_over_time", sequential!(Input([5, 4]).max_over_time()));
}

#[test]
fn activations_with_parameters_and_logarithms() {
    check!("prelu_channels", PRelu::<3>::default(), Rank3<2, 3, 4>);
    check_word!("prelu", sequential!(Input([3, 4]).prelu()));
    check_word!("log_softmax", sequential!(Input([5]).log_softmax()));
}

#[test]
fn other_sizes_and_another_order_of_axes() {
    check_word!("reshape", sequential!(Input([12]).reshape([2, 3, 2])));
    check_word!("permute", sequential!(Input([3, 4, 5]).permute([2, 0, 1])));
}

/// Outputs and states in one row, as in the script. States are a list of rows a layer, for `h` and for `c`.
fn flat(y: &Raw, states: &[&[Raw]]) -> Raw {
    let states = states.iter().flat_map(|states| states.iter());
    let parts: Vec<Raw> = std::iter::once(y).chain(states).map(|x| ops::reshape(x, &[1, x.len()])).collect();
    // Each part times a matrix that puts it in its place.
    let total: usize = parts.iter().map(Raw::len).sum();
    let mut start = 0;
    let placed = parts.iter().map(|part| {
        let mut places = vec![0.0; part.len() * total];
        (0..part.len()).for_each(|i| places[i * total + start + i] = 1.0);
        start += part.len();
        ops::matmul(part, &Raw::new(Array::from_vec(&[part.len(), total], places)))
    });
    ops::reshape(&placed.reduce(|a, b| ops::add(&a, &b)).unwrap(), &[total])
}

fn raws<S: Shape>(tensors: &[Tensor<S>]) -> Vec<Raw> {
    tensors.iter().map(|tensor| tensor.raw().clone()).collect()
}

/// Checks a recurrent layer whose state is `h` only, in every way that it can be called.
macro_rules! check_recurrent {
    ($Layer:ident, $one:literal, $sequences:literal, $word:ident, $deep:literal, |$state:ident| $states:expr) => {{
        let layer = $Layer::<3, 4>::default();
        Case::new($one).check(&layer, |x| {
            let (y, $state) = layer.forward(&typed::<Rank3<2, 5, 3>>(&x[0]));
            flat(y.raw(), &$states.each_ref().map(|states| &states[..]))
        });
        check_word!($sequences, sequential!(Input([3, 3]).$word(4).sequences()));
        let layer = $Layer::<3, 4, 2, Bidirectional>::default();
        Case::new($deep).check(&layer, |x| {
            let x = typed::<(Const<3>, Dyn<'T'>, Const<3>)>(&x[0]);
            let (y, $state) = layer.forward_with(&x, None, Some(&[3, 5, 1]));
            flat(y.raw(), &$states.each_ref().map(|states| &states[..]))
        });
    }};
}

#[test]
fn recurrent_layers() {
    check_recurrent!(SimpleRnn, "rnn", "rnn_sequences", simple_rnn, "rnn_deep_both", |h| [raws(&h)]);
    check_recurrent!(Gru, "gru", "gru_sequences", gru, "gru_deep_both", |h| [raws(&h)]);
    check_recurrent!(Lstm, "lstm", "lstm_sequences", lstm, "lstm_deep_both", |state| [
        raws(&state.h),
        raws(&state.c)
    ]);
}

#[test]
fn recurrent_layers_from_given_states() {
    let row = |x: &Raw| typed::<Rank2<2, 4>>(&ops::reshape(x, &[2, 4]));
    let layer = Gru::<3, 4>::default();
    Case::new("gru_start").check(&layer, |x| {
        let (y, h) = layer.forward_with(&typed::<Rank3<2, 4, 3>>(&x[0]), Some(&vec![row(&x[1])]), None);
        flat(y.raw(), &[&raws(&h)])
    });
    let layer = Lstm::<3, 4>::default();
    Case::new("lstm_start").check(&layer, |x| {
        let start = LstmState { h: vec![row(&x[1])], c: vec![row(&x[2])] };
        let (y, state) = layer.forward_with(&typed::<Rank3<2, 4, 3>>(&x[0]), Some(&start), None);
        flat(y.raw(), &[&raws(&state.h), &raws(&state.c)])
    });
}

#[test]
fn attention() {
    fn check(case: &'static str, mask: AttentionMask) {
        let layer = MultiHeadAttention::<6, 3>::default();
        Case::new(case).check(&layer, |x| {
            let x = typed::<(Const<2>, Dyn<'T'>, Const<6>)>(&x[0]);
            layer.forward(&x, &x, &x, &mask).raw().clone()
        });
    }
    check("attention", AttentionMask::none());
    check("attention_causal", AttentionMask::causal());
    check("attention_padded", AttentionMask::none().lengths(&[5, 3], 5));
    check_word!("attention", sequential!(Input([5, 6]).multi_head_attention(3)));
    check_word!("attention_causal", sequential!(Input([5, 6]).multi_head_attention(3).causal()));
    let layer = MultiHeadAttention::<4, 2>::default();
    Case::new("attention_cross").check(&layer, |x| {
        let [key, value] = [&x[1], &x[2]].map(typed::<Rank3<2, 5, 4>>);
        layer.forward(&typed::<Rank3<2, 3, 4>>(&x[0]), &key, &value, &AttentionMask::none()).raw().clone()
    });
}

#[test]
fn transformer_blocks() {
    let layer = TransformerEncoderLayer::<6, 2, 7>::default();
    let padded = AttentionMask::none().lengths(&[5, 3], 5);
    let forward = |x: &[Raw]| layer.forward(&typed::<Rank3<2, 5, 6>>(&x[0]), &padded).raw().clone();
    Case::new("encoder").check(&layer, forward);
    let layer = TransformerEncoderLayer::<6, 2, 7>::default().norm_first().activation(ops::tanh);
    let causal = AttentionMask::causal();
    let forward = |x: &[Raw]| layer.forward(&typed::<Rank3<2, 5, 6>>(&x[0]), &causal).raw().clone();
    Case::new("encoder_norm_first").check(&layer, forward);
    check_word!("encoder_gelu", sequential!(Input([4, 6]).transformer_encoder(3, 8).activation("gelu")));
    let causal_word =
        sequential!(Input([5, 6]).transformer_encoder(2, 7).norm_first().activation("tanh").causal());
    check_word!("encoder_norm_first", causal_word);
    let layer = TransformerDecoderLayer::<4, 2, 7>::default();
    Case::new("decoder").check(&layer, |x| {
        let [x, memory] = [&x[0], &x[1]].map(typed::<Rank3<2, 5, 4>>);
        layer.forward(&x, &memory, &causal, &padded).raw().clone()
    });
    let layer = TransformerDecoderLayer::<4, 2, 7>::default().norm_first();
    Case::new("decoder_norm_first").check(&layer, |x| {
        let (x, memory) = (typed::<Rank3<2, 5, 4>>(&x[0]), typed::<Rank3<2, 3, 4>>(&x[1]));
        layer.forward(&x, &memory, &AttentionMask::none(), &AttentionMask::none()).raw().clone()
    });
}

#[test]
fn a_block_drops_values_only_while_training() {
    let layer = TransformerEncoderLayer::<6, 2, 7>::default();
    let x = Tensor::<Rank3<2, 5, 6>>::uniform(-1.0, 1.0);
    let once = || layer.forward(&x, &AttentionMask::none()).to_vec();
    assert_eq!(once(), once());
    assert_ne!(training(once), training(once));
}

#[test]
fn words_of_transformers_drop_values_only_while_training() {
    let model = sequential!(Input([5, 6]).transformer_encoder(2, 7));
    let x = Tensor::<Rank3<2, 5, 6>>::uniform(-1.0, 1.0);
    let once = || model.forward(&x).to_vec();
    assert_eq!(once(), once());
    assert_ne!(training(once), training(once));
    let model =
        sequential!(Input([5, 6]).multi_head_attention(2).transformer_encoder(2, 7).inner_dropout(0.0));
    let once = || model.forward(&x).to_vec();
    assert_eq!(training(once), training(once));
    let model = sequential!(Input([5, 6]).multi_head_attention(2).inner_dropout(0.5));
    let once = || model.forward(&x).to_vec();
    assert_ne!(training(once), training(once));
}

#[test]
fn learnt_places_are_added_by_word_and_by_struct() {
    let model = sequential!(Input([5, 6]).position_embedding());
    let layer = PositionEmbedding::<7, 6>::default();
    model.parameters()[0].1.set(Array::from_vec(&[5, 6], layer.weight.to_vec()[..30].to_vec()));
    let x = Tensor::<Rank3<2, 5, 6>>::uniform(-1.0, 1.0);
    assert_eq!(model.forward(&x).to_vec(), layer.forward(&x).to_vec());
}

#[test]
fn a_short_cut_adds_what_came_before() {
    let model = sequential!(Input([4]).skip().dense(4).skip().tanh().add().add());
    let dense = sequential!(Input([4]).dense(4));
    for (to, from) in dense.parameters().iter().zip(model.parameters()) {
        to.1.set(from.1.array());
    }
    let x = Tensor::<Rank2<3, 4>>::uniform(-1.0, 1.0);
    let y = dense.forward(&x);
    assert_eq!(model.forward(&x).to_vec(), (y.tanh() + &y + &x).to_vec());
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
