//! What `autocast` promises, whatever the operation.

use super::*;
use crate::array::Array;
use crate::autograd::backward;
use crate::nn::training;
use crate::ops::{self, AttentionMask, Cell, Moves, Results};
use crate::prelude::*;
use crate::random::Generator;
use crate::raw::Raw;

const BF16: Precision = Precision::Bf16;

/// A tensor whose values need more than 16 bits.
fn random(sizes: &[usize], seed: u64) -> Raw {
    Raw::new(Generator::new(seed).uniform(sizes, -1.0, 1.0)).requires_grad()
}

fn rounded(values: &[f32], precision: Precision) -> Vec<f32> {
    let mut values = values.to_vec();
    half::round(&mut values, precision);
    values
}

#[track_caller]
fn assert_rounded(what: &str, values: &[f32], precision: Precision) {
    assert_eq!(values, rounded(values, precision), "{what} is rounded");
}

/// Every product of the library: its name, its inputs, and how it is computed.
type Product = (&'static str, Vec<Raw>, fn(&[Raw]) -> Raw);

fn products() -> Vec<Product> {
    fn of<const N: usize>(sizes: [&[usize]; N]) -> Vec<Raw> {
        sizes.iter().zip(1..).map(|(sizes, seed)| random(sizes, seed)).collect()
    }
    vec![
        ("matmul", of([&[3, 4], &[4, 5]]), |x| ops::matmul(&x[0], &x[1])),
        ("batched matmul", of([&[2, 3, 4], &[2, 4, 5]]), |x| ops::matmul(&x[0], &x[1])),
        ("linear", of([&[3, 4], &[5, 4], &[5]]), |x| ops::linear(&x[0], &x[1], Some(&x[2]))),
        ("conv2d", of([&[2, 3, 6, 5], &[4, 3, 3, 3], &[4]]), |x| {
            ops::conv2d(&x[0], &x[1], Some(&x[2]), 1, 1)
        }),
        ("grouped", of([&[2, 4, 6, 5], &[4, 2, 3, 2], &[4]]), |x| {
            ops::convolve(&x[0], &x[1], Some(&x[2]), &Moves::square(1, 0, 1, 2))
        }),
        ("transposed", of([&[2, 3, 3, 4], &[3, 2, 2, 2], &[2]]), |x| {
            ops::conv_transpose2d(&x[0], &x[1], Some(&x[2]), &Moves::square(2, 0, 1, 1), [0, 0])
        }),
        ("attention", of([&[2, 3, 4], &[2, 5, 4], &[2, 5, 4]]), |x| {
            ops::attention(&x[0], &x[1], &x[2], 2, &AttentionMask::none(), 0.0).0
        }),
        ("lstm", of([&[2, 3, 4], &[8, 4], &[8, 2], &[8], &[8], &[2, 4]]), |x| {
            let parameters = [&x[1], &x[2], &x[3], &x[4]];
            ops::recurrent(Cell::Lstm, &x[0], parameters, &x[5], None, false, Results::Both)
        }),
        ("gru", of([&[2, 3, 4], &[6, 4], &[6, 2], &[6], &[6], &[2, 2]]), |x| {
            let parameters = [&x[1], &x[2], &x[3], &x[4]];
            ops::recurrent(Cell::Gru, &x[0], parameters, &x[5], Some(&[3, 1]), true, Results::Both)
        }),
    ]
}

#[test]
fn results_and_gradients_of_products_are_rounded_and_near_those_in_32_bits() {
    for precision in [Precision::Bf16, Precision::F16] {
        for (name, inputs, product) in products() {
            let exact = product(&inputs);
            let y = autocast(precision, || product(&inputs));
            assert_rounded(name, &y.to_vec(), precision);
            assert_ne!(y.to_vec(), exact.to_vec(), "{name} knows of autocast");
            assert!(y.kept().precision() == Some(precision), "{name} keeps its result in 16 bits");
            let weights = Raw::new(Generator::new(9).uniform(&y.sizes(), -1.0, 1.0));
            // The greatest values are sums of up to 30 products; each rounding is half an epsilon.
            let tolerance = |values: &[f32]| {
                4.0 * precision.epsilon() * values.iter().fold(1.0, |most: f32, value| most.max(value.abs()))
            };
            let near = |what: &str, ours: &[f32], exact: &[f32]| {
                let tolerance = tolerance(exact);
                for (ours, exact) in ours.iter().zip(exact) {
                    assert!(
                        (ours - exact).abs() <= tolerance,
                        "{name} {what} {precision:?}: {ours}, not {exact}"
                    );
                }
            };
            near("result", &y.to_vec(), &exact.to_vec());
            let [ours, theirs] = [&y, &exact].map(|y| backward(&ops::sum(&ops::mul(y, &weights))));
            for (i, input) in inputs.iter().enumerate() {
                let gradient = ours.of_raw(input).to_vec();
                assert_rounded(&format!("{name}, gradient {i}"), &gradient, precision);
                near(&format!("gradient {i}"), &gradient, &theirs.of_raw(input).to_vec());
            }
        }
    }
}

#[test]
fn a_product_is_that_of_the_rounded_inputs_summed_in_32_bits() {
    let (a, b) = (random(&[3, 300], 1), random(&[300, 2], 2));
    let [ra, rb] = [&a, &b].map(|x| Raw::new(BF16.rounded(x.array())));
    let exact = ops::matmul(&ra, &rb).to_vec();
    assert_eq!(autocast(BF16, || ops::matmul(&a, &b)).to_vec(), rounded(&exact, BF16));
}

#[test]
fn what_follows_a_product_stays_in_16_bits_and_reductions_and_losses_do_not() {
    let x = random(&[2, 3, 6, 6], 1);
    let weight = random(&[4, 3, 3, 3], 2);
    autocast(BF16, || {
        let y = ops::conv2d(&x, &weight, None, 1, 0);
        let [one, zero] = [1.0, 0.0].map(|value| Raw::new(Array::full(&[4], value)));
        let short = [
            ops::relu(&y),
            ops::gelu(&y),
            ops::tanh(&y),
            ops::sigmoid(&y),
            ops::add(&y, &y),
            ops::max_pool2d(&y, 2),
            ops::max_pool2d_with(&y, 3, 1, 1),
            ops::avg_pool2d(&y, 2, 2, 0),
            ops::global_avg_pool2d(&y),
            ops::flatten(&y),
            ops::permute(&y, &[0, 2, 3, 1]),
            ops::slice(&y, 1, 0, 2),
            ops::cat(&[y.clone(), y.clone()], 1),
            ops::batch_norm(&y, &one, &zero, 1e-5).0,
            ops::dropout(&y, 0.5),
        ];
        for z in short {
            assert_eq!(z.kept().precision(), Some(BF16), "{}", z.origin().unwrap().name);
            assert_rounded(z.origin().unwrap().name, &z.to_vec(), BF16);
        }
        let flat = ops::flatten(&y);
        for z in [
            ops::sum(&y),
            ops::softmax(&flat),
            ops::mean(&y),
            ops::cross_entropy(&flat, &[0, 1]),
            ops::add(&x, &x),
        ] {
            assert_eq!(z.kept().precision(), None, "{}", z.origin().unwrap().name);
        }
    });
}

#[test]
fn gradients_through_what_is_kept_in_16_bits_are_those_of_the_rounded_values() {
    let weight = random(&[4, 3, 3, 3], 2);
    let forward = |y: &Raw| {
        let z = ops::max_pool2d(&ops::relu(&ops::gelu(y)), 2);
        ops::sum(&ops::mul(&ops::flatten(&z), &Raw::new(Generator::new(3).uniform(&[2, 16], 0.0, 1.0))))
    };
    let x = random(&[2, 3, 6, 6], 1);
    let y = autocast(BF16, || ops::conv2d(&x, &weight, None, 1, 0));
    y.retain_grad();
    let short = backward(&forward(&y)).of_raw(&y).to_vec();
    let full = y.detach().array();
    let full = Raw::new(full).requires_grad();
    let exact = backward(&forward(&full)).of_raw(&full).to_vec();
    // The values of gelu are rounded in between, which may choose another greatest of a window.
    let same = short.iter().zip(&exact).filter(|(a, b)| (*a - *b).abs() < 1e-6).count();
    assert!(same * 10 >= 9 * exact.len(), "{same} of {}", exact.len());
}

#[test]
fn the_precision_is_restored_when_the_body_panics_and_nests() {
    assert!(std::panic::catch_unwind(|| autocast(BF16, || panic!("inside"))).is_err());
    assert_eq!(precision(), None);
    autocast(BF16, || {
        assert_eq!(full_precision(precision), None);
        assert_eq!(autocast(Precision::F16, precision), Some(Precision::F16));
        assert_eq!(precision(), Some(BF16));
    });
}

#[test]
fn parameters_and_their_gradients_stay_in_32_bits() {
    let model = sequential!(Input([4]).dense(8).batch_norm().relu().dense(2));
    let before: Vec<Vec<f32>> = model.parameters().iter().map(|(_, parameter)| parameter.to_vec()).collect();
    let x = Tensor::<Rank2<3, 4>>::uniform(-1.0, 1.0);
    let gradients = training(|| autocast(BF16, || model.forward(&x).sum())).backward();
    for ((name, parameter), before) in model.parameters().into_iter().zip(before) {
        assert_eq!(parameter.to_vec(), before, "{name}");
        assert_eq!(parameter.kept().precision(), None, "{name}");
        assert_eq!(gradients.of_raw(&parameter).sizes(), parameter.sizes());
    }
}

#[test]
fn a_result_in_16_bits_can_be_changed_once_it_is_out_of_the_graph() {
    let y = autocast(BF16, || ops::matmul(&random(&[1, 2], 1), &random(&[2, 1], 2))).detach();
    y.update(|values| values[0] = 1.001);
    assert_eq!(y.to_vec(), [1.001]);
}

/// A loss whose gradient is infinite in `f16`, or not.
fn gradients(scaler: &GradScaler, model: &Linear<1, 1>, steep: bool) -> Gradients {
    let x = Tensor::<Rank2<1, 1>>::full(if steep { 1e5 } else { 1.0 });
    scaler.scale(&model.forward(&x).sum()).backward()
}

#[test]
fn a_scaler_leaves_out_steps_that_overflowed_and_finds_a_factor_that_does_not() {
    let model = Linear::<1, 1>::default();
    let mut optimizer = Sgd::new(1e-3);
    let mut scaler = GradScaler::new().growth_interval(3);
    let mut scales = Vec::new();
    for steep in [false, false, false, true, false, false, true, false, false, false] {
        let before = model.weight.to_vec();
        let mut gradients = gradients(&scaler, &model, false);
        if steep {
            // As if a product had overflowed.
            gradients.scale(f32::INFINITY);
        }
        let stepped = scaler.step(&mut optimizer, &model, &mut gradients);
        assert_eq!(stepped, !steep);
        assert_eq!(model.weight.to_vec() != before, !steep);
        scaler.update();
        scales.push(scaler.get_scale());
    }
    // What PyTorch's `GradScaler(growth_interval=3)` gives for the same, see tests/peers/autocast.py.
    let k = 65536.0;
    assert_eq!(scales, [k, k, 2.0 * k, k, k, k, 0.5 * k, 0.5 * k, 0.5 * k, k]);
}

#[test]
fn unscaled_gradients_are_those_of_the_loss_and_are_unscaled_once() {
    let (model, mut scaler) = (Linear::<1, 1>::default(), GradScaler::new());
    let mut found = gradients(&scaler, &model, true);
    scaler.unscale(&mut found);
    assert_eq!(found.of(&model.weight).to_vec(), [1e5]);
    let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scaler.unscale(&mut found)));
    let text = again.unwrap_err().downcast_ref::<&str>().copied().unwrap_or_default().to_owned();
    assert!(text.contains("has been taken out of these gradients already"), "{text}");
}

#[test]
fn two_losses_with_optimisers_of_their_own_share_a_scaler() {
    let (a, b) = (Linear::<1, 1>::default(), Linear::<1, 1>::default());
    let (mut of_a, mut of_b, mut scaler) = (Sgd::new(0.1), Sgd::new(0.1), GradScaler::new());
    let [mut good, mut bad] = [&a, &b].map(|model| gradients(&scaler, model, false));
    bad.scale(f32::NAN);
    assert!(scaler.step(&mut of_a, &a, &mut good));
    assert!(!scaler.step(&mut of_b, &b, &mut bad));
    scaler.update();
    assert_eq!(scaler.get_scale(), 32768.0);
}

#[test]
#[should_panic(expected = "update: no gradients were unscaled")]
fn an_update_follows_a_step() {
    GradScaler::new().update();
}
