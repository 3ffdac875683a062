//! Laws that layers, and what trains them, obey whatever the sizes and values.

use ferrolab::Raw;
use ferrolab::array::Array;
use ferrolab::nn::{self, training};
use ferrolab::ops::{self, AttentionMask, Moves};
use ferrolab::optim::{Adagrad, AdamW, RmsProp, clip_grad_norm};
use ferrolab::prelude::*;
use proptest::prelude::*;

/// A tensor of the sizes, of numbers between -3 and 3.
fn tensor(sizes: &[usize]) -> impl Strategy<Value = Raw> + use<> {
    let sizes = sizes.to_vec();
    prop::collection::vec(-3f32..3.0, sizes.iter().product::<usize>())
        .prop_map(move |values| Raw::new(Array::from_vec(&sizes, values)))
}

/// Scores of one to five rows and classes.
fn scores() -> impl Strategy<Value = Raw> {
    (1usize..6, 1usize..6).prop_flat_map(|(n, classes)| tensor(&[n, classes]))
}

/// Sizes are equal, and values but for rounding.
fn assert_near(a: &Raw, b: &Raw, tolerance: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.sizes(), b.sizes());
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        prop_assert!((a - b).abs() <= tolerance, "{} and {}", a, b);
    }
    Ok(())
}

