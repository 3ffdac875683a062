//! Loaders, streams, sources of one's own, and trainings on them: the same results whoever makes the batches, and when.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ferrolab::data::{ImageFolder, Source};
use ferrolab::prelude::*;
use ferrolab::train::EarlyStopping;

type Pictures = Dataset<Rank3<1, 6, 6>, 3>;
type Net = Sequential<Rank3<1, 6, 6>, Rank1<3>>;

/// Bars across, bars down, a chequered pattern.
fn pixels(i: usize) -> Vec<f32> {
    let pattern = |at: usize| [at / 6 % 2, at % 2, (at / 6 + at % 6) % 2][i % 3] as f32;
    (0..36).map(|at| pattern(at) * 0.6 + ((i * 31 + at * 17) % 13) as f32 / 40.0).collect()
}

fn kept(count: usize) -> Pictures {
    Dataset::new((0..count).flat_map(pixels).collect(), (0..count).map(|i| i % 3).collect()).unwrap()
}

fn lazy(count: usize) -> Pictures {
    Dataset::lazy((0..count).map(|i| i % 3).collect(), pixels).unwrap()
}

fn stream(count: usize) -> Stream<Rank3<1, 6, 6>, 3> {
    Stream::new(move || (0..count).map(|i| (pixels(i), i % 3)))
}

fn net() -> Net {
    manual_seed(4);
    sequential!(Input([1, 6, 6]).conv2d(4, 3).relu().flatten().dropout(0.2).dense(3))
}

fn augment() -> Augment {
    Augment::new().random_crop(1).random_flip().gaussian_noise(0.05)
}

fn bits(history: &History, model: &impl Module) -> Vec<u32> {
    let curves = [&history.loss, &history.accuracy, &history.val_loss, &history.val_accuracy];
    let weights = model.parameters().into_iter().flat_map(|(_, parameter)| parameter.to_vec());
    curves.into_iter().flatten().copied().chain(weights).map(f32::to_bits).collect()
}

