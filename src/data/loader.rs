//! [`Loader`]: batches of data, epoch after epoch, made ahead on a thread if wanted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::batches::Way;
use super::feed::{Feed, Pass};
use super::prefetch::{ahead, make, spawn};
use super::{Augment, Batches, Dataset, Source, Stream, TensorDataset, TensorStream, TrainingData};
use crate::random::{Generator, Place};
use crate::shape::Batch;

/// Batches of data, epoch after epoch: for training loops of one's own. What PyTorch calls `DataLoader`.
///
/// ```
/// use ferrolab::nn::training;
/// use ferrolab::prelude::*;
/// # let train = Dataset::<Rank1<2>, 2>::new((0..20).map(|i| i as f32 / 20.0).collect(), (0..10).map(|i| i / 5).collect())?;
/// let model = sequential!(Input([2]).dense(8).relu().dense(2));
/// let mut optimizer = Adam::new(1e-2);
/// let loader = train.loader(4).shuffle(7).prefetch(2);
/// for epoch in 0..3 {
///     for (x, labels) in &loader {
///         let gradients = training(|| cross_entropy(&model.forward(&x), &labels)).backward();
///         optimizer.step(&model, &gradients);
///     }
/// }
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
///
/// Each time the loader is gone through is the next epoch, with another order. What an epoch consists of depends on the seed
/// and its number only; that the batches are made ahead changes nothing but the time. A panic while they are made goes on
/// where the batch is asked for.
pub struct Loader<D> {
    data: D,
    batch_size: usize,
    seed: Option<u64>,
    drop_last: bool,
    prefetch: usize,
    augment: Augment,
    epoch: AtomicU64,
}

impl<D: TrainingData + Clone + Send + 'static> Loader<D> {
    /// Batches of `batch_size` examples of any data; those of ferrolab have a method `loader`. The loader keeps a clone: put
    /// a source of your own that is large into an [`Arc`](std::sync::Arc).
    ///
    /// ***Panics*** if `batch_size` is 0.
    #[track_caller]
    pub fn new(data: &D, batch_size: usize) -> Self {
        assert!(batch_size > 0, "a batch has at least one example");
        Loader {
            data: data.clone(),
            batch_size,
            seed: None,
            drop_last: false,
            prefetch: 0,
            augment: Augment::new(),
            epoch: AtomicU64::new(0),
        }
    }

    /// In a random order, another one in each epoch, all of them the same for the same seed. Of a stream, only the examples
    /// in its buffer can change places.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Leaves out the last batch if it is smaller than the others.
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// Makes up to `batches` batches ahead, on a thread that ends with the epoch or when nobody wants them any more.
    pub fn prefetch(mut self, batches: usize) -> Self {
        self.prefetch = batches;
        self
    }

    /// Changes pictures at random, anew in each epoch.
    pub fn augment(mut self, augment: Augment) -> Self {
        self.augment = augment;
        self
    }

    /// The batches of the next epoch.
    pub fn iter(&self) -> Batches<D> {
        self.epoch(self.epoch.fetch_add(1, Ordering::Relaxed))
    }

    /// The batches of an epoch by its number, from 0.
    pub fn epoch(&self, number: u64) -> Batches<D> {
        let feed = self.data.feed();
        let pass = self.pass(&feed, number);
        let way = if self.prefetch > 0 {
            let (sender, ahead) = ahead(self.prefetch);
            let (data, pass) = (self.data.clone(), pass.clone());
            spawn(move || make(&mut *data.feed().batches(pass), &sender));
            Way::Ahead(ahead)
        } else {
            match &feed {
                Feed::Table(_) => Way::Table,
                Feed::Flow(flow) => Way::Flow(flow.batches(pass.clone())),
            }
        };
        Batches::new(self.data.clone(), pass, way)
    }
}

impl<D> Loader<D> {
    fn pass(&self, feed: &Feed<'_>, number: u64) -> Pass {
        let mut random = Generator::at(Place { seed: self.seed.unwrap_or(0), thread: number, draws: 0 });
        let mut pass = Pass::in_order(0, self.batch_size);
        if let Feed::Table(table) = feed {
            let len = table.len();
            pass.order = match self.seed {
                Some(_) => table.arrange(random.permutation(len), self.batch_size),
                None => (0..len).collect(),
            };
        }
        Pass {
            shuffle: self.seed.is_some(),
            seed: random.seed(),
            drop_last: self.drop_last,
            augment: self.augment,
            ..pass
        }
    }
}

impl<D: Source> Loader<D> {
    /// How many batches an epoch has.
    pub fn len(&self) -> usize {
        let len = self.data.len();
        if self.drop_last { len / self.batch_size } else { len.div_ceil(self.batch_size) }
    }

    /// Whether an epoch has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<D: TrainingData + Clone + Send + 'static> IntoIterator for &Loader<D> {
    type Item = (D::Input, D::Target);
    type IntoIter = Batches<D>;

    fn into_iter(self) -> Batches<D> {
        self.iter()
    }
}

impl<D: TrainingData + Clone + Send + 'static> IntoIterator for Loader<D> {
    type Item = (D::Input, D::Target);
    type IntoIter = Batches<D>;

    fn into_iter(self) -> Batches<D> {
        self.iter()
    }
}

macro_rules! loader_of {
    ($([$($generics:tt)*] $Data:ty;)*) => { $(
        impl<$($generics)*> $Data {
            /// Batches of `batch_size` examples, epoch after epoch: see [`Loader`].
            ///
            /// ***Panics*** if `batch_size` is 0.
            #[track_caller]
            pub fn loader(&self, batch_size: usize) -> Loader<Self> {
                Loader::new(self, batch_size)
            }
        }
    )* };
}
loader_of! {
    [X: Batch<usize>, const CLASSES: usize] Dataset<X, CLASSES>;
    [X: Batch<usize>, Y: Batch<usize>] TensorDataset<X, Y>;
    [X: Batch<usize>, const CLASSES: usize] Stream<X, CLASSES>;
    [X: Batch<usize>, Y: Batch<usize>] TensorStream<X, Y>;
}
