//! [`Trainer`]: the settings of a training, and its typed front. The loop itself is in `run.rs`.

use std::path::Path;

use super::History;
use super::checkpoint::Checkpoints;
use super::drive::{Drive, StepReport, Unit};
use super::early_stopping::EarlyStopping;
use super::network::{Data, Task, fit_network};
use super::run::{Judged, Lesson, Run, Settings};
use crate::amp::{GradScaler, Precision};
use crate::data::{Augment, Content, Dataset, Feed, TrainingData};
use crate::loss::Labels;
use crate::nn::{Module, Sequential};
use crate::optim::{Optimizer, Schedule};
use crate::shape::{Batch, Rank1, Shape};
use crate::tensor::Tensor;

/// Trains models.
///
/// ```
/// use ferrolab::prelude::*;
/// manual_seed(1);
/// // Which of two numbers is greater?
/// let values: Vec<f32> = (0..200).map(|i| ((i * 37) % 101) as f32 / 100.0).collect();
/// let labels = values.chunks(2).map(|pair| usize::from(pair[1] > pair[0])).collect();
/// let (train, test) = Dataset::<Rank1<2>, 2>::new(values, labels)?.split(0.8, 0);
///
/// let mut model = sequential!(Input([2]).dense(8).relu().dense(2));
/// let history = Trainer::new(Adam::new(0.05)).epochs(30).batch_size(16).validate(&test).fit(&mut model, &train);
///
/// assert!(history.loss[29] < history.loss[0]);
/// assert!(accuracy(&model, &test) > 0.8);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
///
/// Training that is interrupted leaves the model as it is by then; see [`Trainer::checkpoint`] for going on.
pub struct Trainer<V = NoValidation> {
    drive: Drive,
    settings: Settings,
    validation: V,
}

/// A training without validation data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoValidation;

/// What a training on inputs `I` and targets `T` may be validated with.
pub trait ValidationData<I, T> {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Option<Feed<'_>>;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (I, T);
}

impl<I, T> ValidationData<I, T> for NoValidation {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Option<Feed<'_>> {
        None
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(_: Content) -> (I, T) {
        unreachable!("there is nothing to validate with")
    }
}

impl<D: TrainingData> ValidationData<D::Input, D::Target> for &D {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Option<Feed<'_>> {
        Some(TrainingData::feed(*self))
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (D::Input, D::Target) {
        <D as TrainingData>::open(content)
    }
}

impl Trainer {
    /// One epoch in batches of 32, unless [`Trainer::epochs`] and [`Trainer::batch_size`] say otherwise.
    pub fn new(optimizer: impl Optimizer + 'static) -> Self {
        let settings = Settings {
            epochs: 1,
            batch_size: 32,
            seed: None,
            augment: Augment::new(),
            prefetch: None,
            accumulate: 1,
            clip_norm: None,
            clip_value: None,
            precision: None,
            early_stopping: None,
            checkpoints: None,
        };
        Trainer { drive: Drive::new(Box::new(optimizer)), settings, validation: NoValidation }
    }

    /// Measures loss and accuracy on these data after each epoch.
    pub fn validate<D: TrainingData>(self, data: &D) -> Trainer<&D> {
        Trainer { drive: self.drive, settings: self.settings, validation: data }
    }
}