fn text_of(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Waits until it is so.
fn soon(what: &str, so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

// Loaders

/// Everything that an epoch gives.
fn epoch<D>(loader: &Loader<D>) -> Vec<(Vec<f32>, Vec<usize>)>
where
    D: ferrolab::data::TrainingData<
            Input = Tensor<(usize, Const<1>, Const<6>, Const<6>)>,
            Target = Labels<usize, 3>,
        > + Clone
        + Send
        + 'static,
{
    loader.iter().map(|(x, labels)| (x.to_vec(), labels.as_slice().to_vec())).collect()
}

#[test]
fn batches_made_ahead_are_the_batches() {
    manual_seed(1);
    let loaders = |prefetch: usize| {
        (
            kept(50).loader(8).shuffle(3).augment(augment()).prefetch(prefetch),
            lazy(50).loader(8).shuffle(3).augment(augment()).prefetch(prefetch),
            stream(50).shuffle_buffer(20).loader(8).shuffle(3).augment(augment()).prefetch(prefetch),
        )
    };
    let (direct, ahead) = (loaders(0), loaders(3));
    let first = epoch(&direct.0);
    assert_eq!(first, epoch(&ahead.0));
    assert_eq!(epoch(&direct.1), first, "read when needed or kept in memory");
    assert_eq!(epoch(&ahead.1), first);
    let flow = epoch(&direct.2);
    assert_eq!(epoch(&ahead.2), flow);
    let second = epoch(&direct.0);
    assert_eq!(second, epoch(&ahead.0));
    assert_ne!(second, first, "each epoch has an order of its own");
    assert_ne!(epoch(&direct.2), flow);
    assert_eq!(
        direct.0.epoch(0).map(|(x, _)| x.to_vec()).collect::<Vec<_>>().concat(),
        first.into_iter().flat_map(|(x, _)| x).collect::<Vec<_>>()
    );
}

#[test]
fn what_a_loader_draws_leaves_the_other_random_numbers_alone() {
    let next = |loader: Option<Loader<Pictures>>| {
        manual_seed(6);
        loader.into_iter().for_each(|loader| loader.iter().for_each(drop));
        Tensor::<Rank1<3>>::randn().to_vec()
    };
    let loader = || kept(20).loader(4).shuffle(1).augment(augment());
    assert_eq!(next(Some(loader())), next(None));
    assert_eq!(next(Some(loader().prefetch(2))), next(None));
}

#[test]
fn every_example_comes_once_and_a_smaller_last_batch_can_be_left_out() {
    for prefetch in [0, 2] {
        let loader = kept(20).loader(8).prefetch(prefetch);
        let sizes: Vec<usize> = loader.iter().map(|(_, labels)| labels.len()).collect();
        assert_eq!((sizes, loader.len(), loader.iter().len()), (vec![8, 8, 4], 3, 3));
        let loader = loader.drop_last();
        assert_eq!((loader.iter().count(), loader.len(), loader.iter().len()), (2, 2, 2));
        assert_eq!(stream(20).loader(8).drop_last().prefetch(prefetch).iter().count(), 2);
        let labels: Vec<usize> = kept(20)
            .loader(8)
            .shuffle(2)
            .prefetch(prefetch)
            .iter()
            .flat_map(|(_, labels)| labels.as_slice().to_vec())
            .collect();
        assert_eq!(
            (0..3).map(|class| labels.iter().filter(|&&label| label == class).count()).collect::<Vec<_>>(),
            [7, 7, 6]
        );
    }
}

#[test]
fn the_batches_that_were_asked_for_are_made_ahead_and_no_more() {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let data = Dataset::<Rank1<1>, 1>::lazy(vec![0; 100], move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        vec![0.0]
    });
    let mut batches = data.unwrap().loader(1).prefetch(3).iter();
    soon("three batches are made ahead", || read.load(Ordering::SeqCst) == 3);
    thread::sleep(Duration::from_millis(30));
    assert_eq!(read.load(Ordering::SeqCst), 3);
    batches.next();
    soon("one more is made", || read.load(Ordering::SeqCst) == 4);
}

#[test]
fn a_loader_that_is_dropped_ends_its_thread() {
    struct Told(Arc<AtomicBool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let gone = Arc::new(AtomicBool::new(false));
    let told = Arc::new(Told(Arc::clone(&gone)));
    let data = Dataset::<Rank1<1>, 1>::lazy(vec![0; 1000], move |_| {
        vec![f32::from(u8::from(told.0.load(Ordering::SeqCst)))]
    });
    let mut batches = data.unwrap().loader(2).prefetch(2).iter();
    assert!(batches.next().is_some());
    assert!(!gone.load(Ordering::SeqCst));
    drop(batches);
    soon("the thread lets go of the data", || gone.load(Ordering::SeqCst));
}

#[test]
fn a_panic_while_a_batch_is_made_goes_on_where_it_is_asked_for() {
    let data = Dataset::<Rank1<1>, 1>::lazy(vec![0; 10], |i| {
        assert!(i != 7, "row {i} is broken");
        vec![0.0]
    });
    let data = data.unwrap();
    for prefetch in [0, 2] {
        let mut batches = data.loader(2).prefetch(prefetch).iter();
        let good = batches.by_ref().take(3).count();
        let caught = catch_unwind(AssertUnwindSafe(|| batches.next()));
        assert_eq!((good, text_of(caught.map(drop).unwrap_err())), (3, "row 7 is broken".to_owned()));

        let mut trainer = Trainer::new(Sgd::new(0.1)).prefetch(prefetch);
        let mut model = sequential!(Input([1]).dense(1));
        let caught = catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut model, &data)));
        assert_eq!(text_of(caught.map(drop).unwrap_err()), "row 7 is broken");
    }
}

// Streams

#[test]
fn a_shuffle_buffer_loses_nothing_and_moves_examples_no_further_than_it_reaches() {
    let numbers = Stream::<Rank1<1>, 1>::new(|| (0..200).map(|i| (vec![i as f32], 0))).shuffle_buffer(25);
    let order = |seed: u64| -> Vec<usize> {
        numbers.loader(7).shuffle(seed).iter().flat_map(|(x, _)| x.to_vec()).map(|x| x as usize).collect()
    };
    let first = order(1);
    assert_eq!(first.iter().copied().collect::<BTreeSet<_>>(), (0..200).collect());
    assert!(first.iter().enumerate().all(|(at, &number)| number < at + 25), "{first:?}");
    assert!(first.iter().enumerate().filter(|(at, number)| at == *number).count() < 40);
    assert_eq!(order(1), first);
    assert_ne!(order(2), first);
}

