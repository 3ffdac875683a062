//! [`Batches`]: a data set in batches, for training loops of one's own.

use ferrolab_display::poll;

use super::feed::{Content, Feed, Next, Pass};
use super::prefetch::Ahead;
use super::{Dataset, Source, TensorDataset, TrainingData};
use crate::random;
use crate::shape::Batch;

/// The batches of data, once; the last one may be smaller. Made by [`Dataset::batches`] and [`Loader`](super::Loader).
pub struct Batches<D: TrainingData> {
    data: D,
    pass: Pass,
    way: Way,
}

/// How batches are made.
pub(super) enum Way {
    /// One when it is asked for, of a table.
    Table,
    /// One when it is asked for, of a stream.
    Flow(Box<Next<'static>>),
    /// On another thread.
    Ahead(Ahead),
}

impl<D: TrainingData> Batches<D> {
    pub(super) fn new(data: D, pass: Pass, way: Way) -> Self {
        Batches { data, pass, way }
    }
}

impl<X: Batch<usize>, const CLASSES: usize> Dataset<X, CLASSES> {
    /// The examples in batches of `size`, in their order or, after `.shuffled()`, in a random one.
    ///
    /// ```
    /// use ferrolab::nn::training;
    /// use ferrolab::prelude::*;
    /// # let train = Dataset::<Rank1<2>, 2>::new((0..20).map(|i| i as f32 / 20.0).collect(), (0..10).map(|i| i / 5).collect())?;
    /// let model = sequential!(Input([2]).dense(8).relu().dense(2));
    /// let mut optimizer = Adam::new(1e-2);
    /// for epoch in 0..3 {
    ///     for (x, labels) in train.batches(4).shuffled() {
    ///         let gradients = training(|| cross_entropy(&model.forward(&x), &labels)).backward();
    ///         optimizer.step(&model, &gradients);
    ///     }
    /// }
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// With batches made ahead, the same order for the same seed, changes to pictures: [`loader`](Self::loader).
    ///
    /// ***Panics*** if `size` is 0.
    #[track_caller]
    pub fn batches(&self, size: usize) -> Batches<Self> {
        in_order(self, self.len(), size)
    }
}

impl<X: Batch<usize>, Y: Batch<usize>> TensorDataset<X, Y> {
    /// The examples in batches of `size`, in their order or, after `.shuffled()`, in a random one: see
    /// [`Dataset::batches`].
    ///
    /// ***Panics*** if `size` is 0.
    #[track_caller]
    pub fn batches(&self, size: usize) -> Batches<Self> {
        in_order(self, self.len(), size)
    }
}

#[track_caller]
fn in_order<D: Source + Clone>(data: &D, len: usize, size: usize) -> Batches<D> {
    assert!(size > 0, "a batch has at least one example");
    Batches::new(data.clone(), Pass::in_order(len, size), Way::Table)
}

impl<D: Source> Batches<D> {
    /// In a random order, drawn anew at each call from the generator that [`manual_seed`](crate::manual_seed) seeds.
    pub fn shuffled(mut self) -> Self {
        self.pass.order = random::permutation(self.data.len());
        self
    }
}

/// Also the place where an interrupted cell is left: between two batches.
impl<D: TrainingData> Iterator for Batches<D> {
    type Item = (D::Input, D::Target);

    fn next(&mut self) -> Option<Self::Item> {
        next(self.data.feed(), &mut self.pass, &mut self.way).map(D::open)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.data.feed() {
            Feed::Table(_) => (self.pass.batches_left(), Some(self.pass.batches_left())),
            Feed::Flow(_) => (0, None),
        }
    }
}

impl<D: Source> ExactSizeIterator for Batches<D> {}

/// The next batch, whichever way it is made.
fn next(feed: Feed<'_>, pass: &mut Pass, way: &mut Way) -> Option<Content> {
    poll();
    let parcel = match (way, feed) {
        (Way::Table, Feed::Table(table)) => pass.take(&*table),
        (Way::Table, Feed::Flow(_)) => unreachable!("a stream goes its own way"),
        (Way::Flow(next), _) => next(),
        (Way::Ahead(ahead), _) => {
            pass.next += 1;
            ahead.next()
        }
    };
    parcel.map(|parcel| parcel.content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::manual_seed;
    use crate::shape::Rank1;

    fn labels(batches: Batches<Dataset<Rank1<1>, 10>>) -> Vec<Vec<usize>> {
        batches
            .map(|(x, labels)| {
                assert_eq!(
                    x.to_vec(),
                    labels.as_slice().iter().map(|&label| label as f32).collect::<Vec<_>>()
                );
                labels.as_slice().to_vec()
            })
            .collect()
    }

    #[test]
    fn every_example_comes_once_with_its_label() {
        let data = Dataset::new((0..10).map(|i| i as f32).collect(), (0..10).collect()).unwrap();
        assert_eq!(labels(data.batches(4)), [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
        assert_eq!((data.batches(4).len(), data.batches(5).len(), data.batches(100).len()), (3, 2, 1));

        manual_seed(1);
        let first = labels(data.batches(4).shuffled());
        let second = labels(data.batches(4).shuffled());
        manual_seed(1);
        assert_eq!(labels(data.batches(4).shuffled()), first);
        assert_ne!(first, second);
        let mut all = first.concat();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    }
}
