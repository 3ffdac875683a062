//! [`Report`]: what a self-test found, as text.

use std::fmt;

use super::cases::Case;
use super::networks::Training;
use crate::cuda::Gpu;

/// What a [`self_test`](super::self_test) found. Prints as Markdown, to be pasted into an issue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The GPU: its name, its compute capability, its memory.
    pub gpu: String,
    /// The version of CUDA that the driver is for.
    pub driver: String,
    /// Which libraries compute products and convolutions.
    pub libraries: String,
    /// Every operation.
    pub operations: Vec<OperationResult>,
    /// The first steps of trainings.
    pub trainings: Vec<TrainingResult>,
    /// How fast it is; empty where only results were compared.
    pub speed: Vec<Speed>,
}

/// An operation on the GPU against the CPU. Differences are in units of `1 + |expected|`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OperationResult {
    /// Its name.
    pub name: &'static str,
    /// The greatest difference of its result.
    pub result: f32,
    /// The greatest difference of its gradients, if it has any.
    pub gradient: Option<f32>,
    /// How great they may be.
    pub tolerance: f32,
    /// How often it computed on the CPU, because there is no kernel for it.
    pub fallbacks: u64,
    /// Seconds of the operation and its gradient on large arrays, on the CPU and on the GPU.
    pub times: Option<[f64; 2]>,
    /// Why there is no result.
    pub failure: Option<String>,
}

impl OperationResult {
    pub(super) fn failed(case: &Case, failure: String) -> Self {
        let (name, tolerance, result) = (case.name, case.tolerance, f32::INFINITY);
        Self { name, result, gradient: None, tolerance, fallbacks: 0, times: None, failure: Some(failure) }
    }

    /// Whether result and gradients are those of the CPU.
    pub fn passed(&self) -> bool {
        self.result.max(self.gradient.unwrap_or(0.0)) <= self.tolerance
    }
}

/// The losses of a training's first steps.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrainingResult {
    /// Network and optimiser.
    pub name: &'static str,
    /// On the GPU.
    pub losses: Vec<f32>,
    /// On the CPU.
    pub expected: Vec<f32>,
    /// Kernels launched a step.
    pub launches_per_step: f64,
    /// How often operations computed on the CPU.
    pub fallbacks: u64,
    /// Why there are no losses.
    pub failure: Option<String>,
}

impl TrainingResult {
    pub(super) fn failed(training: &Training, failure: String) -> Self {
        let (name, losses, expected) = (training.name, Vec::new(), Vec::new());
        Self { name, losses, expected, launches_per_step: 0.0, fallbacks: 0, failure: Some(failure) }
    }

    /// How far losses may lie apart: the first digits that training itself multiplies.
    pub const TOLERANCE: f32 = 1e-3;

    /// The greatest difference of the losses.
    pub fn difference(&self) -> f32 {
        let pairs = self.losses.iter().zip(&self.expected);
        let apart = pairs.map(|(loss, expected)| (loss - expected).abs());
        apart.fold(0.0, |most, apart| if apart <= most { most } else { apart })
    }

    /// Whether the losses are those of the CPU.
    pub fn passed(&self) -> bool {
        self.failure.is_none()
            && self.losses.len() == self.expected.len()
            && self.difference() <= Self::TOLERANCE
    }
}

/// A speed on the CPU and on the GPU.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Speed {
    /// Of what.
    pub what: &'static str,
    /// In which unit.
    pub unit: &'static str,
    /// On the CPU.
    pub cpu: f64,
    /// On the GPU.
    pub gpu: f64,
}

impl Report {
    pub(super) fn new(gpu: &'static Gpu) -> Report {
        Report {
            gpu: gpu.description(),
            driver: gpu.driver(),
            libraries: gpu.libraries(),
            operations: Vec::new(),
            trainings: Vec::new(),
            speed: Vec::new(),
        }
    }

    /// Whether everything came out as on the CPU.
    pub fn passed(&self) -> bool {
        self.operations.iter().all(OperationResult::passed)
            && self.trainings.iter().all(TrainingResult::passed)
    }

    fn verdict(&self) -> String {
        let wrong: Vec<&str> =
            self.operations.iter().filter(|one| !one.passed()).map(|one| one.name).collect();
        let trainings = self.trainings.iter().filter(|one| !one.passed()).map(|one| one.name);
        let wrong: Vec<&str> = wrong.into_iter().chain(trainings).collect();
        match wrong.len() {
            0 => format!(
                "All {} operations and {} trainings came out as on the CPU.",
                self.operations.len(),
                self.trainings.len()
            ),
            count => format!("**{count} came out otherwise than on the CPU: {}.**", wrong.join(", ")),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### ferrolab {} on {}\n", env!("CARGO_PKG_VERSION"), self.gpu)?;
        writeln!(f, "Driver: {}. {}.\n\n{}", self.driver, self.libraries, self.verdict())?;
        let operations = self.operations.iter().map(|one| (one.name, &one.failure));
        let trainings = self.trainings.iter().map(|one| (one.name, &one.failure));
        for (name, failure) in operations.chain(trainings) {
            if let Some(failure) = failure {
                writeln!(f, "- {name}: {failure}")?;
            }
        }
        writeln!(
            f,
            "\nDifferences are in units of 1 + |expected|; *host*: how often numbers came back to be computed on the CPU.\n"
        )?;
        writeln!(f, "| operation | result | gradient | within | host | CPU ms | GPU ms |")?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for one in &self.operations {
            let OperationResult { name, result, tolerance, fallbacks, .. } = one;
            let gradient = one.gradient.map_or("–".into(), |gradient| format!("{gradient:.1e}"));
            let fallbacks = if *fallbacks == 0 { String::new() } else { fallbacks.to_string() };
            let [cpu, gpu] = one
                .times
                .map_or(["".into(), "".into()], |times| times.map(|seconds| format!("{:.3}", 1e3 * seconds)));
            let mark = if one.passed() { "" } else { "**wrong** " };
            writeln!(
                f,
                "| {mark}{name} | {result:.1e} | {gradient} | {tolerance:.0e} | {fallbacks} | {cpu} | {gpu} |"
            )?;
        }
        writeln!(f, "\n| training | losses | on the CPU | launches a step | host |")?;
        writeln!(f, "| --- | --- | --- | --- | --- |")?;
        for one in &self.trainings {
            let losses = |losses: &[f32]| {
                losses.iter().map(|loss| format!("{loss:.5}")).collect::<Vec<_>>().join(", ")
            };
            let mark = if one.passed() { "" } else { "**wrong** " };
            writeln!(
                f,
                "| {mark}{} | {} | {} | {:.0} | {} |",
                one.name,
                losses(&one.losses),
                losses(&one.expected),
                one.launches_per_step,
                one.fallbacks
            )?;
        }
        if !self.speed.is_empty() {
            writeln!(f, "\n| speed | CPU | GPU | |\n| --- | --- | --- | --- |")?;
        }
        for Speed { what, unit, cpu, gpu } in &self.speed {
            writeln!(f, "| {what} | {cpu:.0} | {gpu:.0} | {unit} |")?;
        }
        Ok(())
    }
}