#[test]
fn a_training_on_a_stream_learns_and_counts() {
    let mut model = net();
    let history = Trainer::new(Adam::new(0.02))
        .epochs(8)
        .batch_size(10)
        .seed(1)
        .validate(&kept(30))
        .fit_classifier(&mut model, &stream(120).shuffle_buffer(60));
    assert!(history.accuracy[7] > 0.9 && history.val_accuracy[7] > 0.9, "{history}");
    assert_eq!(accuracy(&model, &kept(30)), history.val_accuracy[7]);
}

#[test]
fn streams_of_batches_are_taken_apart() {
    let batches = Stream::<Rank3<1, 6, 6>, 3>::from_batches(|| kept(20).batches(6));
    assert_eq!(epoch(&batches.loader(4)), epoch(&kept(20).loader(4)));
    let pairs =
        TensorDataset::<Rank1<2>, Rank1<1>>::new((0..20).map(|i| i as f32).collect(), vec![1.0; 10]).unwrap();
    let apart = pairs.clone();
    let flow = TensorStream::<Rank1<2>, Rank1<1>>::from_batches(move || apart.batches(3));
    let mut taken = flow.loader(4).iter();
    for (x, y) in &pairs.loader(4) {
        let (same_x, same_y) = taken.next().unwrap();
        assert_eq!((same_x.to_vec(), same_y.to_vec()), (x.to_vec(), y.to_vec()));
    }
    assert!(taken.next().is_none());
}

#[test]
fn an_example_that_does_not_fit_is_named() {
    let text = |stream: Stream<Rank1<2>, 3>| {
        text_of(
            catch_unwind(AssertUnwindSafe(|| stream.loader(9).prefetch(1).iter().for_each(drop)))
                .unwrap_err(),
        )
    };
    let of =
        |values: usize, class: usize| Stream::new(move || [(vec![0.0; 2], 0), (vec![0.0; values], class)]);
    assert_eq!(text(of(3, 0)), "example 1 of the stream: expected 2 values (of shape [2]), got 3");
    assert_eq!(
        text(of(2, 3)),
        "example 1 of the stream: expected a label below the number of classes, 3, got 3"
    );
    let failing = Stream::new(|| [Ok((vec![0.0; 2], 1)), Err("line 2: `x` is no number")]);
    assert_eq!(text(failing), "example 1 of the stream: line 2: `x` is no number");
    let missing = Stream::<Rank3<3, 32, 32>, 10>::from_cifar10([Path::new("/nowhere/data_batch_1.bin")]);
    let caught = catch_unwind(AssertUnwindSafe(|| missing.loader(1).iter().next()));
    let text = text_of(caught.map(drop).unwrap_err());
    assert!(text.contains("cannot open `/nowhere/data_batch_1.bin`"), "{text}");
}

#[test]
fn the_records_of_a_file_are_its_pictures() {
    let file = datasets::path("clipart32/test_batch.bin.gz");
    let stream = Stream::<Rank3<3, 32, 32>, 10>::from_cifar10([file]);
    let whole = Dataset::<Rank3<3, 32, 32>, 10>::from_images(&datasets::clipart32().unwrap().test).unwrap();
    let (x, labels) = stream.loader(1000).iter().next().unwrap();
    let (y, expected) = whole.batch(&(0..whole.len()).collect::<Vec<_>>());
    assert_eq!(labels.as_slice(), expected.as_slice());
    assert!(x.to_vec() == y.to_vec());
}

#[test]
#[should_panic(expected = "there are no examples to train on")]
fn an_empty_stream_is_nothing_to_train_on() {
    Trainer::new(Sgd::new(0.1)).fit_classifier(&mut net(), &stream(0));
}

// Trainings

/// All that could come out differently takes part.
fn trainer() -> Trainer {
    Trainer::new(AdamW::new(0.01))
        .epochs(3)
        .batch_size(7)
        .accumulate(2)
        .seed(5)
        .augment(augment())
        .clip_norm(1.0)
        .early_stopping(EarlyStopping::new(5))
}

