//! A training whose process is killed goes on from its checkpoint to the same curve and the same weights, to the bit.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use ferrolab::optim::schedule::{CosineAnnealingLr, LinearWarmup};
use ferrolab::prelude::*;
use ferrolab::train::EarlyStopping;

type Cnn = Sequential<Rank3<1, 8, 8>, Rank1<3>>;

/// Tells a process of this test to be the one that is killed: the folder of its checkpoint.
const CHILD: &str = "FERROLAB_TEST_RESUME_FOLDER";

fn data() -> (Dataset<Rank3<1, 8, 8>, 3>, Dataset<Rank3<1, 8, 8>, 3>) {
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for i in 0..150 {
        let (class, offset) = (i % 3, i / 3 % 4);
        for pixel in 0..64 {
            let (y, x) = (pixel / 8 + offset, pixel % 8 + offset);
            let on = [y / 2 % 2, x / 2 % 2, (y / 2 + x / 2) % 2][class] == 1;
            values.push(f32::from(u8::from(on)) + ((i * 31 + pixel * 17) % 13) as f32 / 10.0);
        }
        labels.push(class);
    }
    Dataset::new(values, labels).unwrap().split(0.8, 3)
}

fn cnn() -> Cnn {
    sequential!(Input([1, 8, 8]).conv2d(6, 3).relu().max_pool2d(2).flatten().dropout(0.2).dense(3))
}

/// Everything that could be forgotten in a checkpoint takes part: dropout, augmentation, moments, accumulation, clipping,
/// a schedule by steps, validation and the best epoch.
fn trainer() -> Trainer {
    let schedule = LinearWarmup::new(9).then(CosineAnnealingLr::new(40));
    Trainer::new(AdamW::new(0.01))
        .epochs(8)
        .batch_size(7)
        .accumulate(2)
        .seed(5)
        .augment(Augment::new().random_flip().random_shift(1))
        .clip_norm(1.0)
        .schedule_steps(schedule)
        .early_stopping(EarlyStopping::new(4))
}

/// In `f16`, whose factor on the loss is part of the training too.
fn trainer_in_16_bits() -> Trainer {
    trainer().mixed_precision(Precision::F16)
}

/// The curves and the weights as bits.
fn bits(history: &History, model: &Cnn) -> Vec<u32> {
    let curves =
        [&history.loss, &history.accuracy, &history.val_loss, &history.val_accuracy, &history.learning_rate];
    let weights = model.parameters().into_iter().flat_map(|(_, parameter)| parameter.to_vec());
    curves.into_iter().flatten().copied().chain(weights).map(f32::to_bits).collect()
}

fn uninterrupted() -> Vec<u32> {
    manual_seed(1);
    let ((train, test), mut model) = (data(), cnn());
    let history = trainer().validate(&test).fit(&mut model, &train);
    bits(&history, &model)
}

fn checkpoint(folder: &Path) -> PathBuf {
    folder.join("run.safetensors")
}

/// Trains on from the checkpoint, if there is one. Every step takes a while, so that there is time to be killed.
fn resumed(folder: &Path, pause: Duration) -> Vec<u32> {
    manual_seed(2); // other initial weights: those of the checkpoint count
    if !checkpoint(folder).exists() {
        manual_seed(1);
    }
    let ((train, test), mut model) = (data(), cnn());
    let history = trainer()
        .checkpoint(checkpoint(folder))
        .checkpoint_every(2)
        .resume()
        .on_step(move |_| thread::sleep(pause))
        .validate(&test)
        .fit(&mut model, &train);
    bits(&history, &model)
}

#[test]
fn a_training_that_is_killed_again_and_again_ends_as_if_nothing_had_happened() {
    if let Some(folder) = env::var_os(CHILD) {
        resumed(Path::new(&folder), Duration::from_millis(25));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut steps = Vec::new();
    for delay in [20, 130, 70] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_training_that_is_killed_again_and_again_ends_as_if_nothing_had_happened"])
            .env(CHILD, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for_another_checkpoint(&checkpoint(folder.path()));
        thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was to be killed before it was done");
        steps.push(step_of(&checkpoint(folder.path())));
    }
    assert!(steps.is_sorted_by(|a, b| a < b) && steps[0] > 0, "each process got further: {steps:?}");
    assert_eq!(resumed(folder.path(), Duration::ZERO), uninterrupted());
    // Once it is complete, there is nothing left to do.
    assert_eq!(resumed(folder.path(), Duration::ZERO), uninterrupted());
}

/// Until the checkpoint is another than it is now.
fn wait_for_another_checkpoint(path: &Path) {
    let content = || fs::read(path).unwrap_or_default();
    let (before, started) = (content(), Instant::now());
    while content() == before {
        assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint was written");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The step at which the checkpoint was written.
fn step_of(path: &Path) -> usize {
    let file = ferrolab::io::safetensors::File::read(path).unwrap();
    let facts = file.metadata("ferrolab.checkpoint").unwrap();
    let (_, rest) = facts.split_once("\"step\":").unwrap();
    rest.split(',').next().unwrap().parse().unwrap()
}

#[test]
fn a_training_that_is_left_in_the_middle_of_an_epoch_goes_on_in_the_same_process() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = data();
    manual_seed(1);
    let mut model = cnn();
    let left = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        trainer()
            .checkpoint(checkpoint(folder.path()))
            .checkpoint_every(1)
            .on_step(|report| assert!(report.step < 13, "left on purpose"))
            .validate(&test)
            .fit(&mut model, &train)
    }));
    assert!(left.is_err());
    assert_eq!(step_of(&checkpoint(folder.path())), 13);
    assert_eq!(resumed(folder.path(), Duration::ZERO), uninterrupted());
}

