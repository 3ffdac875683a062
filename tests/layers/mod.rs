//! Layers of odd sizes, and those without parameters, against PyTorch. The fixture is made by `tests/peers/odd_layers.py`.

mod coverage;

use ferrolab::nn::training;
use ferrolab::ops;
use ferrolab::prelude::*;

use super::{Case, flat, raws, typed};

/// Checks a layer by its typed `forward`.
macro_rules! check {
    ($case:literal, $layer:expr, $shape:ty) => {{
        let layer = $layer;
        Case::of("odd_layers", $case).check(&layer, |x| layer.forward(&typed::<$shape>(&x[0])).raw().clone());
    }};
}

/// Checks a plan.
macro_rules! check_word {
    ($case:expr, $model:expr) => {{
        let model = $model;
        Case::of("odd_layers", $case).check(&model, |x| model.network().forward(&x[0]));
    }};
}

/// Checks a word whose input may have any shape.
macro_rules! check_words {
    ($($name:literal => $word:ident($($argument:expr)?);)*) => { $(
        check_word!(concat!($name, "_row"), sequential!(Input([7]).$word($($argument)?)));
        check_word!(concat!($name, "_picture"), sequential!(Input([3, 5, 4]).$word($($argument)?)));
    )* };
}

#[test]
fn words_without_parameters() {
    check_words! {
        "relu" => relu();
        "leaky_relu" => leaky_relu(0.05);
        "elu" => elu(1.5);
        "gelu" => gelu();
        "silu" => silu();
        "sigmoid" => sigmoid();
        "tanh" => tanh();
        "softmax" => softmax();
        "softplus" => softplus();
        "hardsigmoid" => hardsigmoid();
        "hardswish" => hardswish();
        "flatten" => flatten();
        "dropout" => dropout(0.4);
    }
    check!("dropout_row", Dropout::new(0.4), Rank2<3, 7>);
}

#[test]
fn enlarged_pictures_and_normalised_ones() {
    check!("upsample_picture", Upsample::<2>, Rank4<2, 3, 5, 4>);
    check!("upsample_thrice", Upsample::<3>, Rank4<1, 5, 1, 2>);
    check_word!("upsample_thrice", sequential!(Input([5, 1, 2]).upsample(3)));
    check!("instance_norm_picture", InstanceNorm2d::<3>::default(), Rank4<2, 3, 5, 4>);
    check!("instance_norm_wide", InstanceNorm2d::<17>::default(), Rank4<1, 17, 2, 1>);
    check_word!("instance_norm_wide", sequential!(Input([17, 2, 1]).instance_norm()));
}

#[test]
fn dense_layers_and_tables() {
    check!("linear_one", Linear::<1, 1>::default(), Rank2<1, 1>);
    check!("linear_narrow", Linear::<7, 1>::default(), Rank2<5, 7>);
    check!("linear_wide", Linear::<5, 17>::default(), Rank2<3, 5>);
    check!("linear_steps", Linear::<5, 3>::default(), Rank3<2, 7, 5>);
    check!("linear_without_bias", Linear::<7, 3>::default().without_bias(), Rank2<2, 7>);
    check_word!("linear_wide", sequential!(Input([5]).dense(17)));
    check_word!("linear_without_bias", sequential!(Input([7]).dense(3).without_bias()));
    check!("embedding_one", Embedding::<1, 3>::default(), Rank2<1, 2>);
    check!("embedding_long", Embedding::<13, 1>::default(), Rank2<1, 9>);
    check_word!("embedding_long", sequential!(Input([9]).embedding(13, 1)));
    check!("positions", PositionEmbedding::<7, 3>::default(), Rank3<2, 5, 3>);
    check!("positions_one", PositionEmbedding::<1, 5>::default(), Rank3<1, 1, 5>);
}

#[test]
fn sines_of_places_are_those_of_the_paper() {
    let y = PositionalEncoding::<6>.forward(&Tensor::<Rank3<1, 5, 6>>::zeros()).to_vec();
    let word = sequential!(Input([5, 6]).positional_encoding()).forward(&Tensor::<Rank3<1, 5, 6>>::zeros());
    assert_eq!(y, word.to_vec());
    for (i, y) in y.into_iter().enumerate() {
        let (step, feature) = ((i / 6) as f64, i % 6);
        let angle = step / 10_000f64.powf((feature - feature % 2) as f64 / 6.0);
        let expected = if feature.is_multiple_of(2) { angle.sin() } else { angle.cos() };
        assert!((f64::from(y) - expected).abs() < 1e-6, "step {step}, feature {feature}: {y} for {expected}");
    }
}

#[test]
fn convolutions() {
    check!("conv2d_pixel", Conv2d::<1, 1, 1>::default(), Rank4<1, 1, 1, 1>);
    check!("conv2d_same", Conv2d::<17, 5, 3, Same>::default(), Rank4<1, 17, 4, 3>);
    check!("conv2d_strided", <Conv2d<3, 7, 5, Strided<3, 2>>>::default(), Rank4<2, 3, 8, 9>);
    check!("conv2d_whole", Conv2d::<2, 9, 4>::default(), Rank4<3, 2, 4, 4>);
    check_word!("conv2d_same", sequential!(Input([17, 4, 3]).conv2d(5, 3).same()));
    check_word!("conv2d_strided", sequential!(Input([3, 8, 9]).conv2d(7, 5).stride(3).padding(2)));
    check!("conv1d_one", Conv1d::<1, 1, 1>::default(), Rank3<1, 1, 1>);
    check!("conv1d_wide", Conv1d::<5, 17, 3, Same>::default(), Rank3<2, 5, 7>);
    check!("depthwise_one", DepthwiseConv2d::<1, 3>::default(), Rank4<1, 1, 3, 5>);
    check!("grouped_thirds", GroupedConv2d::<9, 3, 1, 3>::default(), Rank4<2, 9, 3, 2>);
    check!("transposed_wide", ConvTranspose2d::<5, 17, 2, 3, 0, 2>::default(), Rank4<1, 5, 2, 3>);
}