#[test]
fn trainings_do_not_depend_on_who_makes_the_batches() {
    let test = kept(20);
    let trained = |data: &Pictures, prefetch: usize| {
        let mut model = net();
        let history = trainer().prefetch(prefetch).validate(&test).fit(&mut model, data);
        bits(&history, &model)
    };
    let expected = trained(&kept(60), 0);
    for (data, prefetch) in [(kept(60), 1), (kept(60), 4), (lazy(60), 0), (lazy(60), 2)] {
        assert_eq!(trained(&data, prefetch), expected, "{data:?}, {prefetch}");
    }
    let flowing = |prefetch: usize| {
        let mut model = net();
        let data = stream(60).shuffle_buffer(16);
        let history = trainer().prefetch(prefetch).validate(&test).fit_classifier(&mut model, &data);
        bits(&history, &model)
    };
    assert_eq!(flowing(0), flowing(3));
}

/// Stops in the middle of an epoch, goes on from the checkpoint.
fn resumed<D>(data: &D, prefetch: usize) -> [Vec<u32>; 2]
where
    D: ferrolab::data::TrainingData<
            Input = Tensor<(usize, Const<1>, Const<6>, Const<6>)>,
            Target = Labels<usize, 3>,
        >,
{
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let mut model = net();
    let history = trainer().prefetch(prefetch).fit_classifier(&mut model, data);
    let whole = bits(&history, &model);

    let checkpointed = || trainer().prefetch(prefetch).checkpoint(&path).checkpoint_every(1).resume();
    let mut model = net();
    let left = catch_unwind(AssertUnwindSafe(|| {
        checkpointed()
            .on_step(|report| assert!(report.step < 7, "left on purpose"))
            .fit_classifier(&mut model, data)
    }));
    assert_eq!(text_of(left.map(drop).unwrap_err()), "left on purpose");
    let mut model = net();
    let history = checkpointed().fit_classifier(&mut model, data);
    [bits(&history, &model), whole]
}

#[test]
fn a_training_on_any_data_goes_on_from_its_checkpoint_to_the_same_bits() {
    for [gone_on, whole] in [
        resumed(&lazy(60), 2),
        resumed(&stream(60).shuffle_buffer(16), 2),
        resumed(&Drawn, 0),
        resumed(&Drawn, 2),
    ] {
        assert_eq!(gone_on, whole);
    }
}

/// Draws random numbers for each batch.
struct Drawn;

impl Source for Drawn {
    type Input = Tensor<(usize, Const<1>, Const<6>, Const<6>)>;
    type Target = Labels<usize, 3>;

    fn len(&self) -> usize {
        60
    }

    fn batch(&self, positions: &[usize]) -> (Self::Input, Self::Target) {
        let values = ferrolab::random::uniform(&[positions.len(), 1, 6, 6], 0.0, 1.0).to_vec();
        (Tensor::from_vec(values), Labels::new(positions.iter().map(|i| i % 3).collect()))
    }

    fn augment(input: Self::Input, change: &dyn Fn(&ferrolab::Raw) -> ferrolab::Raw) -> Self::Input {
        Tensor::from_raw(change(input.raw()))
    }
}

#[test]
fn a_source_of_ones_own_may_give_anything() {
    /// Two inputs, no target.
    struct Two(Mutex<Vec<usize>>);
    impl Source for Two {
        type Input = (Tensor<(usize, Const<2>)>, String);
        type Target = ();
        fn len(&self) -> usize {
            10
        }
        fn batch(&self, positions: &[usize]) -> (Self::Input, ()) {
            self.0.lock().unwrap().extend(positions);
            ((Tensor::from_vec(vec![1.0; 2 * positions.len()]), format!("{} examples", positions.len())), ())
        }
    }
    let data = Arc::new(Two(Mutex::default()));
    let mut model = Linear::<2, 1>::default();
    let history = Trainer::new(Sgd::new(0.1)).epochs(2).batch_size(4).validate(&*data).fit_with(
        &mut model,
        &*data,
        |model, (x, text), ()| {
            assert!(["4 examples", "2 examples", "10 examples"].contains(&text.as_str()));
            model.forward(x).powi(2).mean()
        },
    );
    assert!(history.loss[1] < history.loss[0] && history.val_loss.len() == 2);
    let mut seen = std::mem::take(&mut *data.0.lock().unwrap());
    seen.sort_unstable();
    assert_eq!(seen, (0..40).map(|i| i / 4).collect::<Vec<_>>(), "twice to train, twice to validate");
    assert_eq!(
        Loader::new(&data, 4).prefetch(2).iter().map(|((x, _), ())| x.shape()[0]).collect::<Vec<_>>(),
        [4, 4, 2]
    );
}

