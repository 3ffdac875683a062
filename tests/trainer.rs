//! What a trainer can be told besides epochs and batches: accumulation, clipping, schedules, early stopping, callbacks.

use std::sync::{Arc, Mutex};

use ferrolab::optim::schedule::{OneCycleLr, ReduceLrOnPlateau, Schedule, StepLr};
use ferrolab::prelude::*;
use ferrolab::train::EarlyStopping;

type Points = Dataset<Rank1<2>, 2>;
type Net = Sequential<Rank1<2>, Rank1<2>>;

fn points(count: usize) -> Points {
    let values: Vec<f32> = (0..2 * count).map(|i| ((i * 37) % 101) as f32 / 100.0).collect();
    let labels = values.chunks(2).map(|pair| usize::from(pair[1] > pair[0])).collect();
    Dataset::new(values, labels).unwrap()
}

fn net() -> Net {
    manual_seed(4);
    sequential!(Input([2]).dense(8).relu().dense(2))
}

fn parameters(model: &Net) -> Vec<f32> {
    model.parameters().iter().flat_map(|(_, parameter)| parameter.to_vec()).collect()
}

/// How far the parameters moved.
fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

#[test]
fn small_batches_added_up_are_one_large_batch() {
    // 50 examples: the last step of an epoch is smaller, and its last batch smaller still.
    let trained = |batch: usize, accumulate: usize| {
        let mut model = net();
        let mut trainer = Trainer::new(Sgd::new(0.5).momentum(0.9)).epochs(3).seed(8);
        trainer = trainer.batch_size(batch).accumulate(accumulate);
        let history = trainer.fit(&mut model, &points(50));
        (parameters(&model), history.loss)
    };
    let ((large, large_loss), (added, added_loss)) = (trained(28, 1), trained(7, 4));
    assert!(large.iter().zip(&added).all(|(a, b)| (a - b).abs() < 1e-5), "{large:?} {added:?}");
    assert!(large_loss.iter().zip(&added_loss).all(|(a, b)| (a - b).abs() < 1e-5));
    assert!(distance(&large, &trained(7, 1).0) > 1e-3, "without adding up, the steps are others");
}

#[test]
fn clipped_steps_are_no_longer_than_allowed() {
    let data = points(40);
    let moved = |trainer: Trainer| {
        let (mut trainer, mut model) = (trainer.batch_size(40), net());
        let before = parameters(&model);
        trainer.fit(&mut model, &data);
        (parameters(&model), before)
    };
    let (after, before) = moved(Trainer::new(Sgd::new(1.0)).clip_norm(0.01));
    assert!((distance(&after, &before) - 0.01).abs() < 1e-5);
    let (after, before) = moved(Trainer::new(Sgd::new(1.0)).clip_value(0.001));
    assert!(after.iter().zip(&before).all(|(a, b)| (a - b).abs() <= 0.001 + 1e-6));
    assert!(distance(&after, &before) > 0.001);
}

#[test]
fn a_schedule_is_followed_by_epochs_or_by_steps_and_goes_on_in_the_next_fit() {
    let data = points(20);
    let mut trainer = Trainer::new(Sgd::new(0.8)).epochs(3).schedule(StepLr::new(2, 0.5));
    assert_eq!(trainer.fit(&mut net(), &data).learning_rate, [0.8, 0.8, 0.4]);
    assert_eq!(trainer.fit(&mut net(), &data).learning_rate, [0.4, 0.2, 0.2]);

    let rates = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&rates);
    let cycle = OneCycleLr::new(0.5, 8);
    let mut trainer = Trainer::new(Sgd::new(0.8)).epochs(2).batch_size(5).schedule_steps(cycle);
    trainer = trainer.on_step(move |report| seen.lock().unwrap().push(report.learning_rate));
    trainer.fit(&mut net(), &data);
    let expected: Vec<f32> = (0..8).map(|step| cycle.learning_rate(0.8, step)).collect();
    assert_eq!(*rates.lock().unwrap(), expected);
}

