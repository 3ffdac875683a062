//! Checkpoints: all that a training needs to go on as if it had never stopped, in one safetensors file.
//!
//! The tensors are the model's (`model.0.weight`), what the optimiser remembers (`optimizer.0.0.weight`, the slot and the
//! parameter) and the best epoch's parameters (`best.0.weight`); the metadata entry [`FACTS`] holds the rest. Numbers are
//! kept as bits, because decimals would change the last digit. The file is replaced only once the new one is complete.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::History;
use super::drive::{Drive, kept};
use super::progress::Means;
use super::run::{Run, Settings, State};
use crate::amp::{GradScaler, ScalerState};
use crate::io::safetensors::{self, File, FileError};
use crate::optim::{Remembered, StateError};
use crate::random::{self, Place};
use crate::raw::Raw;

const FACTS: &str = "ferrolab.checkpoint";

/// Why a training cannot go on from a checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be written or read.
    #[error("{0}")]
    File(#[from] FileError),
    /// The file is no checkpoint.
    #[error("`{path}` is not a checkpoint of a training: {problem}", path = .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The checkpoint belongs to another training.
    #[error("the checkpoint `{path}` belongs to another training: {what} was {then}, now it is {now}", path = .path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What tells them apart.
        what: &'static str,
        /// What it was.
        then: String,
        /// What it is now.
        now: String,
    },
    /// The optimiser cannot go on from it.
    #[error("the optimiser cannot go on from the checkpoint `{path}`: {source}", path = .path.display())]
    Optimizer {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: StateError,
    },
}

/// Where checkpoints are written, and how often.
#[derive(Clone, Debug)]
pub(super) struct Checkpoints {
    pub(super) path: PathBuf,
    /// Also after so many steps, not only after an epoch.
    pub(super) every: Option<usize>,
    /// Go on from the file, if there is one.
    pub(super) resume: bool,
}

/// What is not a tensor. `f32` and `f64` as bits.
#[derive(Serialize, Deserialize)]
struct Facts {
    version: u32,
    identity: Identity,
    /// Batches of the present epoch that are done.
    batch: usize,
    step: usize,
    means: (u64, Option<usize>, usize),
    epoch_seconds: u64,
    /// The random numbers at the start of the epoch, from which the order of the examples follows, and now.
    order: [u64; 3],
    now: [u64; 3],
    curves: [Vec<u32>; 5],
    seconds: u64,
    images_per_second: u64,
    learning_rate: u32,
    /// Steps done, base rate and what the schedule has learnt.
    schedule: Option<(usize, u32, Vec<u32>)>,
    /// The factor on the loss and the good steps since it changed, of a training in `f16`.
    #[serde(default)]
    scaler: Option<(u32, u32)>,
    best: Option<u32>,
    bad: usize,
    stopped: bool,
    /// How many steps each parameter has made.
    optimizer: BTreeMap<String, u32>,
    slots: usize,
}

/// What must be the same for the same curve.
#[derive(Serialize, Deserialize)]
struct Identity {
    /// Nothing, if a stream does not say.
    examples: Option<usize>,
    batch_size: usize,
    accumulate: usize,
    seed: Option<u64>,
    /// Of matrix products.
    #[serde(default)]
    precision: Option<String>,
}

impl Identity {
    fn of(run: &Run<'_>) -> Identity {
        let Settings { batch_size, accumulate, seed, precision, .. } = *run.settings;
        let precision = precision.map(|precision| format!("{precision:?}"));
        Identity { examples: run.train.feed.len(), batch_size, accumulate, seed, precision }
    }

    fn check(&self, now: &Identity, path: &Path) -> Result<(), CheckpointError> {
        fn number(number: Option<impl ToString>, none: &str) -> String {
            number.map_or(none.to_owned(), |number| number.to_string())
        }
        let all = [
            ("the number of examples", number(self.examples, "unknown"), number(now.examples, "unknown")),
            ("the batch size", self.batch_size.to_string(), now.batch_size.to_string()),
            ("the accumulation", self.accumulate.to_string(), now.accumulate.to_string()),
            ("the seed", number(self.seed, "none"), number(now.seed, "none")),
            (
                "the precision",
                number(self.precision.as_ref(), "32 bits"),
                number(now.precision.as_ref(), "32 bits"),
            ),
        ];
        match all.into_iter().find(|(_, then, now)| then != now) {
            Some((what, then, now)) => Err(CheckpointError::Other { path: path.into(), what, then, now }),
            None => Ok(()),
        }
    }
}