proptest! {
    #[test]
    fn probabilities_add_up_to_one_and_forget_a_shift(x in scores(), shift in -50f32..50.0) {
        let y = ops::softmax(&x);
        prop_assert!(ops::sum_last(&y).to_vec().iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        prop_assert!(y.to_vec().iter().all(|p| (0.0..=1.0).contains(p)));
        assert_near(&ops::softmax(&ops::add_scalar(&x, shift)), &y, 1e-5)?;
        assert_near(&ops::ln(&y), &ops::log_softmax(&x), 1e-4)?;
    }

    #[test]
    fn the_loss_of_classes_is_positive_and_forgets_a_shift(x in scores(), shift in -50f32..50.0, class in 0usize..5) {
        let sizes = x.sizes();
        let labels = vec![class % sizes[1]; sizes[0]];
        let loss = ops::cross_entropy(&x, &labels);
        prop_assert!(loss.to_vec()[0] > -1e-6);
        assert_near(&ops::cross_entropy(&ops::add_scalar(&x, shift), &labels), &loss, 1e-4)?;
        let even = ops::cross_entropy(&Raw::new(Array::full(&sizes, shift)), &labels).to_vec()[0];
        prop_assert!((even - (sizes[1] as f32).ln()).abs() < 1e-5);
    }

    #[test]
    fn an_embedding_is_the_product_with_one_hot_rows(
        table in (1usize..6, 1usize..5).prop_flat_map(|(entries, width)| tensor(&[entries, width])),
        ids in prop::collection::vec(0usize..100, 1..7),
    ) {
        let entries = table.sizes()[0];
        let ids: Vec<usize> = ids.into_iter().map(|id| id % entries).collect();
        let mut rows = vec![0.0; ids.len() * entries];
        ids.iter().enumerate().for_each(|(row, id)| rows[row * entries + id] = 1.0);
        let rows = Raw::new(Array::from_vec(&[ids.len(), entries], rows));
        assert_near(&ops::embedding(&table, &ids, &[ids.len()], None), &ops::matmul(&rows, &table), 0.0)?;
    }

    #[test]
    fn a_normalised_batch_has_mean_zero_and_variance_one(
        x in (2usize..5, 1usize..4, 2usize..5).prop_flat_map(|(n, c, l)| tensor(&[n, c, l]))
    ) {
        let sizes = x.sizes();
        let [ones, zeros] = [1.0, 0.0].map(|value| Raw::new(Array::full(&[sizes[1]], value)));
        let channels = |y: &Raw| ops::reshape(&ops::permute(y, &[1, 0, 2]), &[sizes[1], sizes[0] * sizes[2]]);
        let y = channels(&ops::batch_norm(&x, &ones, &zeros, 0.0).0);
        prop_assert!(ops::mean_axis(&y, 1).to_vec().iter().all(|mean| mean.abs() < 1e-4));
        prop_assert!(ops::var_axis(&y, 1, false).to_vec().iter().all(|variance| (variance - 1.0).abs() < 1e-3));
        let [ones, zeros] = [1.0, 0.0].map(|value| Raw::new(Array::full(&[sizes[2]], value)));
        let y = ops::layer_norm(&x, &ones, &zeros, 1e-12);
        prop_assert!(ops::mean_last(&y).to_vec().iter().all(|mean| mean.abs() < 1e-3));
    }

    #[test]
    fn pooled_values_lie_between_the_smallest_and_the_greatest(
        (x, window) in (1usize..4, 1usize..4, 1usize..4, 1usize..4)
            .prop_flat_map(|(c, h, w, window)| (tensor(&[2, c, h * window, w * window]), Just(window)))
    ) {
        let (mean, most) = (ops::avg_pool2d(&x, window, window, 0), ops::max_pool2d(&x, window));
        let least = ops::neg(&ops::max_pool2d(&ops::neg(&x), window));
        for ((mean, most), least) in mean.to_vec().iter().zip(most.to_vec()).zip(least.to_vec()) {
            prop_assert!(least - 1e-5 <= *mean && *mean <= most + 1e-5);
        }
        // Windows that cover everything say the same as the whole.
        assert_near(&ops::global_avg_pool2d(&mean), &ops::global_avg_pool2d(&x), 1e-5)?;
        assert_near(&ops::max(&most), &ops::max(&x), 0.0)?;
        assert_near(&ops::max_pool2d(&ops::upsample_nearest2d(&x, 2), 2), &x, 0.0)?;
    }

    #[test]
    fn dropout_keeps_the_mean_and_scales_what_it_keeps(seed in 0u64..1000, rate in 0f32..0.9) {
        manual_seed(seed);
        let y = ops::dropout(&Raw::new(Array::full(&[4000], 1.0)), rate).to_vec();
        let mean = y.iter().sum::<f32>() / 4000.0;
        // Six standard deviations of a mean of 4000 values.
        let deviation = (rate / (1.0 - rate) / 4000.0).sqrt();
        prop_assert!((mean - 1.0).abs() <= 6.0 * deviation + 1e-5, "{}", mean);
        let kept = 1.0 / (1.0 - rate);
        prop_assert!(y.iter().all(|&y| y == 0.0 || (y - kept).abs() < 1e-5 * kept));
    }
}

/// Two pictures and two weights that fit them, a stride and a padding.
fn convolution() -> impl Strategy<Value = ([Raw; 4], usize, usize)> {
    (1usize..4, 1usize..5, 1usize..4, 1usize..4, 1usize..3, 0usize..3).prop_flat_map(
        |(c, o, kernel, more, stride, padding)| {
            let (picture, weight) = ([2, c, kernel + more, kernel + more], [o, c, kernel, kernel]);
            let all = (tensor(&picture), tensor(&picture), tensor(&weight), tensor(&weight));
            (all.prop_map(|(x, y, v, w)| [x, y, v, w]), Just(stride), Just(padding))
        },
    )
}

proptest! {
    #[test]
    fn a_convolution_is_linear_in_its_input_and_in_its_weight(
        ([x, y, v, w], stride, padding) in convolution(), factor in -2f32..2.0
    ) {
        let both = |a: &Raw, b: &Raw| ops::add(&ops::mul_scalar(a, factor), b);
        let conv = |x: &Raw, w: &Raw| ops::conv2d(x, w, None, stride, padding);
        assert_near(&conv(&both(&x, &y), &v), &both(&conv(&x, &v), &conv(&y, &v)), 2e-3)?;
        assert_near(&conv(&x, &both(&v, &w)), &both(&conv(&x, &v), &conv(&x, &w)), 2e-3)?;
    }

    #[test]
    fn the_transposed_convolution_is_the_adjoint(([x, _, w, _], stride, padding) in convolution()) {
        let y = ops::conv2d(&x, &w, None, stride, padding);
        let there = ops::sum(&ops::mul(&y, &y)).to_vec()[0];
        // What the strides left over at the far end.
        let (size, kernel) = (x.sizes()[2] + 2 * padding, w.sizes()[2]);
        let rest = (size - kernel) % stride;
        prop_assume!((y.sizes()[2] - 1) * stride + kernel + rest > 2 * padding);
        let moves = Moves::square(stride, padding, 1, 1);
        let back = ops::conv_transpose2d(&y, &w, None, &moves, [rest; 2]);
        let back = ops::sum(&ops::mul(&back, &x)).to_vec()[0];
        prop_assert!((there - back).abs() <= 1e-4 * (1.0 + there.abs()), "{} and {}", there, back);
    }

    #[test]
    fn groups_are_convolutions_side_by_side(([x, y, v, w], stride, padding) in convolution()) {
        let moves = Moves::square(stride, padding, 1, 2);
        let together = ops::convolve(&ops::cat(&[x.clone(), y.clone()], 1), &ops::cat(&[v.clone(), w.clone()], 0), None, &moves);
        let alone = [(&x, &v), (&y, &w)].map(|(x, w)| ops::conv2d(x, w, None, stride, padding));
        assert_near(&together, &ops::cat(&alone, 1), 1e-3)?;
    }

    #[test]
    fn a_convolution_by_single_pixels_is_a_product_of_matrices(
        (x, w) in (1usize..6, 1usize..6).prop_flat_map(|(c, o)| (tensor(&[2, c, 3, 4]), tensor(&[o, c])))
    ) {
        let [o, c] = w.sizes()[..] else { unreachable!() };
        let pixels = ops::linear_rows(&ops::permute(&x, &[0, 2, 3, 1]), &w, None);
        let convolved = ops::conv2d(&x, &ops::reshape(&w, &[o, c, 1, 1]), None, 1, 0);
        assert_near(&convolved, &ops::permute(&pixels, &[0, 3, 1, 2]), 1e-4)?;
    }
}

/// Sequences of steps of three features.
type Sequences = Tensor<(usize, usize, Const<3>)>;

/// Runs a recurrent layer over sequences of different lengths, together and each alone.
macro_rules! together_and_alone {
    ($x:expr, $lengths:expr, $Layer:ty) => {{
        let (x, lengths, layer) = ($x, $lengths, <$Layer>::default());
        let (together, _) = layer.forward_with(&Sequences::from_raw(x.clone()), None, Some(&lengths[..]));
        for (i, &length) in lengths.iter().enumerate() {
            let own = ops::slice(&ops::slice(x, 0, i, 1), 1, 0, length);
            let (alone, _) = layer.forward(&Sequences::from_raw(own));
            let of_batch = ops::slice(together.raw(), 0, i, 1);
            assert_near(&ops::slice(&of_batch, 1, 0, length), alone.raw(), 1e-5)?;
            let behind = ops::slice(&of_batch, 1, length, x.sizes()[1] - length);
            prop_assert!(behind.to_vec().iter().all(|&y| y == 0.0));
        }
    }};
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_padded_sequence_gives_what_it_gives_alone(x in tensor(&[3, 6, 3]), lengths in prop::array::uniform3(1usize..7)) {
        together_and_alone!(&x, lengths, SimpleRnn<3, 4>);
        together_and_alone!(&x, lengths, Gru<3, 4, 2>);
        together_and_alone!(&x, lengths, Lstm<3, 4>);
        together_and_alone!(&x, lengths, Lstm<3, 2, 2, Bidirectional>);
    }

    #[test]
    fn backwards_is_forwards_over_the_sequence_turned_round(x in tensor(&[2, 5, 8])) {
        let [wx, wh, bx, bh, h] = [&[8, 8][..], &[8, 2], &[8], &[8], &[2, 4]]
            .map(|sizes| Raw::new(ferrolab::random::uniform(sizes, -1.0, 1.0)));
        let run = |x: &Raw, reverse| {
            ops::recurrent(ops::Cell::Lstm, x, [&wx, &wh, &bx, &bh], &h, None, reverse, ops::Results::Outputs)
        };
        let (backwards, turned) = (run(&x, true), run(&ops::flip(&x, 1), false));
        assert_near(&backwards, &ops::flip(&turned, 1), 1e-6)?;
    }

    #[test]
    fn masked_keys_might_as_well_not_be_there(x in tensor(&[2, 5, 6]), length in 1usize..5) {
        let attention = |keys: &Raw, mask: &AttentionMask| ops::attention(&x, keys, keys, 3, mask, 0.0).0;
        let masked = attention(&x, &AttentionMask::none().lengths(&[length; 2], 5));
        assert_near(&masked, &attention(&ops::slice(&x, 1, 0, length), &AttentionMask::none()), 1e-5)?;
        // A query that looks back only does not know what comes: its answer is that of the sequence cut off behind it.
        let causal = attention(&x, &AttentionMask::causal());
        let cut = ops::slice(&x, 1, 0, length);
        let of_cut = ops::attention(&cut, &cut, &cut, 3, &AttentionMask::causal(), 0.0).0;
        assert_near(&ops::slice(&causal, 1, 0, length), &of_cut, 1e-5)?;
    }

    #[test]
    fn attention_does_not_mind_the_order_of_the_keys(x in tensor(&[1, 5, 4]), shift in 0isize..5) {
        let attention = |keys: &Raw| ops::attention(&x, keys, keys, 2, &AttentionMask::none(), 0.0).0;
        assert_near(&attention(&ops::roll(&x, 1, shift)), &attention(&x), 1e-5)?;
    }

    #[test]
    fn clipped_gradients_are_no_longer_than_allowed_and_point_the_same_way(x in tensor(&[4, 3]), most in 0.01f32..20.0) {
        let model = Linear::<3, 2>::default();
        let mut gradients = model.forward(&Tensor::<Rank2<4, 3>>::from_raw(x)).powi(2).sum().backward();
        let all = |gradients: &Gradients| ops::cat(&[gradients.of(&model.weight).flatten().raw().clone(), ops::unsqueeze(gradients.of(&model.bias).raw(), 1)], 1);
        let before = all(&gradients);
        let norm = clip_grad_norm(&model, &mut gradients, most);
        let after = all(&gradients);
        let length = ops::norm(&after).to_vec()[0];
        prop_assert!(length <= most.min(norm) * (1.0 + 1e-4));
        prop_assert!((length - most.min(norm)).abs() <= 1e-3 * norm);
        let scaled = ops::mul_scalar(&before, length / norm);
        assert_near(&scaled, &after, 1e-3 * norm)?;
    }
}

#[test]
fn an_optimiser_that_learns_nothing_changes_nothing() {
    let optimisers: [Box<dyn Optimizer>; 7] = [
        Box::new(Sgd::new(0.0)),
        Box::new(Sgd::new(0.0).momentum(0.9).nesterov().weight_decay(0.1)),
        Box::new(Adam::new(0.0)),
        Box::new(Adam::new(0.0).weight_decay(0.1)),
        Box::new(AdamW::new(0.0)),
        Box::new(RmsProp::new(0.0).momentum(0.5)),
        Box::new(Adagrad::new(0.0)),
    ];
    for (i, mut optimizer) in optimisers.into_iter().enumerate() {
        let model = sequential!(Input([3]).dense(5).tanh().dense(2));
        let values = || -> Vec<Vec<f32>> { model.parameters().iter().map(|(_, p)| p.to_vec()).collect() };
        let before = values();
        for _ in 0..3 {
            let gradients =
                model.forward(&Tensor::<Rank2<4, 3>>::uniform(-1.0, 1.0)).powi(2).sum().backward();
            optimizer.step(&model, &gradients);
        }
        assert_eq!(values(), before, "optimiser {i}");
        optimizer.set_learning_rate(0.1);
        let gradients = model.forward(&Tensor::<Rank2<4, 3>>::uniform(-1.0, 1.0)).powi(2).sum().backward();
        optimizer.step(&model, &gradients);
        assert_ne!(values(), before, "optimiser {i}");
    }
}

#[test]
fn evaluation_is_the_same_every_time_and_training_follows_the_seed() {
    let model = sequential!(Input([6]).dense(8).batch_norm().relu().dropout(0.5).dense(2));
    let x = Tensor::<Rank2<5, 6>>::uniform(-1.0, 1.0);
    assert_eq!(model.forward(&x).to_vec(), model.forward(&x).to_vec());
    let trained = |seed| {
        manual_seed(seed);
        training(|| model.forward(&x)).to_vec()
    };
    assert_eq!(trained(1), trained(1));
    assert_ne!(trained(1), trained(2));
    assert!(!nn::is_training());
}
