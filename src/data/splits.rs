//! Parts of data sets: splits, folds, other orders; and how frequent the classes are.

use super::{Dataset, TensorDataset, parts};
use crate::shape::Shape;

/// The methods that need no labels, for both kinds of data sets.
macro_rules! parts_of {
    ($example:literal, [$($generics:tt)*] $Data:ty) => {
        impl<$($generics)*> $Data {
            /// The examples at these positions as a data set of their own, which shares their values.
            ///
            /// ***Panics*** if there is no such example.
            #[track_caller]
            pub fn subset(&self, positions: &[usize]) -> Self {
                Self::from_rows(self.rows().part(positions))
            }

            /// The first `count` examples, or all if there are fewer.
            pub fn take(&self, count: usize) -> Self {
                self.subset(&(0..count.min(self.len())).collect::<Vec<_>>())
            }

            /// The same examples in a random order, the same for the same seed.
            pub fn shuffled(&self, seed: u64) -> Self {
                self.subset(&parts::shuffled(self.len(), seed))
            }

            /// Splits at random: the first part holds `fraction` of the examples. The same seed gives the same parts.
            ///
            /// ```
            /// # use ferrolab::prelude::*;
            #[doc = $example]
            /// let (train, validation) = data.split(0.8, 7);
            /// assert_eq!((train.len(), validation.len()), (8, 2));
            /// # Ok::<(), ferrolab::data::DatasetError>(())
            /// ```
            ///
            /// ***Panics*** unless `fraction` is between 0 and 1.
            #[track_caller]
            pub fn split(&self, fraction: f64, seed: u64) -> (Self, Self) {
                let [first, second] = parts::split(self.len(), fraction, seed);
                (self.subset(&first), self.subset(&second))
            }

            /// Cross-validation: `k` pairs of data to train on and data to validate with. Each example is in the
            /// validation data once.
            ///
            /// ```
            /// # use ferrolab::prelude::*;
            #[doc = $example]
            /// for (train, validation) in data.folds(5, 7) {
            ///     assert_eq!((train.len(), validation.len()), (8, 2));
            /// }
            /// # Ok::<(), ferrolab::data::DatasetError>(())
            /// ```
            ///
            /// ***Panics*** unless `k` is at least 2 and at most the number of examples.
            #[track_caller]
            pub fn folds(&self, k: usize, seed: u64) -> Vec<(Self, Self)> {
                let folds = parts::folds(self.len(), k, seed);
                folds.iter().map(|[train, rest]| (self.subset(train), self.subset(rest))).collect()
            }
        }
    };
}
parts_of!(
    "# let data = Dataset::<Rank1<1>, 2>::new(vec![0.0; 10], vec![0; 10])?;",
    [X: Shape, const CLASSES: usize] Dataset<X, CLASSES>
);
parts_of!(
    "# let data = TensorDataset::<Rank1<1>, Rank1<1>>::new(vec![0.0; 10], vec![0.0; 10])?;",
    [X: Shape, Y: Shape] TensorDataset<X, Y>
);

impl<X: Shape, const CLASSES: usize> Dataset<X, CLASSES> {
    /// Splits at random such that each class has the same share in both parts, to one example: what is rare does not end
    /// up in one part alone.
    ///
    /// ```
    /// # use ferrolab::prelude::*;
    /// let data = Dataset::<Rank1<1>, 2>::new(vec![0.0; 50], (0..50).map(|i| usize::from(i >= 40)).collect())?;
    /// let (train, validation) = data.split_stratified(0.8, 7);
    /// assert_eq!((train.class_counts(), validation.class_counts()), ([32, 8], [8, 2]));
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// ***Panics*** unless `fraction` is between 0 and 1.
    #[track_caller]
    pub fn split_stratified(&self, fraction: f64, seed: u64) -> (Self, Self) {
        let [first, second] = parts::split_stratified(self.rows().labels(), CLASSES, fraction, seed);
        (self.subset(&first), self.subset(&second))
    }