#[test]
fn a_plateau_is_seen_in_the_validation_loss() {
    let data = points(20);
    // Nothing is learnt at a rate of 0, so no epoch but the first is better than the one before.
    let schedule = ReduceLrOnPlateau::new().patience(1);
    let mut trainer = Trainer::new(Sgd::new(0.0)).epochs(4).schedule(schedule).validate(&data);
    trainer.fit(&mut net(), &data);
    let mut trainer = Trainer::new(Sgd::new(1e-9)).epochs(4).schedule(schedule).validate(&data);
    let rates = trainer.fit(&mut net(), &data).learning_rate;
    assert_eq!(rates[..3], [1e-9; 3]);
    assert!((rates[3] / 1e-10 - 1.0).abs() < 1e-5, "{rates:?}");
}

#[test]
fn early_stopping_gives_back_the_best_epoch() {
    let (train, test) = points(60).split(0.5, 1);
    // Steps so long that it soon gets worse.
    let stop = EarlyStopping::new(2);
    let mut model = net();
    let mut trainer = Trainer::new(Sgd::new(30.0)).epochs(50).seed(2).early_stopping(stop).validate(&test);
    let history = trainer.fit(&mut model, &train);
    let losses = &history.val_loss;
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap();
    assert_eq!(losses.len(), best + 3, "two epochs after the best it ended: {losses:?}");
    assert_eq!(history.epochs, 50);

    // A training of just so many epochs ends with the same parameters.
    let mut again = net();
    Trainer::new(Sgd::new(30.0)).epochs(best + 1).seed(2).validate(&test).fit(&mut again, &train);
    assert_eq!(parameters(&model), parameters(&again));
    assert_eq!(accuracy(&model, &test), history.val_accuracy[best]);
}

#[test]
fn early_stopping_by_accuracy_wants_more_and_not_less() {
    let (train, test) = points(80).split(0.5, 1);
    let mut model = net();
    let stop = EarlyStopping::new(10).by_accuracy();
    let trainer = Trainer::new(Adam::new(0.05)).epochs(60).batch_size(8).seed(1).early_stopping(stop);
    let mut trainer = trainer.validate(&test);
    let history = trainer.fit(&mut model, &train);
    let best = history.val_accuracy.iter().copied().fold(0.0, f32::max);
    assert_eq!(accuracy(&model, &test), best);
    assert!(best > 0.8, "{history}");
}

#[test]
#[should_panic(
    expected = "EarlyStopping: by_accuracy() needs a training that counts it: `fit`, not `fit_with`"
)]
fn an_accuracy_that_is_not_counted_cannot_be_watched() {
    let mut trainer = Trainer::new(Sgd::new(0.1)).early_stopping(EarlyStopping::new(1).by_accuracy());
    trainer.fit_with(&mut net(), &points(10), |net, x, labels| cross_entropy(&net.forward(x), labels));
}

#[test]
fn callbacks_are_called_and_can_end_the_training() {
    let (epochs, steps) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (epoch_count, step_list) = (Arc::clone(&epochs), Arc::clone(&steps));
    let history = Trainer::new(Sgd::new(0.1))
        .epochs(10)
        .batch_size(5)
        .on_epoch(move |_| *epoch_count.lock().unwrap() += 1)
        .on_step(move |report| step_list.lock().unwrap().push((report.epoch, report.step, report.loss)))
        .stop_when(|history| history.loss.len() == 3)
        .fit(&mut net(), &points(15));
    assert_eq!((history.loss.len(), *epochs.lock().unwrap()), (3, 3));
    let steps = steps.lock().unwrap();
    let places: Vec<(usize, usize)> = steps.iter().map(|&(epoch, step, _)| (epoch, step)).collect();
    assert_eq!(places, [(1, 1), (1, 2), (1, 3), (2, 4), (2, 5), (2, 6), (3, 7), (3, 8), (3, 9)]);
    let mean = steps[..3].iter().map(|&(_, _, loss)| loss).sum::<f32>() / 3.0;
    assert!((mean - history.loss[0]).abs() < 1e-6);
}

#[test]
#[should_panic(expected = "resume() needs a file: `.checkpoint(\"run.safetensors\")` before it")]
fn resuming_needs_a_file() {
    let _ = Trainer::new(Sgd::new(0.1)).resume();
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