#[test]
fn poolings() {
    check!("max_pool", MaxPool2d::<2>, Rank4<2, 3, 5, 4>);
    check!("max_pool_wide", MaxPool2d::<3>, Rank4<1, 17, 7, 9>);
    check!("avg_pool_wide", AvgPool2d::<3>, Rank4<1, 17, 7, 9>);
    check_word!("max_pool", sequential!(Input([3, 5, 4]).max_pool2d(2)));
    check_word!("max_pool_overlapping", sequential!(Input([1, 3, 5]).max_pool2d(2).stride(1)));
    check_word!("avg_pool_overlapping", sequential!(Input([1, 3, 5]).avg_pool2d(2).stride(1)));
    check_word!("global_avg_pool_pixel", sequential!(Input([17, 1, 1]).global_avg_pool2d()));
}

#[test]
fn normalisations() {
    check!("layer_norm_one", LayerNorm::<1>::default(), Rank2<3, 1>);
    check!("group_norm_one", GroupNorm::<1, 7>::default(), Rank3<1, 7, 3>);
    check!("group_norm_rows", GroupNorm::<3, 9>::default(), Rank2<5, 9>);
    training(|| {
        check!("batch_norm_wide", BatchNorm2d::<17>::default(), Rank4<1, 17, 3, 1>);
        check!("batch_norm_one", BatchNorm1d::<1>::default(), Rank2<3, 1>);
        check_word!("batch_norm_wide", sequential!(Input([17, 3, 1]).batch_norm()));
    });
}

/// Checks a recurrent layer at two sizes, and its word in the two ways that leave out the states.
macro_rules! check_recurrent {
    ($Layer:ident, $word:ident, $one:literal, $wide:literal, $last:literal, $both:literal, |$state:ident| $states:expr) => {{
        let layer = $Layer::<1, 1>::default();
        Case::of("odd_layers", $one).check(&layer, |x| {
            let (y, $state) = layer.forward(&typed::<Rank3<1, 1, 1>>(&x[0]));
            flat(y.raw(), &$states.each_ref().map(|states| &states[..]))
        });
        let layer = $Layer::<5, 17>::default();
        Case::of("odd_layers", $wide).check(&layer, |x| {
            let (y, $state) = layer.forward(&typed::<Rank3<3, 2, 5>>(&x[0]));
            flat(y.raw(), &$states.each_ref().map(|states| &states[..]))
        });
        check_word!($last, sequential!(Input([7, 3]).$word(5)));
        check_word!($both, sequential!(Input([5, 3]).$word(4).sequences().bidirectional()));
    }};
}

#[test]
fn recurrent_layers_and_words() {
    check_recurrent!(SimpleRnn, simple_rnn, "rnn_one", "rnn_wide", "rnn_last", "rnn_both", |h| [raws(&h)]);
    check_recurrent!(Gru, gru, "gru_one", "gru_wide", "gru_last", "gru_both", |h| [raws(&h)]);
    check_recurrent!(Lstm, lstm, "lstm_one", "lstm_wide", "lstm_last", "lstm_both", |state| [
        raws(&state.h),
        raws(&state.c)
    ]);
}

#[test]
fn attention_and_transformer_blocks() {
    let none = AttentionMask::none();
    let layer = MultiHeadAttention::<1, 1>::default();
    Case::of("odd_layers", "attention_one").check(&layer, |x| {
        let x = typed::<Rank3<1, 1, 1>>(&x[0]);
        layer.forward(&x, &x, &x, &none).raw().clone()
    });
    let layer = MultiHeadAttention::<15, 5>::default();
    Case::of("odd_layers", "attention_wide").check(&layer, |x| {
        let x = typed::<Rank3<2, 7, 15>>(&x[0]);
        layer.forward(&x, &x, &x, &none).raw().clone()
    });
    let layer = TransformerEncoderLayer::<9, 3, 17>::default();
    Case::of("odd_layers", "encoder_wide")
        .check(&layer, |x| layer.forward(&typed::<Rank3<1, 7, 9>>(&x[0]), &none).raw().clone());
    let layer = TransformerDecoderLayer::<6, 3, 5>::default();
    Case::of("odd_layers", "decoder_one").check(&layer, |x| {
        let (x, memory) = (typed::<Rank3<1, 1, 6>>(&x[0]), typed::<Rank3<1, 3, 6>>(&x[1]));
        layer.forward(&x, &memory, &none, &none).raw().clone()
    });
}

#[test]
fn short_cuts() {
    check_word!("residual_row", sequential!(Input([5]).skip().dense(5).relu().add()));
    check_word!("residual_wide", sequential!(Input([17]).skip().dense(17).relu().add()));
}

#[test]
fn a_dropped_value_has_no_gradient_and_the_others_more() {
    manual_seed(4);
    let x = Tensor::<Rank1<50>>::ones().requires_grad();
    let y = training(|| Dropout::new(0.4).forward(&x));
    assert_eq!(y.sum().backward().of(&x).to_vec(), y.to_vec());
    assert!(y.to_vec().contains(&0.0) && ops::max(y.raw()).to_vec() == [1.0 / 0.6]);
}
