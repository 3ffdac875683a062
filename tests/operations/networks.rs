//! Operations that layers and losses are made of.

use ferrolab::Raw;
use ferrolab::array::Array;
use ferrolab::ops;
use ferrolab::ops::{AttentionMask, Cell, ClassRule, Moves, Results};

use super::Cases;

#[test]
fn products_equal_pytorch() {
    let cases = Cases::new("network_operations");
    cases.all("linear", |_, x| ops::linear(&x[0], &x[1], Some(&x[2])));
    cases.all("linear_without_bias", |_, x| ops::linear(&x[0], &x[1], None));
    cases.all("linear_rows", |_, x| ops::linear_rows(&x[0], &x[1], Some(&x[2])));
    cases.all("add_bias", |_, x| ops::add_bias(&x[0], &x[1]));
    cases.all("matmul", |_, x| ops::matmul(&x[0], &x[1]));
}

#[test]
fn convolutions_of_odd_sizes_equal_pytorch() {
    let cases = Cases::new("network_operations");
    cases.all("conv2d", |at, x| ops::conv2d(&x[0], &x[1], Some(&x[2]), at[2], at[3]));
    cases.all("conv2d_without_bias", |at, x| ops::conv2d(&x[0], &x[1], None, at[0], at[1]));
    let moves = |at: &[usize]| Moves {
        stride: [at[0], at[1]],
        padding: [at[2], at[3]],
        dilation: [at[4], at[5]],
        groups: at[6],
    };
    cases.all("convolve", |at, x| ops::convolve(&x[0], &x[1], Some(&x[2]), &moves(at)));
    cases.all("conv_transpose2d", |at, x| {
        ops::conv_transpose2d(&x[0], &x[1], Some(&x[2]), &moves(at), [at[7], at[8]])
    });
    cases.all("conv1d", |at, x| {
        ops::conv1d(&x[0], &x[1], Some(&x[2]), &Moves::square(at[0], at[1], at[2], at[3]))
    });
}

#[test]
fn poolings_and_slopes_of_odd_sizes_equal_pytorch() {
    let cases = Cases::new("network_operations");
    cases.all("max_pool2d", |at, x| ops::max_pool2d(&x[0], at[0]));
    cases.all("max_pool2d_with", |at, x| ops::max_pool2d_with(&x[0], at[0], at[1], at[2]));
    cases.all("avg_pool2d", |at, x| ops::avg_pool2d(&x[0], at[0], at[1], at[2]));
    cases.all("global_avg_pool2d", |_, x| ops::global_avg_pool2d(&x[0]));
    cases.all("global_max_pool2d", |_, x| ops::global_max_pool2d(&x[0]));
    cases.all("max_pool1d", |at, x| ops::max_pool1d(&x[0], at[0], at[1], at[2]));
    cases.all("avg_pool1d", |at, x| ops::avg_pool1d(&x[0], at[0], at[1], at[2]));
    cases.all("prelu", |_, x| ops::prelu(&x[0], &x[1]));
    cases.all("upsample_bilinear2d", |at, x| ops::upsample_bilinear2d(&x[0], [at[0], at[1]]));
    cases.all("upsample_nearest2d", |at, x| ops::upsample_nearest2d(&x[0], at[0]));
}

#[test]
fn normalisations_of_odd_sizes_equal_pytorch() {
    let cases = Cases::new("network_operations");
    cases.all("batch_norm", |_, x| ops::batch_norm(&x[0], &x[1], &x[2], 1e-5).0);
    cases.all("batch_norm_with", |_, x| {
        let channels = x[1].len();
        let row = |f: fn(f32) -> f32| {
            Array::from_vec(&[channels], (0..channels).map(|channel| f(channel as f32)).collect())
        };
        let (mean, variance) = (row(|c| c / 8.0 - 0.5), row(|c| c / 4.0 + 0.5));
        ops::batch_norm_with(&x[0], &mean, &variance, &x[1], &x[2], 1e-5)
    });
    cases.all("group_norm", |at, x| ops::group_norm(&x[0], at[0], &x[1], &x[2], 1e-5));
    cases.all("layer_norm", |_, x| ops::layer_norm(&x[0], &x[1], &x[2], 1e-5));
}

#[test]
fn losses_of_odd_sizes_equal_pytorch() {
    let cases = Cases::new("network_operations");
    cases.all("cross_entropy", |labels, x| ops::cross_entropy(&x[0], labels));
    cases.all("cross_entropy_by", |labels, x| {
        let weights = (0..x[0].sizes()[1]).map(|class| class as f32 / 2.0 + 0.5).collect();
        let rule = ClassRule { weights: Some(weights), label_smoothing: 0.2, ..Default::default() };
        ops::cross_entropy_by(&x[0], labels, &rule)
    });
    cases.all("mse", |_, x| ops::mse(&x[0], &x[1]));
}

#[test]
fn embeddings_and_attention_equal_pytorch() {
    let cases = Cases::new("network_operations");
    cases.all("embedding", |ids, x| ops::embedding(&x[0], ids, &[ids.len()], None));
    let attention = |heads: usize, x: &[Raw], mask| ops::attention(&x[0], &x[1], &x[2], heads, &mask, 0.0).0;
    cases.all("attention", |at, x| attention(at[0], x, AttentionMask::none()));
    cases.all("attention_causal", |at, x| attention(at[0], x, AttentionMask::causal()));
}

#[test]
fn recurrent_cells_equal_pytorch() {
    let cases = Cases::new("network_operations");
    for (name, cell) in [("tanh", Cell::Tanh), ("relu", Cell::Relu), ("gru", Cell::Gru), ("lstm", Cell::Lstm)]
    {
        cases.all(&format!("recurrent_{name}"), |_, x| {
            let state = if x.len() == 5 { ops::cat(&x[3..], 1) } else { x[3].clone() };
            // The fixture begins with the products of the input.
            let gates = x[2].len();
            let identity = (0..gates * gates).map(|at| f32::from(u8::from(at % (gates + 1) == 0))).collect();
            let identity = Raw::new(Array::from_vec(&[gates, gates], identity));
            let no_bias = Raw::new(Array::full(&[gates], 0.0));
            let parameters = [&identity, &x[1], &no_bias, &x[2]];
            ops::recurrent(cell, &x[0], parameters, &state, None, false, Results::Both)
        });
    }
}