#[test]
fn a_training_in_16_bits_goes_on_with_the_factor_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = data();
    let fit = |trainer: Trainer| {
        manual_seed(1);
        let mut model = cnn();
        let history = trainer.validate(&test).fit(&mut model, &train);
        bits(&history, &model)
    };
    let whole = fit(trainer_in_16_bits());
    assert_ne!(whole, uninterrupted(), "16 bits make a difference");
    let path = checkpoint(folder.path());
    fit(trainer_in_16_bits().epochs(3).checkpoint(&path));
    let file = ferrolab::io::safetensors::File::read(&path).unwrap();
    let facts = file.metadata("ferrolab.checkpoint").unwrap();
    let (_, scaler) = facts.split_once("\"scaler\":[").unwrap();
    let scale = f32::from_bits(scaler.split(',').next().unwrap().parse().unwrap());
    assert!(
        scale < 65536.0,
        "the gradients of these pictures overflow at first, and the factor has changed: {scale}"
    );
    assert_eq!(fit(trainer_in_16_bits().checkpoint(&path).resume()), whole);
}

#[test]
#[should_panic(expected = "belongs to another training: the precision was F16, now it is 32 bits")]
fn a_training_in_16_bits_does_not_go_on_in_32() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = data();
    let path = checkpoint(folder.path());
    trainer_in_16_bits().epochs(1).checkpoint(&path).fit(&mut cnn(), &train);
    trainer().epochs(2).checkpoint(&path).resume().fit(&mut cnn(), &train);
}

#[test]
#[should_panic(expected = "belongs to another training: the batch size was 7, now it is 8")]
fn a_checkpoint_of_another_training_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = data();
    let path = checkpoint(folder.path());
    trainer().epochs(1).checkpoint(&path).fit(&mut cnn(), &train);
    trainer().epochs(1).batch_size(8).checkpoint(&path).resume().fit(&mut cnn(), &train);
}

#[test]
#[should_panic(expected = "is not a checkpoint of a training: it has no entry `ferrolab.checkpoint`")]
fn a_saved_model_is_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = data();
    cnn().save(checkpoint(folder.path())).unwrap();
    trainer().checkpoint(checkpoint(folder.path())).resume().fit(&mut cnn(), &train);
}

#[test]
fn a_checkpoint_of_another_model_or_optimiser_leaves_the_model_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = data();
    let path = checkpoint(folder.path());
    trainer().epochs(1).checkpoint(&path).fit(&mut cnn(), &train);
    let message = |optimizer: Box<dyn FnOnce() -> Trainer>, mut model: Cnn| {
        let before: Vec<Vec<f32>> = model.parameters().iter().map(|(_, p)| p.to_vec()).collect();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            optimizer().batch_size(7).accumulate(2).seed(5).checkpoint(&path).resume().fit(&mut model, &train)
        }));
        assert!(model.parameters().iter().map(|(_, p)| p.to_vec()).eq(before));
        caught.unwrap_err().downcast_ref::<String>().cloned().unwrap_or_default()
    };
    let text = message(Box::new(|| Trainer::new(Sgd::new(0.1))), cnn());
    assert!(text.contains("expected 1: it belongs to another kind of optimiser"), "{text}");
    let wide = sequential!(Input([1, 8, 8]).conv2d(7, 3).relu().max_pool2d(2).flatten().dense(3));
    let text = message(Box::new(|| Trainer::new(AdamW::new(0.1))), wide);
    assert!(text.contains("the model needs `0.weight` of shape [7, 1, 3, 3], found [6, 1, 3, 3]"), "{text}");
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
