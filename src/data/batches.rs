//! [`Batches`]: a data set in batches, for training loops of one's own.

use ferrolab_display::poll;

use super::Dataset;
use crate::loss::Labels;
use crate::random;
use crate::shape::{Batch, Shape};
use crate::tensor::Tensor;

/// The batches of a data set; the last one may be smaller. Made by [`Dataset::batches`].
pub struct Batches<'a, X: Shape, const CLASSES: usize> {
    data: &'a Dataset<X, CLASSES>,
    positions: Vec<usize>,
    size: usize,
    next: usize,
}

impl<X: Shape, const CLASSES: usize> Dataset<X, CLASSES> {
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
    /// ***Panics*** if `size` is 0.
    #[track_caller]
    pub fn batches(&self, size: usize) -> Batches<'_, X, CLASSES> {
        assert!(size > 0, "a batch has at least one example");
        Batches { data: self, positions: (0..self.len()).collect(), size, next: 0 }
    }
}

impl<X: Shape, const CLASSES: usize> Batches<'_, X, CLASSES> {
    /// In a random order, drawn anew at each call from the generator that [`manual_seed`](crate::manual_seed) seeds.
    pub fn shuffled(mut self) -> Self {
        self.positions = random::permutation(self.data.len());
        self
    }
}

/// Also the place where an interrupted cell is left: between two batches.
impl<X: Batch<usize>, const CLASSES: usize> Iterator for Batches<'_, X, CLASSES> {
    type Item = (Tensor<X::Of>, Labels<usize, CLASSES>);

    fn next(&mut self) -> Option<Self::Item> {
        poll();
        let rest = &self.positions[self.next..];
        let batch = &rest[..rest.len().min(self.size)];
        self.next += batch.len();
        (!batch.is_empty()).then(|| self.data.batch(batch))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let rest = (self.positions.len() - self.next).div_ceil(self.size);
        (rest, Some(rest))
    }
}

impl<X: Batch<usize>, const CLASSES: usize> ExactSizeIterator for Batches<'_, X, CLASSES> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::manual_seed;
    use crate::shape::Rank1;

    fn labels(batches: Batches<'_, Rank1<1>, 10>) -> Vec<Vec<usize>> {
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