    /// [`folds`](Self::folds) in which each class is as frequent as in all data, to one example.
    ///
    /// ***Panics*** unless `k` is at least 2 and at most the number of examples.
    #[track_caller]
    pub fn folds_stratified(&self, k: usize, seed: u64) -> Vec<(Self, Self)> {
        let folds = parts::folds_stratified(self.rows().labels(), CLASSES, k, seed);
        folds.iter().map(|[train, rest]| (self.subset(train), self.subset(rest))).collect()
    }

    /// These examples, then those of `other`.
    ///
    /// ***Panics*** if the classes have other names.
    #[track_caller]
    pub fn concat(&self, other: &Self) -> Self {
        Self::from_rows(self.rows().concat(other.rows()))
    }

    /// How many examples each class has.
    pub fn class_counts(&self) -> [usize; CLASSES] {
        let counts = self.rows().class_counts();
        std::array::from_fn(|class| counts[class])
    }

    /// A weight for each class such that all count the same although some are rare: the number of examples, divided by the
    /// number of classes and that of the class's examples (scikit-learn's `"balanced"`; King & Zeng 2001). 0 for a class
    /// without examples.
    ///
    /// ```
    /// # use ferrolab::prelude::*;
    /// let data = Dataset::<Rank1<1>, 2>::new(vec![0.0; 4], vec![0, 0, 0, 1])?;
    /// assert_eq!(data.class_weights(), [4.0 / (2.0 * 3.0), 4.0 / 2.0]);
    /// let loss = CrossEntropy::new().weights(data.class_weights());
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn class_weights(&self) -> [f32; CLASSES] {
        let all = self.len() as f32;
        self.class_counts().map(|count| if count == 0 { 0.0 } else { all / (CLASSES * count) as f32 })
    }
}

impl<X: Shape, Y: Shape> TensorDataset<X, Y> {
    /// These examples, then those of `other`.
    pub fn concat(&self, other: &Self) -> Self {
        Self::from_rows(self.rows().concat(other.rows()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;

    fn counted(len: usize) -> Dataset<Rank1<1>, 3> {
        Dataset::new((0..len).map(|i| i as f32).collect(), (0..len).map(|i| i % 3).collect()).unwrap()
    }

    fn values(part: &Dataset<Rank1<1>, 3>) -> Vec<usize> {
        (0..part.len())
            .map(|i| {
                let (x, label) = part.example(i);
                assert_eq!(label, x.to_vec()[0] as usize % 3);
                x.to_vec()[0] as usize
            })
            .collect()
    }

    #[test]
    fn parts_of_a_split_share_no_example_and_depend_on_the_seed_only() {
        let data = counted(100);
        for split in [Dataset::split, Dataset::split_stratified] {
            let (train, rest) = split(&data, 0.7, 1);
            let mut all = [values(&train), values(&rest)].concat();
            assert_eq!((train.len(), rest.len()), (70, 30));
            assert_eq!(values(&split(&data, 0.7, 1).0), values(&train));
            assert_ne!(values(&split(&data, 0.7, 2).0), values(&train));
            all.sort_unstable();
            assert_eq!(all, values(&data));
        }
    }

    #[test]
    fn other_orders_keep_examples_and_labels_together() {
        let data = counted(10);
        let shuffled = data.shuffled(3);
        assert_ne!(values(&shuffled), values(&data));
        assert_eq!(values(&shuffled), values(&data.shuffled(3)));
        assert_eq!(values(&shuffled.take(4)), values(&shuffled)[..4]);
        assert_eq!(values(&data.take(3).concat(&data.subset(&[9, 9]))), [0, 1, 2, 9, 9]);
        assert_eq!(data.take(99).class_counts(), [4, 3, 3]);
        let folds = data.folds_stratified(3, 1);
        assert_eq!(values(&folds[2].0.concat(&folds[2].1)).len(), 10);
    }

    #[test]
    fn a_class_without_examples_has_no_weight() {
        assert_eq!(counted(2).class_weights(), [2.0 / 3.0, 2.0 / 3.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "concat: the classes differ: [\"0\", \"1\", \"2\"] and [\"a\", \"b\", \"c\"]")]
    fn data_of_other_classes_do_not_go_together() {
        let _ = counted(2).concat(&counted(2).with_class_names(["a", "b", "c"]).unwrap());
    }
}
