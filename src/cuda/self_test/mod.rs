//! [`self_test`]: every operation and three trainings, on the GPU against the CPU. What a machine without a GPU cannot tell,
//! somebody who has one can: the report is made to be pasted into an issue.

mod cases;
mod networks;
mod numbers;
mod report;
mod shapes;
mod speed;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use cases::Case;
use networks::Training;

pub use report::{OperationResult, Report, Speed, TrainingResult};

use super::statistics::fallbacks_here;
use crate::array::Array;
use crate::autograd::backward;
use crate::device::{Device, DeviceError};
use crate::ops;
use crate::random::Generator;
use crate::raw::Raw;

/// How much a [`self_test`] computes.
///
/// ```
/// use ferrolab::cuda::Extent;
/// assert_ne!(Extent::Small, Extent::Full);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Little arrays of odd sizes: whether results are right.
    Small,
    /// Little ones, then large ones that are timed. A minute.
    Full,
}

/// Runs every operation with its gradient, and the first steps of three trainings, on GPU `ordinal` and on the CPU, and
/// compares. `progress` is told what comes next.
///
/// ```
/// use ferrolab::cuda::{Extent, self_test};
/// match self_test(0, Extent::Small, |_| ()) {
///     Ok(report) => println!("{report}"),
///     Err(why) => println!("{why}"),
/// }
/// ```
///
/// # Errors
/// [`DeviceError`] if there is no such GPU.
pub fn self_test(
    ordinal: usize,
    extent: Extent,
    mut progress: impl FnMut(&str),
) -> Result<Report, DeviceError> {
    let gpu = Device::cuda(ordinal)?;
    let mut report = Report::new(super::Gpu::opened(ordinal));
    for case in cases::all() {
        progress(case.name);
        let result = unless_it_panics(|| run(gpu, &case, extent));
        report.operations.push(result.unwrap_or_else(|failure| OperationResult::failed(&case, failure)));
    }
    for training in networks::all() {
        progress(training.name);
        let result = unless_it_panics(|| train(gpu, &training));
        report.trainings.push(result.unwrap_or_else(|failure| TrainingResult::failed(&training, failure)));
    }
    if extent == Extent::Full {
        progress("speed");
        report.speed = unless_it_panics(|| speed::measure(gpu)).unwrap_or_default();
    }
    Ok(report)
}

/// Or what the panic says: the others are to be tried all the same.
fn unless_it_panics<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref().copied()).unwrap_or("it panicked").to_owned()
    })
}

/// What an operation gives: its result and the gradient of every input.
fn results(case: &Case, inputs: &[Array]) -> Vec<Array> {
    let tracked: Vec<Raw> = inputs.iter().map(|input| Raw::new(input.clone()).requires_grad()).collect();
    let y = (case.run)(&tracked);
    let mut all = vec![y.array()];
    if y.is_tracked() {
        let weights = Generator::new(7).uniform(&y.sizes(), -1.0, 1.0);
        let gradients = backward(&ops::sum(&ops::mul(&y, &Raw::new(weights))));
        all.extend(tracked.iter().map(|input| gradients.of_raw(input)));
    }
    all
}

/// A copy that only the current device has.
fn copied(array: &Array) -> Array {
    crate::compute::map_by("mul_scalar", [1.0, 0.0], array, |x| x)
}

fn run(gpu: Device, case: &Case, extent: Extent) -> OperationResult {
    let inputs = case.inputs(1);
    // Made there, so that whoever reads them elsewhere is counted.
    let there = gpu.scope(|| inputs.iter().map(copied).collect::<Vec<_>>());
    let fallbacks = fallbacks_here();
    let computed = gpu.scope(|| results(case, &there));
    let fallbacks = fallbacks_here() - fallbacks;
    let expected = Device::Cpu.scope(|| results(case, &inputs));
    // On the CPU too, whatever that needs.
    let (result, gradient) = Device::Cpu.scope(|| {
        let mut differences = computed.iter().zip(&expected).map(|(computed, expected)| {
            if computed.sizes() == expected.sizes() { difference(computed, expected) } else { f32::INFINITY }
        });
        (differences.next().unwrap_or(f32::INFINITY), differences.reduce(f32::max))
    });
    let complete = computed.len() == expected.len();
    let times = (extent == Extent::Full).then(|| {
        let large = case.inputs(case.many);
        [Device::Cpu, gpu].map(|device| device.scope(|| time(device, case, &large)))
    });
    OperationResult {
        name: case.name,
        result: if complete { result } else { f32::INFINITY },
        gradient,
        tolerance: case.tolerance,
        fallbacks,
        times,
        failure: None,
    }
}

/// The greatest difference, in units of `1 + |expected|`; infinite where only one of the two is a number.
pub(super) fn difference(computed: &Array, expected: &Array) -> f32 {
    let pairs = computed.to_vec().into_iter().zip(expected.to_vec());
    let apart = |(computed, expected): (f32, f32)| {
        if computed == expected || (computed.is_nan() && expected.is_nan()) {
            return 0.0;
        }
        let apart = (computed - expected).abs() / (1.0 + expected.abs());
        if apart.is_nan() { f32::INFINITY } else { apart }
    };
    pairs.map(apart).fold(0.0, f32::max)
}

/// Seconds of an operation and its gradient: the best of a few runs.
fn time(device: Device, case: &Case, inputs: &[Array]) -> f64 {
    const RUNS: usize = 5;
    // The first run loads kernels and copies the inputs.
    let mut best = f64::INFINITY;
    for run in 0..=RUNS {
        let start = Instant::now();
        let made = results(case, inputs);
        made.iter().for_each(Array::make);
        device.synchronize();
        if run > 0 {
            best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

fn train(gpu: Device, training: &Training) -> TrainingResult {
    let (launches, fallbacks) = (super::statistics().launches, fallbacks_here());
    let losses = gpu.scope(|| (training.run)(networks::STEPS));
    let (launches, fallbacks) = (super::statistics().launches - launches, fallbacks_here() - fallbacks);
    let expected = Device::Cpu.scope(|| (training.run)(networks::STEPS));
    TrainingResult {
        name: training.name,
        launches_per_step: launches as f64 / networks::STEPS as f64,
        fallbacks,
        losses,
        expected,
        failure: None,
    }
}