/// Writes a checkpoint between two steps.
pub(super) fn write(path: &Path, run: &Run<'_>, state: &State, drive: &Drive) -> Result<(), FileError> {
    let model = kept(run.model);
    let remembered = drive.optimizer.state();
    let mut tensors: Vec<(String, Raw)> =
        model.iter().map(|(name, tensor)| (format!("model.{name}"), tensor.clone())).collect();
    for Remembered { parameter, slots, .. } in &remembered {
        let slots = slots.iter().enumerate();
        tensors.extend(slots.map(|(i, slot)| (format!("optimizer.{i}.{parameter}"), Raw::new(slot.clone()))));
    }
    let best = model.iter().zip(&state.stopper.parameters);
    tensors.extend(best.map(|((name, _), array)| (format!("best.{name}"), Raw::new(array.clone()))));
    let History { loss, accuracy, val_loss, val_accuracy, learning_rate, .. } = &state.history;
    let facts = Facts {
        version: 1,
        identity: Identity::of(run),
        batch: state.batch,
        step: state.step,
        means: (state.means.loss.to_bits(), state.means.right, state.means.examples),
        epoch_seconds: state.epoch_seconds.to_bits(),
        order: numbers(state.order),
        now: numbers(random::place()),
        curves: [loss, accuracy, val_loss, val_accuracy, learning_rate].map(|curve| bits(curve)),
        seconds: state.history.seconds.to_bits(),
        images_per_second: state.history.images_per_second.to_bits(),
        learning_rate: drive.optimizer.learning_rate().to_bits(),
        schedule: drive
            .schedule
            .as_ref()
            .map(|schedule| (schedule.done, schedule.base.to_bits(), bits(&schedule.schedule.state()))),
        scaler: drive
            .scaler
            .as_ref()
            .map(GradScaler::state)
            .map(|state| (state.scale.to_bits(), state.growth_tracker)),
        best: state.stopper.best.map(f32::to_bits),
        bad: state.stopper.bad,
        stopped: state.stopper.stopped,
        slots: remembered.first().map_or(0, |one| one.slots.len()),
        optimizer: remembered.into_iter().map(|one| (one.parameter, one.steps)).collect(),
    };
    let facts = serde_json::to_string(&facts).expect("numbers and lists can always be written as JSON");
    safetensors::save(path, &tensors, &[(FACTS, facts)])
}

/// Puts model, optimiser, schedule and random numbers back to where the checkpoint was written.
pub(super) fn read(path: &Path, run: &Run<'_>, drive: &mut Drive) -> Result<State, CheckpointError> {
    let file = File::read(path)?;
    let format = |problem| CheckpointError::Format { path: path.into(), problem };
    let text = file.metadata(FACTS).ok_or_else(|| format(format!("it has no entry `{FACTS}`")))?;
    let facts: Facts = serde_json::from_str(text).map_err(|error| format(error.to_string()))?;
    if facts.version != 1 {
        return Err(format(format!("its version is {}, this ferrolab knows version 1", facts.version)));
    }
    facts.identity.check(&Identity::of(run), path)?;

    let optimizer = file.part("optimizer.");
    let remembered = facts.optimizer.iter().map(|(name, &steps)| {
        let slots = (0..facts.slots).filter_map(|i| optimizer.tensors().get(&format!("{i}.{name}")).cloned());
        Remembered { parameter: name.clone(), steps, slots: slots.collect() }
    });
    let model = kept(run.model);
    file.part("model.").check(&model)?;
    let refused = |source| CheckpointError::Optimizer { path: path.into(), source };
    drive.optimizer.restore(run.model, &remembered.collect::<Vec<_>>()).map_err(refused)?;
    file.part("model.").copy_into(&model)?;
    drive.optimizer.set_learning_rate(f32::from_bits(facts.learning_rate));
    if let (Some(schedule), Some((done, base, state))) = (&mut drive.schedule, facts.schedule) {
        (schedule.done, schedule.base) = (done, f32::from_bits(base));
        schedule.schedule.restore(&floats(&state));
    }
    if let (Some(scaler), Some((scale, growth_tracker))) = (&mut drive.scaler, facts.scaler) {
        scaler.restore(ScalerState { scale: f32::from_bits(scale), growth_tracker });
    }

    let mut state = State::new(run.settings.epochs);
    let best = file.part("best.");
    state.stopper.parameters =
        model.iter().filter_map(|(name, _)| best.tensors().get(name).cloned()).collect();
    state.stopper.best = facts.best.map(f32::from_bits);
    (state.stopper.bad, state.stopper.stopped) = (facts.bad, facts.stopped);
    let (loss, right, examples) = facts.means;
    state.means = Means::of(f64::from_bits(loss), right, examples);
    (state.batch, state.step) = (facts.batch, facts.step);
    state.epoch_seconds = f64::from_bits(facts.epoch_seconds);
    let history = &mut state.history;
    [history.loss, history.accuracy, history.val_loss, history.val_accuracy, history.learning_rate] =
        facts.curves.map(|curve| floats(&curve));
    history.seconds = f64::from_bits(facts.seconds);
    history.images_per_second = f64::from_bits(facts.images_per_second);
    state.order = place(facts.order);
    random::go_to(place(facts.now));
    Ok(state)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn floats(bits: &[u32]) -> Vec<f32> {
    bits.iter().map(|&bits| f32::from_bits(bits)).collect()
}

fn numbers(Place { seed, thread, draws }: Place) -> [u64; 3] {
    [seed, thread, draws]
}

fn place([seed, thread, draws]: [u64; 3]) -> Place {
    Place { seed, thread, draws }
}
