//! [`Trainer`]: the settings of a training. What it trains is in `fit.rs`, the loop itself in `run.rs`.

use std::path::Path;

use super::History;
use super::checkpoint::Checkpoints;
use super::drive::{Drive, StepReport, Unit};
use super::early_stopping::EarlyStopping;
use super::run::Settings;
use super::validation::NoValidation;
use crate::amp::{GradScaler, Precision};
use crate::data::{Augment, TrainingData};
use crate::optim::{Optimizer, Schedule};

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
    pub(super) drive: Drive,
    pub(super) settings: Settings,
    pub(super) validation: V,
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

    /// Changes the training pictures at random, anew each time they are seen; validation data stay as they are,
    /// and so do targets that are pictures themselves.
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
}
