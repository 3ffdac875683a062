//! What steps of all optimisers promise, on every device.

use super::*;
use crate::Device;
use crate::array::Array;
use crate::autograd::backward;
use crate::cuda::agreement::{close, scattered};
use crate::nn::Visitor;
use crate::ops;
use crate::raw::Raw;

/// Parameters of one and of several of a kernel's chunks.
struct Parameters(Vec<Raw>);

impl Parameters {
    fn new() -> Self {
        let sizes: [&[usize]; 6] = [&[1], &[3], &[0], &[4096], &[2, 2051], &[9001]];
        Parameters(sizes.map(|sizes| Raw::new(scattered(sizes)).requires_grad()).to_vec())
    }

    /// Gradients of all parameters, or of all but the first.
    fn gradients(&self, of_all: bool) -> Gradients {
        let losses = self.0.iter().skip(usize::from(!of_all)).map(|parameter| {
            let others = Raw::new(scattered(&[parameter.len() + 7]));
            let weights = ops::reshape(&ops::slice(&others, 0, 7, parameter.len()), &parameter.sizes());
            ops::sum(&ops::mul(&ops::mul(parameter, parameter), &weights))
        });
        backward(&losses.reduce(|sum, loss| ops::add(&sum, &loss)).unwrap())
    }

    fn to_vecs(&self) -> Vec<Vec<f32>> {
        self.0.iter().map(Raw::to_vec).collect()
    }
}

impl Module for Parameters {
    fn visit(&self, visitor: &mut dyn Visitor) {
        for (i, parameter) in self.0.iter().enumerate() {
            visitor.parameter(&i.to_string(), parameter);
        }
    }
}

fn all() -> Vec<Box<dyn Optimizer>> {
    vec![
        Box::new(Adam::new(0.01).weight_decay(0.1)),
        Box::new(AdamW::new(0.01).weight_decay(0.1)),
        Box::new(Sgd::new(0.01)),
        Box::new(Sgd::new(0.01).momentum(0.9).weight_decay(0.1)),
        Box::new(Sgd::new(0.01).momentum(0.9).weight_decay(0.1).nesterov()),
        Box::new(RmsProp::new(0.01).momentum(0.9).weight_decay(0.1)),
        Box::new(Adagrad::new(0.01).learning_rate_decay(0.1).initial_accumulator(0.1).weight_decay(0.1)),
    ]
}

/// The parameters, and what is remembered of them, after a step on each of the devices.
fn after_steps(optimizer: &mut dyn Optimizer, devices: &[Device]) -> Vec<Vec<f32>> {
    let parameters = Parameters::new();
    for (step, device) in devices.iter().enumerate() {
        device.scope(|| optimizer.step(&parameters, &parameters.gradients(step != 1)));
    }
    let remembered = optimizer.state().into_iter().flat_map(|one| one.slots).map(|slot| slot.to_vec());
    parameters.to_vecs().into_iter().chain(remembered).collect()
}

#[track_caller]
fn all_close(expected: &[Vec<f32>], found: &[Vec<f32>]) {
    assert_eq!(expected.len(), found.len());
    expected.iter().zip(found).for_each(|(expected, found)| close(expected, found, "an optimiser"));
}

#[test]
fn steps_agree_on_every_device_and_where_a_model_moves_in_between() {
    let (cpu, here) = (Device::Cpu, Device::current());
    for (i, mut on_cpu) in all().into_iter().enumerate() {
        let expected = after_steps(&mut *on_cpu, &[cpu; 4]);
        // The same bits, because the gradients have the same.
        assert!(expected == after_steps(&mut *all()[i], &[here; 4]), "optimiser {i}");
        assert!(expected == after_steps(&mut *all()[i], &[here, cpu, cpu, here]), "optimiser {i}");
    }
}

#[test]
fn a_state_is_not_changed_by_the_steps_after_it_and_goes_on_elsewhere() {
    let mut optimizer = Adam::new(0.01);
    let parameters = Parameters::new();
    optimizer.step(&parameters, &parameters.gradients(true));
    let (state, before) = (optimizer.state(), parameters.to_vecs());
    let remembered = |state: &[Remembered]| -> Vec<Vec<f32>> {
        state.iter().flat_map(|one| one.slots.iter().map(Array::to_vec)).collect()
    };
    let then = remembered(&state);
    optimizer.step(&parameters, &parameters.gradients(true));
    assert_eq!(remembered(&state), then);
    let after = parameters.to_vecs();
    parameters
        .0
        .iter()
        .zip(before)
        .for_each(|(parameter, values)| parameter.set(Array::from_vec(&parameter.sizes(), values)));
    let mut other = Adam::new(0.01);
    other.restore(&parameters, &state).unwrap();
    Device::Cpu.scope(|| other.step(&parameters, &parameters.gradients(true)));
    all_close(&after, &parameters.to_vecs());
}

#[test]
fn a_graph_keeps_the_values_before_a_step() {
    let parameters = Parameters::new();
    let loss = ops::sum(&ops::mul(&parameters.0[5], &parameters.0[5]));
    let before = parameters.0[5].array();
    let values = before.to_vec();
    Sgd::new(0.1).step(&parameters, &parameters.gradients(true));
    assert_eq!(before.to_vec(), values);
    assert_ne!(parameters.0[5].to_vec(), values);
    let gradient = backward(&loss).of_raw(&parameters.0[5]).to_vec();
    assert!(gradient.iter().zip(&values).all(|(g, x)| *g == 2.0 * x));
}

#[test]
fn a_parameter_of_two_names_makes_both_steps() {
    let shared = Parameters(vec![Raw::new(scattered(&[5])).requires_grad()]);
    let twice = Parameters(vec![shared.0[0].clone(), shared.0[0].clone()]);
    let before = shared.0[0].to_vec();
    let gradients = backward(&ops::sum(&shared.0[0]));
    Sgd::new(0.25).step(&twice, &gradients);
    let moved: Vec<f32> = before.iter().map(|x| x - 0.25 - 0.25).collect();
    close(&moved, &shared.0[0].to_vec(), "twice");
}

#[test]
fn gradients_are_clipped_alike_on_every_device() {
    let parameters = Parameters::new();
    let clipped = |device: Device| {
        device.scope(|| {
            let mut gradients = parameters.gradients(true);
            let norm = clip_grad_norm(&parameters, &mut gradients, 1.0);
            let all = parameters.0.iter().map(|parameter| gradients.of_raw(parameter).to_vec());
            let mut found: Vec<Vec<f32>> = all.collect();
            found.push(vec![norm, gradients.norm()]);
            found
        })
    };
    all_close(&clipped(Device::Cpu), &clipped(Device::current()));
}