impl<V> Trainer<V> {
    /// How often the data are gone through.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// How many examples a step looks at.
    ///
    /// ***Panics*** if that is none.
    #[track_caller]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        assert!(batch_size > 0, "a batch has at least one example");
        self.settings.batch_size = batch_size;
        self
    }

    /// Calls [`manual_seed`](crate::manual_seed) when the training starts: the order of the examples and what dropout
    /// drops are then the same each time. The initial parameters are not: seed before the model is made, too.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Makes so many batches ahead, on a thread, while the model learns; 0 makes each when it is asked for. Unless this is called,
    /// data that are read when they are needed and changed pictures are made 2 batches ahead, others not. The results are
    /// the same, to the bit.
    pub fn prefetch(mut self, batches: usize) -> Self {
        self.settings.prefetch = Some(batches);
        self
    }

    /// Changes the training pictures at random, anew each time they are seen; validation data stay as they are.
    pub fn augment(mut self, augment: Augment) -> Self {
        self.settings.augment = augment;
        self
    }

    /// Adds up the gradients of so many batches for one step, each example counting the same: the step of a batch as large
    /// as all of them together, in the memory of one.
    ///
    /// ***Panics*** if that is none.
    #[track_caller]
    pub fn accumulate(mut self, batches: usize) -> Self {
        assert!(batches > 0, "a step looks at at least one batch");
        self.settings.accumulate = batches;
        self
    }

    /// Shortens gradients longer than `max`: see [`clip_grad_norm`](crate::optim::clip_grad_norm).
    ///
    /// ***Panics*** unless `max` is positive.
    #[track_caller]
    pub fn clip_norm(mut self, max: f32) -> Self {
        assert!(max > 0.0, "clip_norm: the greatest norm must be positive, got {max}");
        self.settings.clip_norm = Some(max);
        self
    }

    /// Clips every value of the gradients to `-max..=max`: see [`clip_grad_value`](crate::optim::clip_grad_value).
    ///
    /// ***Panics*** unless `max` is positive.
    #[track_caller]
    pub fn clip_value(mut self, max: f32) -> Self {
        assert!(max > 0.0, "clip_value: the greatest value must be positive, got {max}");
        self.settings.clip_value = Some(max);
        self
    }

    /// Trains with matrix products in 16 bits, inside [`autocast`](crate::autocast); parameters and what the optimiser
    /// remembers stay in 32 bits, and validation is computed in them. With [`Precision::F16`], a
    /// [`GradScaler`](crate::GradScaler) keeps small gradients from vanishing, and leaves out steps whose gradients overflow.
    ///
    /// The graph of a step then takes about half of the memory. It does not save time: the CPU computes in 32 bits; see
    /// [`amp`](crate::amp).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
    /// let mut model = sequential!(Input([2]).dense(16).relu().dense(2));
    /// let mut trainer = Trainer::new(Adam::new(0.05)).epochs(20).mixed_precision(Precision::Bf16);
    /// let history = trainer.fit(&mut model, &data);
    /// assert!(history.loss[19] < history.loss[0]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn mixed_precision(mut self, precision: Precision) -> Self {
        self.settings.precision = Some(precision);
        self.drive.scaler = (precision == Precision::F16).then(GradScaler::new);
        self
    }

    /// Changes the learning rate from epoch to epoch. A second `fit` goes on where the first ended.
    ///
    /// ```
    /// use ferrolab::optim::schedule::CosineAnnealingLr;
    /// use ferrolab::prelude::*;
    /// # let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
    /// # let mut model = sequential!(Input([2]).dense(2));
    /// let mut trainer = Trainer::new(Adam::new(0.8)).epochs(3).schedule(CosineAnnealingLr::new(2));
    /// assert_eq!(trainer.fit(&mut model, &data).learning_rate, [0.8, 0.4, 0.0]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn schedule(mut self, schedule: impl Schedule + 'static) -> Self {
        self.drive.follow(Box::new(schedule), Unit::Epoch);
        self
    }

    /// Changes the learning rate from step to step: for warm-up and [`OneCycleLr`](crate::optim::schedule::OneCycleLr). An
    /// epoch has as many steps as there are batches, the last, smaller one included.
    pub fn schedule_steps(mut self, schedule: impl Schedule + 'static) -> Self {
        self.drive.follow(Box::new(schedule), Unit::Step);
        self
    }

    /// Ends the training when it does not help any more, and keeps the best epoch's parameters.
    pub fn early_stopping(mut self, rule: EarlyStopping) -> Self {
        self.settings.early_stopping = Some(rule);
        self
    }

    /// Calls `hook` after each epoch.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let trainer = Trainer::new(Adam::new(1e-3)).on_epoch(|history| {
    ///     println!("{} epochs, loss {:?}", history.loss.len(), history.loss.last());
    /// });
    /// ```
    pub fn on_epoch(mut self, hook: impl FnMut(&History) + Send + 'static) -> Self {
        self.drive.hooks.epoch.push(Box::new(hook));
        self
    }

    /// Calls `hook` after each step of the optimiser.
    pub fn on_step(mut self, hook: impl FnMut(&StepReport) + Send + 'static) -> Self {
        self.drive.hooks.step.push(Box::new(hook));
        self
    }

    /// Ends the training after the epoch for which `stop` is true.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let trainer = Trainer::new(Adam::new(1e-3)).epochs(100).stop_when(|history| history.loss.last() < Some(&0.1));
    /// ```
    pub fn stop_when(mut self, stop: impl FnMut(&History) -> bool + Send + 'static) -> Self {
        self.drive.hooks.stop.push(Box::new(stop));
        self
    }

    /// Writes a checkpoint after each epoch: the model, what the optimiser remembers, the schedule, the random numbers,
    /// the history and how far the training is. The file is replaced only once the new one is complete.
    ///
    /// With [`Trainer::resume`], a training that was interrupted, or whose process died, goes on from there and ends with
    /// the same parameters, to the bit, as one that was never disturbed; run it with the same data, settings and seed.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("run.safetensors");
    /// # let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
    /// let trainer = |epochs| Trainer::new(Adam::new(0.1)).epochs(epochs).seed(1).checkpoint(&path).resume();
    /// let mut model = sequential!(Input([2]).dense(2));
    /// trainer(2).fit(&mut model, &data);
    /// let mut another = sequential!(Input([2]).dense(2)); // as after a restart
    /// let history = trainer(5).fit(&mut another, &data); // only three epochs are left
    /// assert_eq!(history.loss.len(), 5);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn checkpoint(mut self, path: impl AsRef<Path>) -> Self {
        let (every, resume) =
            self.settings.checkpoints.map_or((None, false), |before| (before.every, before.resume));
        self.settings.checkpoints = Some(Checkpoints { path: path.as_ref().into(), every, resume });
        self
    }

    /// Writes the checkpoint also after every so many steps: for epochs that take long.
    ///
    /// ***Panics*** if that is 0, or before [`Trainer::checkpoint`] has said where.
    #[track_caller]
    pub fn checkpoint_every(mut self, steps: usize) -> Self {
        assert!(steps > 0, "checkpoint_every: a checkpoint follows at least 1 step, not 0");
        self.checkpoints("checkpoint_every").every = Some(steps);
        self
    }

    /// Goes on from the checkpoint, if there is one; `fit` panics if it belongs to another training. A training that was
    /// complete stays so, unless more epochs are asked for; one that was ended early stays ended.
    ///
    /// ***Panics*** before [`Trainer::checkpoint`] has said where.
    #[track_caller]
    pub fn resume(mut self) -> Self {
        self.checkpoints("resume").resume = true;
        self
    }

    #[track_caller]
    fn checkpoints(&mut self, method: &str) -> &mut Checkpoints {
        let checkpoints = self.settings.checkpoints.as_mut();
        checkpoints.unwrap_or_else(|| {
            panic!("{method}() needs a file: `.checkpoint(\"run.safetensors\")` before it")
        })
    }

    /// Trains a classifier by the cross entropy of its scores. Called again, it goes on: the optimiser remembers.
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[inline]
    #[track_caller]
    pub fn fit<X: Batch<usize>, const CLASSES: usize>(
        &mut self,
        model: &mut Sequential<X, Rank1<CLASSES>>,
        data: &Dataset<X, CLASSES>,
    ) -> History
    where
        V: ValidationData<Tensor<X::Of>, Labels<usize, CLASSES>>,
    {
        let train = Data::of(data.rows().feed());
        let open = |content| labelled(V::open(content));
        let validation = self.validation.feed().map(|feed| Data { feed, open: &open });
        fit_network(&mut self.drive, &self.settings, (model.network(), Task::Classes), train, validation)
    }

    /// Trains a classifier as [`fit`](Self::fit), on any data whose inputs are tensors and whose targets are labels: streams,
    /// sources of one's own.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// manual_seed(1);
    /// let points = Stream::<Rank1<2>, 2>::new(|| (0..1000).map(|i| (vec![(i % 37) as f32, (i % 7) as f32], i % 7 / 4)));
    /// let mut model = sequential!(Input([2]).dense(8).relu().dense(2));
    /// let mut trainer = Trainer::new(Adam::new(0.01)).epochs(10);
    /// let history = trainer.fit_classifier(&mut model, &points.shuffle_buffer(100));
    /// assert!(history.accuracy[9] > 0.9);
    /// ```
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[track_caller]
    pub fn fit_classifier<X: Batch<usize>, const CLASSES: usize, D>(
        &mut self,
        model: &mut Sequential<X, Rank1<CLASSES>>,
        data: &D,
    ) -> History
    where
        D: TrainingData<Input = Tensor<X::Of>, Target = Labels<usize, CLASSES>>,
        V: ValidationData<Tensor<X::Of>, Labels<usize, CLASSES>>,
    {
        let train = Data { feed: data.feed(), open: &|content| labelled(D::open(content)) };
        let open = |content| labelled(V::open(content));
        let validation = self.validation.feed().map(|feed| Data { feed, open: &open });
        fit_network(&mut self.drive, &self.settings, (model.network(), Task::Classes), train, validation)
    }

    /// Trains a network to predict tensors, by the mean squared error; for another loss, there is [`fit_with`](Self::fit_with).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// // The next value of a wave from the last eight.
    /// let wave: Vec<f32> = (0..200).map(|i| (i as f32 / 5.0).sin()).collect();
    /// let (past, future) = wave.split_at(150);
    /// type Windows = TensorDataset<Rank2<8, 1>, Rank1<1>>;
    /// let (train, test) = (Windows::windows(past.to_vec())?, Windows::windows(future.to_vec())?);
    ///
    /// manual_seed(1);
    /// let mut model = sequential!(Input([8, 1]).flatten().dense(1));
    /// let history = Trainer::new(Adam::new(0.01)).epochs(50).seed(1).validate(&test).fit_regression(&mut model, &train);
    /// assert!(history.val_loss[49] < 0.01);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[track_caller]
    pub fn fit_regression<X: Batch<usize>, Y: Batch<usize>, D>(
        &mut self,
        model: &mut Sequential<X, Y>,
        data: &D,
    ) -> History
    where
        D: TrainingData<Input = Tensor<X::Of>, Target = Tensor<Y::Of>>,
        V: ValidationData<Tensor<X::Of>, Tensor<Y::Of>>,
    {
        let train = Data { feed: data.feed(), open: &|content| paired(D::open(content)) };
        let open = |content| paired(V::open(content));
        let validation = self.validation.feed().map(|feed| Data { feed, open: &open });
        fit_network(&mut self.drive, &self.settings, (model.network(), Task::Numbers), train, validation)
    }

    /// Trains any module on any data: a [`Dataset`], a [`TensorDataset`](crate::TensorDataset), a stream, a
    /// [`Source`](crate::data::Source) of one's own. `loss` is the loss of one batch: it is given the model, the inputs and
    /// the targets.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// #[derive(Default, Module)]
    /// struct Net { hidden: Linear<2, 8>, output: Linear<8, 2> }
    /// impl Net {
    ///     fn forward<B: Dim>(&self, x: &Tensor<(B, Const<2>)>) -> Tensor<(B, Const<2>)> {
    ///         self.output.forward(&self.hidden.forward(x).relu())
    ///     }
    /// }
    ///
    /// let mut net = Net::default();
    /// let train = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
    /// let history = Trainer::new(Adam::new(0.01))
    ///     .epochs(20)
    ///     .fit_with(&mut net, &train, |net, x, labels| cross_entropy(&net.forward(x), labels));
    /// assert!(history.loss[19] < history.loss[0]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[track_caller]
    pub fn fit_with<M: Module, D: TrainingData>(
        &mut self,
        model: &mut M,
        data: &D,
        loss: impl Fn(&M, &D::Input, &D::Target) -> Tensor<()>,
    ) -> History
    where
        V: ValidationData<D::Input, D::Target>,
    {
        let model = &*model;
        let judge =
            |(x, y): (D::Input, D::Target)| Judged { loss: loss(model, &x, &y).raw().clone(), right: None };
        let train = Lesson { feed: data.feed(), judge: &|content| judge(D::open(content)) };
        let by_validation = |content| judge(V::open(content));
        let validation = self.validation.feed().map(|feed| Lesson { feed, judge: &by_validation });
        Run { settings: &self.settings, model, train, validation }.fit(&mut self.drive)
    }
}

/// A batch of a user's source as a network takes it.
fn labelled<S: Shape, const CLASSES: usize>(batch: (Tensor<S>, Labels<usize, CLASSES>)) -> Content {
    Content::of_labels(batch.0.raw(), batch.1.as_slice())
}

/// A batch of a user's source as a network takes it.
fn paired<X: Shape, Y: Shape>(batch: (Tensor<X>, Tensor<Y>)) -> Content {
    Content::of_pair(batch.0.raw(), batch.1.raw())
}