#[test]
#[should_panic(
    expected = "augment() does not know the pictures of this source: implement `Source::augment` for `data::Plain`"
)]
fn a_source_must_say_where_its_pictures_are() {
    Trainer::new(Sgd::new(0.1)).augment(augment()).fit_with(
        &mut Linear::<1, 1>::default(),
        &Plain,
        |model, x, y| mse(&model.forward(x), y),
    );
}

struct Plain;

impl Source for Plain {
    type Input = Tensor<(usize, Const<1>)>;
    type Target = Tensor<(usize, Const<1>)>;
    fn len(&self) -> usize {
        3
    }
    fn batch(&self, positions: &[usize]) -> (Self::Input, Self::Target) {
        let x = Tensor::from_vec(positions.iter().map(|&i| i as f32).collect());
        (x.clone(), x)
    }
}

#[test]
fn numbers_are_predicted_by_the_mean_squared_error_or_a_loss_of_ones_own() {
    let x: Vec<f32> = (0..80).map(|i| (i % 9) as f32 / 9.0).collect();
    let y = x.chunks(2).map(|x| 2.0 * x[0] - x[1] + 0.5).collect();
    let (train, test) = TensorDataset::<Rank1<2>, Rank1<1>>::new(x, y).unwrap().split(0.75, 1);
    let model = || {
        manual_seed(2);
        sequential!(Input([2]).dense(1))
    };
    let trainer = || Trainer::new(Adam::new(0.1)).epochs(60).batch_size(10).seed(1).validate(&test);
    let (mut ready, mut own, mut other) = (model(), model(), model());
    let history = trainer().fit_regression(&mut ready, &train);
    assert!(history.val_loss[59] < 1e-3 && history.accuracy.is_empty(), "{history}");
    let same = trainer().fit_with(&mut own, &train, |model, x, y| mse(&model.forward(x), y));
    assert_eq!(bits(&same, &own), bits(&history, &ready));
    let huber = trainer().fit_with(&mut other, &train, |model, x, y| loss::huber(&model.forward(x), y, 0.1));
    assert!(huber.val_loss[59] < 1e-3, "{huber}");
}

#[test]
fn a_network_learns_from_a_folder_of_pictures() {
    let root = tempfile::tempdir().unwrap();
    for i in 0..45 {
        let folder = root.path().join(["across", "down", "chequered"][i % 3]);
        std::fs::create_dir_all(&folder).unwrap();
        let picture = Tensor::<Rank3<1, 6, 6>>::from_vec(pixels(i));
        // Each six times as large: it is brought back to the size of the type.
        let large: Tensor<Rank3<1, 36, 36>> = transforms::resize(&picture);
        large.save_png(folder.join(format!("{i}.png"))).unwrap();
    }
    let folder = ImageFolder::open(root.path()).unwrap();
    assert_eq!(folder.classes(), ["across", "chequered", "down"]);
    let pictures: Pictures = folder.dataset().unwrap();
    let scale = Normalization::of(&pictures);
    let (train, test) = pictures.normalized(&scale).split_stratified(0.8, 1);
    assert_eq!((train.class_counts(), test.class_counts()), ([12; 3], [3; 3]));
    let mut model = net();
    let mut trainer = Trainer::new(Adam::new(0.02)).epochs(12).batch_size(6).seed(1).validate(&test);
    let history = trainer.fit(&mut model, &train);
    assert_eq!(history.val_accuracy.last(), Some(&1.0), "{history}");
    assert_eq!(accuracy(&model, &test), 1.0);
    assert_eq!(accuracy(&model, &test.in_memory()), 1.0);
    assert_eq!(confusion_matrix(&model, &test).counts, [[3, 0, 0], [0, 3, 0], [0, 0, 3]]);
}
