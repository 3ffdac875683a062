//! Optimisers, gradient clipping and schedules against PyTorch. The fixture is made by `tests/peers/optimizers.py`.

mod sources;

use ferrolab::Gradients;
use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::optim::schedule::{
    CosineAnnealingLr, CosineAnnealingWarmRestarts, ExponentialLr, LinearWarmup, MultiStepLr, OneCycleLr,
    ReduceLrOnPlateau, Schedule, StepLr,
};
use ferrolab::optim::{Adagrad, AdamW, RmsProp, clip_grad_norm, clip_grad_value};
use ferrolab::prelude::*;

#[derive(Default, Module)]
struct Net {
    first: Linear<5, 7>,
    second: Linear<7, 3>,
}

impl Net {
    fn loss(&self, x: &Tensor<Rank2<13, 5>>, y: &Tensor<Rank2<13, 3>>) -> Tensor<()> {
        mse(&self.second.forward(&self.first.forward(x).tanh()), y)
    }
}

fn fixture() -> File {
    File::read(format!("{}/tests/peers/optimizers.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// PyTorch's names of the parameters, which are numbered.
fn their_name(ours: &str) -> String {
    ours.replace("first", "0").replace("second", "2")
}

/// The script's network, with its initial parameters.
fn initial(file: &File) -> Net {
    let net = Net::default();
    for (name, parameter) in net.parameters() {
        parameter.set(file.tensors()[&format!("initial.{}", their_name(&name))].clone());
    }
    net
}

fn array<S: Shape>(file: &File, name: &str) -> Tensor<S> {
    let array: &Array = &file.tensors()[name];
    Tensor::from_vec(array.to_vec())
}

/// Twenty steps, then every parameter against PyTorch's.
#[track_caller]
fn check(name: &str, optimizer: &mut dyn Optimizer, clip: impl Fn(&Net, &mut Gradients)) {
    let file = fixture();
    let (net, x, y) = (initial(&file), array(&file, "x"), array(&file, "y"));
    for _ in 0..20 {
        let mut gradients = net.loss(&x, &y).backward();
        clip(&net, &mut gradients);
        optimizer.step(&net, &gradients);
    }
    for (parameter, values) in net.parameters() {
        let theirs = file.tensors()[&format!("{name}.{}", their_name(&parameter))].to_vec();
        for (ours, theirs) in values.to_vec().into_iter().zip(theirs) {
            assert!(
                (ours - theirs).abs() <= 1e-5,
                "{name}, {parameter}: ours {ours}, PyTorch's {theirs} after 20 steps"
            );
        }
    }
}

#[test]
fn twenty_steps_of_every_optimiser_equal_pytorch() {
    let check = |name: &str, mut optimizer: Box<dyn Optimizer>| check(name, &mut *optimizer, |_, _| ());
    check("sgd", Box::new(Sgd::new(0.1)));
    check("sgd_momentum", Box::new(Sgd::new(0.05).momentum(0.9).weight_decay(0.01)));
    check("sgd_nesterov", Box::new(Sgd::new(0.05).momentum(0.8).nesterov().weight_decay(0.02)));
    check("adam", Box::new(Adam::new(0.02)));
    check("adam_choices", Box::new(Adam::new(0.02).betas(0.8, 0.95).epsilon(1e-3).weight_decay(0.1)));
    check("adamw", Box::new(AdamW::new(0.02)));
    check("adamw_choices", Box::new(AdamW::new(0.02).betas(0.8, 0.95).epsilon(1e-3).weight_decay(0.3)));
    check("rmsprop", Box::new(RmsProp::new(0.005)));
    let choices = RmsProp::new(0.005).alpha(0.9).epsilon(1e-4).momentum(0.7).weight_decay(0.1);
    check("rmsprop_choices", Box::new(choices));
    check("adagrad", Box::new(Adagrad::new(0.1)));
    let choices = Adagrad::new(0.1).learning_rate_decay(0.05).weight_decay(0.1);
    check("adagrad_choices", Box::new(choices.initial_accumulator(0.3).epsilon(1e-4)));
}

#[test]
fn clipped_gradients_equal_pytorch() {
    let sgd = || Sgd::new(0.05).momentum(0.9).weight_decay(0.01);
    check("clip_norm", &mut sgd(), |net, gradients| {
        clip_grad_norm(net, gradients, 0.7);
    });
    check("clip_value", &mut sgd(), |net, gradients| clip_grad_value(net, gradients, 0.05));
}

#[test]
fn an_optimiser_goes_on_from_its_state_to_the_bit() {
    let file = fixture();
    let (x, y) = (array(&file, "x"), array(&file, "y"));
    let steps = |net: &Net, optimizer: &mut dyn Optimizer, count: usize| {
        (0..count).for_each(|_| optimizer.step(net, &net.loss(&x, &y).backward()));
    };
    let values = |net: &Net| -> Vec<Vec<f32>> {
        net.parameters().iter().map(|(_, parameter)| parameter.to_vec()).collect()
    };
    let kinds: [fn() -> Box<dyn Optimizer>; 5] = [
        || Box::new(Sgd::new(0.05).momentum(0.9)),
        || Box::new(Adam::new(0.02)),
        || Box::new(AdamW::new(0.02)),
        || Box::new(RmsProp::new(0.005).momentum(0.5)),
        || Box::new(Adagrad::new(0.1).learning_rate_decay(0.1)),
    ];
    for kind in kinds {
        let (whole, halves) = (initial(&file), initial(&file));
        steps(&whole, &mut *kind(), 10);
        let (mut first, mut second) = (kind(), kind());
        steps(&halves, &mut *first, 4);
        second.restore(&halves, &first.state()).unwrap();
        steps(&halves, &mut *second, 6);
        assert_eq!(values(&halves), values(&whole));
    }
}

#[test]
fn a_state_of_another_kind_or_model_is_refused() {
    let net = initial(&fixture());
    let file = fixture();
    let mut adam = Adam::new(0.1);
    adam.step(&net, &net.loss(&array(&file, "x"), &array(&file, "y")).backward());
    let text = |result: Result<(), ferrolab::optim::StateError>| result.unwrap_err().to_string();
    assert_eq!(
        text(Sgd::new(0.1).restore(&net, &adam.state())),
        "the state holds 2 tensors for `first.bias`, expected 1: it belongs to another kind of optimiser"
    );
    assert_eq!(
        text(Adam::new(0.1).restore(&Linear::<2, 1>::default(), &adam.state())),
        "the state remembers a parameter `first.bias`, which the model lacks: it belongs to another architecture"
    );
}

#[track_caller]
fn check_rates(name: &str, mut schedule: impl Schedule) {
    let file = fixture();
    let losses = file.tensors()["losses"].to_vec();
    for (step, &theirs) in file.tensors()[&format!("lr.{name}")].values().iter().enumerate() {
        let ours = schedule.learning_rate(0.5, step);
        assert!((ours - theirs).abs() <= 1e-6, "{name}, step {step}: ours {ours}, PyTorch's {theirs}");
        schedule.observe(losses[step]);
    }
}

#[test]
fn every_schedule_gives_the_learning_rates_of_pytorch() {
    check_rates("step", StepLr::new(7, 0.3));
    check_rates("multi_step", MultiStepLr::new(&[5, 20, 21, 50], 0.4));
    check_rates("exponential", ExponentialLr::new(0.93));
    check_rates("cosine", CosineAnnealingLr::new(60).min(0.01));
    check_rates("cosine_short", CosineAnnealingLr::new(25));
    check_rates("restarts", CosineAnnealingWarmRestarts::new(10));
    check_rates("restarts_longer", CosineAnnealingWarmRestarts::new(7).longer_by(2).min(0.05));
    check_rates("linear", LinearWarmup::new(13));
    check_rates("warmup_cosine", LinearWarmup::new(8).start_factor(0.1).then(CosineAnnealingLr::new(52)));
    check_rates("one_cycle", OneCycleLr::new(0.9, 60));
    let choices = OneCycleLr::new(0.9, 60).rising(0.42).div_factor(5.0).final_div_factor(100.0);
    check_rates("one_cycle_choices", choices);
    check_rates("plateau", ReduceLrOnPlateau::new().factor(0.5).patience(2));
    let choices = ReduceLrOnPlateau::new().factor(0.2).patience(1).threshold(0.05);
    check_rates("plateau_choices", choices.cooldown(3).min(0.01));
}

#[test]
fn every_optimiser_and_every_schedule_is_compared_with_pytorch() {
    sources::assert_named("src/optim/mod.rs", "tests/optimizers.rs", &["Remembered", "StateError"]);
    sources::assert_named("src/optim/schedule/mod.rs", "tests/optimizers.rs", &[]);
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
