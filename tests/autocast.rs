//! Mixed precision against PyTorch: the CNN of the course and an MLP under `autocast(bfloat16)`. The fixture is made by
//! `tests/peers/autocast.py`.

use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::nn::training;
use ferrolab::prelude::*;

/// As in the script: every PICK-th gradient is in the fixture.
const PICK: usize = 37;
const STEPS: usize = 20;

fn fixture() -> File {
    File::read(format!("{}/tests/peers/autocast.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The parameters of the script's `formula`.
fn filled<M: Module>(model: M) -> M {
    let (mut state, mut bound) = (1u32, 0.0);
    for (name, parameter) in model.parameters() {
        let sizes = parameter.sizes();
        if name.ends_with("weight") {
            bound = 1.0 / (sizes[1..].iter().product::<usize>() as f32).sqrt();
        }
        let values = (0..parameter.len()).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * bound
        });
        parameter.set(Array::from_vec(&sizes, values.collect()));
    }
    model
}

fn cnn() -> Sequential<Rank3<3, 32, 32>, Rank1<10>> {
    filled(sequential!(
        Input([3, 32, 32])
            .conv2d(16, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(32, 3)
            .relu()
            .max_pool2d(2)
            .flatten()
            .dense(64)
            .relu()
            .dense(10)
    ))
}

fn mlp() -> Sequential<Rank3<3, 32, 32>, Rank1<10>> {
    filled(sequential!(Input([3, 32, 32]).flatten().dense(64).gelu().dense(32).tanh().dense(10)))
}

type Pictures = Tensor<(usize, Const<3>, Const<32>, Const<32>)>;

fn pictures(first: usize) -> (Pictures, Labels<usize, 10>) {
    let pictures: Vec<usize> = (first..first + 8).collect();
    let data = datasets::clipart32().unwrap().test.subset(&pictures);
    let data = Dataset::<Rank3<3, 32, 32>, 10>::from_images(&data).unwrap();
    data.batch(&(0..8).collect::<Vec<_>>())
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

#[track_caller]
fn check(name: &str, model: &Sequential<Rank3<3, 32, 32>, Rank1<10>>, layers: f64) {
    let (file, epsilon) = (fixture(), f64::from(Precision::Bf16.epsilon()));
    let theirs = |key: &str| file.tensors()[&format!("{name}.{key}")].to_vec();
    let (x, labels) = pictures(0);

    let scores = training(|| autocast(Precision::Bf16, || model.forward(&x)));
    // Each layer may round to the other neighbour where sums are added up in another order: one epsilon of the scale.
    let ours = scores.to_vec();
    let bound = layers * epsilon * norm(&theirs("scores"));
    assert!(
        distance(&ours, &theirs("scores")) <= bound,
        "{name}: {} of {bound}",
        distance(&ours, &theirs("scores"))
    );
    // Rounded to the same 16 bits, most are the same to the bit.
    let same = ours.iter().zip(theirs("scores")).filter(|(a, b)| **a == *b).count();
    println!("{name}: {same} of {} scores are the same to the bit", ours.len());

    let loss = cross_entropy(&scores, &labels);
    let gradients = loss.backward();
    let (mut found, mut rounding) = (0.0, 0.0);
    for (key, parameter) in model.parameters() {
        let ours: Vec<f32> = gradients.of_raw(&parameter).to_vec().into_iter().step_by(PICK).collect();
        let (theirs, exact) = (theirs(&format!("gradient.{key}")), theirs(&format!("exact.{key}")));
        // There and back.
        let (distance_to_theirs, bound) = (distance(&ours, &theirs), 2.0 * layers * epsilon * norm(&theirs));
        assert!(distance_to_theirs <= bound, "{name} {key}: {distance_to_theirs} of {bound}");
        found += distance_to_theirs.powi(2);
        rounding += distance(&theirs, &exact).powi(2);
    }
    let (found, rounding) = (found.sqrt(), rounding.sqrt());
    println!("{name}: gradients {found} from PyTorch's, which rounding moves by {rounding}");
    assert!(found <= 0.5 * rounding, "{name}: nearer to PyTorch's gradients in 16 bits than to those in 32");
}

#[test]
fn scores_and_gradients_of_the_cnn_under_autocast_are_those_of_pytorch() {
    check("cnn", &cnn(), 4.0);
}

#[test]
fn scores_and_gradients_of_the_mlp_under_autocast_are_those_of_pytorch() {
    check("mlp", &mlp(), 3.0);
}

#[track_caller]
fn check_training(name: &str, model: &Sequential<Rank3<3, 32, 32>, Rank1<10>>) {
    let file = fixture();
    let [theirs, exact] =
        ["losses", "exact.losses"].map(|key| file.tensors()[&format!("{name}.{key}")].to_vec());
    let (mut optimizer, mut worst) = (Sgd::new(0.02).momentum(0.9), 0.0f32);
    assert_eq!(theirs.len(), STEPS);
    for (step, theirs) in theirs.iter().enumerate() {
        let (x, labels) = pictures(step % 5 * 8);
        let loss = training(|| autocast(Precision::Bf16, || cross_entropy(&model.forward(&x), &labels)));
        worst = worst.max((loss.item() - theirs).abs());
        let gradients = loss.backward();
        drop(loss);
        optimizer.step(model, &gradients);
    }
    let rounding = theirs.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{name}: at most {worst} from PyTorch's losses, which rounding moves by up to {rounding}");
    assert!(worst <= Precision::Bf16.epsilon() * theirs[0] && worst <= 0.5 * rounding, "{name}: {worst}");
}

#[test]
fn twenty_steps_under_autocast_follow_the_losses_of_pytorch() {
    check_training("cnn", &cnn());
    check_training("mlp", &mlp());
}

#[test]
fn a_trainer_in_16_bits_learns_what_one_in_32_learns() {
    let trained = |precision: Option<Precision>| {
        manual_seed(3);
        let values: Vec<f32> = (0..1200).map(|i| ((i * 37) % 101) as f32 / 100.0).collect();
        let labels = values.chunks(2).map(|pair| usize::from(pair[1] > pair[0])).collect();
        let (train, test) = Dataset::<Rank1<2>, 2>::new(values, labels).unwrap().split(0.8, 0);
        let mut model = sequential!(Input([2]).dense(16).relu().dense(2));
        let trainer = Trainer::new(Adam::new(0.02)).epochs(6).seed(1).validate(&test);
        let mut trainer = match precision {
            Some(precision) => trainer.mixed_precision(precision),
            None => trainer,
        };
        let history = trainer.fit(&mut model, &train);
        (history.loss[5], accuracy(&model, &test))
    };
    let (loss, right) = trained(None);
    for precision in [Precision::Bf16, Precision::F16] {
        let (short, found) = trained(Some(precision));
        assert_ne!(short, loss, "{precision:?} makes a difference");
        assert!(
            (short - loss).abs() < 0.02 && found > right - 0.03,
            "{precision:?}: {short} {found}, {loss} {right}"
        );
    }
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
