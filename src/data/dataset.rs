//! [`Dataset`]: examples whose shape and number of classes are part of the type.

use std::fmt;
use std::marker::PhantomData;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{DatasetError, Rows};
use crate::loss::Labels;
use crate::shape::{Batch, Shape};
use crate::tensor::Tensor;

/// Examples of shape `X`, each of one of `CLASSES` classes. Cloning is cheap.
///
/// ```
/// use ferrolab::prelude::*;
/// let points = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 5.0, 6.0, 7.0, 5.0], vec![0, 1, 1])?;
/// assert_eq!(points.len(), 3);
/// let (x, labels) = points.batch(&[0, 2]);
/// assert_eq!(x.to_vec(), [0.0, 1.0, 7.0, 5.0]);
/// assert_eq!(labels.as_slice(), [0, 1]);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
///
/// From pictures, see [`Dataset::from_images`]; from a table, `Dataset::from_frame`.
#[derive(Clone)]
pub struct Dataset<X: Shape, const CLASSES: usize> {
    rows: Rows,
    shape: PhantomData<X>,
}

impl<X: Shape, const CLASSES: usize> Dataset<X, CLASSES> {
    /// From the values of all examples, one after another in row-major order, and their classes.
    ///
    /// # Errors
    /// [`DatasetError::Values`] if there are not as many values as the labels need, [`DatasetError::Label`] if a label is
    /// not below `CLASSES`.
    pub fn new(values: Vec<f32>, labels: Vec<usize>) -> Result<Self, DatasetError> {
        let names = (0..CLASSES).map(|class| class.to_string()).collect();
        Ok(Self::from_rows(Rows::new(values, labels, &X::DIMS[..X::RANK], names)?))
    }

    pub(super) fn from_rows(rows: Rows) -> Self {
        const {
            let mut i = 0;
            while i < X::RANK {
                assert!(
                    X::DIMS[i] != crate::shape::DYN,
                    "every size of an example must be known: use `Const<N>`"
                );
                i += 1;
            }
        }
        Dataset { rows, shape: PhantomData }
    }

    /// Names the classes, for charts and tables; without, they are called by their numbers.
    ///
    /// # Errors
    /// [`DatasetError::Names`] if there are not `CLASSES` names.
    pub fn with_class_names<N: Into<String>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, DatasetError> {
        Ok(Self::from_rows(self.rows.with_classes(names.into_iter().map(N::into).collect())?))
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sizes of one example.
    pub fn sizes(&self) -> &[usize] {
        self.rows.sizes()
    }

    /// The names of the classes, in the order of the labels.
    pub fn class_names(&self) -> &[String] {
        self.rows.classes()
    }

    /// The class of every example.
    pub fn labels(&self) -> Vec<usize> {
        self.rows.labels().collect()
    }

    /// One example, without a batch dimension, and its class.
    ///
    /// ***Panics*** if there is no such example.
    #[track_caller]
    pub fn example(&self, position: usize) -> (Tensor<X>, usize) {
        (Tensor::from_vec(self.rows.row(position).to_vec()), self.rows.batch(&[position]).1[0])
    }

    /// The examples at these positions, in this order, and their classes: what a network is given.
    ///
    /// ***Panics*** if there is no such example.
    #[track_caller]
    pub fn batch(&self, positions: &[usize]) -> (Tensor<<X as Batch<usize>>::Of>, Labels<usize, CLASSES>)
    where
        X: Batch<usize>,
    {
        let (x, labels) = self.rows.batch(positions);
        (Tensor::from_raw(x), Labels::new(labels))
    }

    /// The examples at these positions as a data set of their own, which shares their values.
    ///
    /// ***Panics*** if there is no such example.
    #[track_caller]
    pub fn subset(&self, positions: &[usize]) -> Self {
        Self::from_rows(self.rows.part(positions))
    }

    /// Splits at random: the first part holds `fraction` of the examples. The same seed gives the same parts.
    ///
    /// ```
    /// # use ferrolab::prelude::*;
    /// # let data = Dataset::<Rank1<1>, 2>::new(vec![0.0; 10], vec![0; 10])?;
    /// let (train, validation) = data.split(0.8, 7);
    /// assert_eq!((train.len(), validation.len()), (8, 2));
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// ***Panics*** unless `fraction` is between 0 and 1.
    #[track_caller]
    pub fn split(&self, fraction: f64, seed: u64) -> (Self, Self) {
        assert!(
            (0.0..=1.0).contains(&fraction),
            "split: expected a fraction between 0 and 1, got {fraction}"
        );
        let mut positions: Vec<usize> = (0..self.len()).collect();
        positions.shuffle(&mut Pcg64::seed_from_u64(seed));
        let (first, second) = positions.split_at((self.len() as f64 * fraction).round() as usize);
        (self.subset(first), self.subset(second))
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }
}

/// `Dataset(1392 examples of [3, 32, 32], 10 classes)`
impl<X: Shape, const CLASSES: usize> fmt::Debug for Dataset<X, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset({} examples of {:?}, {CLASSES} classes)", self.len(), self.rows.sizes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Rank1, Rank2};

    fn counted(len: usize) -> Dataset<Rank1<2>, 3> {
        Dataset::new((0..2 * len).map(|i| i as f32).collect(), (0..len).map(|i| i % 3).collect()).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_refused_with_numbers() {
        let text = |values, labels| Dataset::<Rank2<2, 2>, 3>::new(values, labels).unwrap_err().to_string();
        assert_eq!(text(vec![0.0; 7], vec![0, 1]), "2 labels need 8 values ([2, 2] each), found 7");
        assert_eq!(text(vec![0.0; 8], vec![0, 3]), "label 3 of row 1 is not below the number of classes, 3");
        let names = counted(1).with_class_names(["a", "b"]).unwrap_err().to_string();
        assert_eq!(names, "expected 3 class names, found 2");
    }

    #[test]
    fn parts_of_a_split_share_no_example_and_depend_on_the_seed_only() {
        let data = counted(100);
        let (train, rest) = data.split(0.7, 1);
        let values = |part: &Dataset<Rank1<2>, 3>| -> Vec<i32> {
            (0..part.len()).map(|i| part.example(i).0.to_vec()[0] as i32).collect()
        };
        let mut all = [values(&train), values(&rest)].concat();
        assert_eq!((train.len(), rest.len()), (70, 30));
        assert_eq!(values(&data.split(0.7, 1).0), values(&train));
        assert_ne!(values(&data.split(0.7, 2).0), values(&train));
        all.sort_unstable();
        assert_eq!(all, values(&data));
    }

    #[test]
    fn a_subset_of_a_subset_keeps_examples_and_labels_together() {
        let part = counted(10).subset(&[9, 4, 7]).subset(&[2, 0]);
        let (x, labels) = part.batch(&[0, 1]);
        assert_eq!((x.to_vec(), labels.as_slice()), (vec![14.0, 15.0, 18.0, 19.0], &[1, 0][..]));
        assert_eq!((part.labels(), part.example(1).1), (vec![1, 0], 0));
        assert_eq!(format!("{part:?}"), "Dataset(2 examples of [2], 3 classes)");
    }

    #[test]
    #[should_panic(expected = "there is no row 3 in a data set of 3")]
    fn a_position_past_the_end_panics_with_both_numbers() {
        counted(3).batch(&[3]);
    }
}
