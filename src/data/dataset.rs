//! [`Dataset`]: examples whose shape and number of classes are part of the type.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::feed::{Content, Feed};
use super::values::Values;
use super::{DatasetError, Rows, Source};
use crate::Device;
use crate::loss::Labels;
use crate::raw::Raw;
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
/// From pictures in memory, see [`Dataset::from_images`]; from a folder of picture files, [`Dataset::from_folder`]; from
/// texts, [`Dataset::from_texts`]; from a table, `Dataset::from_frame`; from anything that is to be read only when it is needed, [`Dataset::lazy`]. To predict
/// numbers instead of classes, there is [`TensorDataset`](crate::TensorDataset).
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
        Ok(Self::from_rows(Rows::new(values, labels, &X::DIMS[..X::RANK], numbers(CLASSES))?))
    }

    /// From the labels of all examples, and a function that makes the values of the example at a position when they are
    /// needed: for data larger than memory. It is called on several threads at once, each time an example is looked at.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// // 10 million points take no memory.
    /// let points = Dataset::<Rank1<2>, 2>::lazy((0..10_000_000).map(|i| i % 2).collect(), |i| vec![i as f32, 0.5])?;
    /// assert_eq!(points.example(7_000_003).0.to_vec(), [7_000_003.0, 0.5]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// Where an example is used, ***panics*** if `read` does or gives another number of values.
    ///
    /// # Errors
    /// [`DatasetError::Label`] if a label is not below `CLASSES`.
    pub fn lazy(
        labels: Vec<usize>,
        read: impl Fn(usize) -> Vec<f32> + Send + Sync + 'static,
    ) -> Result<Self, DatasetError> {
        let values = Values::lazy(labels.len(), &X::DIMS[..X::RANK], Arc::new(read));
        Ok(Self::from_rows(Rows::of(values, labels, numbers(CLASSES))?))
    }

    pub(super) fn from_rows(rows: Rows) -> Self {
        const { super::known::<X>() }
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

    /// Whether the examples are read when they are needed, not kept in memory.
    pub fn is_lazy(&self) -> bool {
        self.rows.values().is_lazy()
    }

    /// The names of the classes, in the order of the labels.
    pub fn class_names(&self) -> &[String] {
        self.rows.classes()
    }

    /// The class of every example.
    pub fn labels(&self) -> Vec<usize> {
        self.rows.labels().to_vec()
    }

    /// One example, without a batch dimension, and its class.
    ///
    /// ***Panics*** if there is no such example.
    #[track_caller]
    pub fn example(&self, position: usize) -> (Tensor<X>, usize) {
        (Tensor::from_vec(self.rows.row(position).into_owned()), self.rows.labels()[position])
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

    /// All examples as one batch, in their order: a test set for a small model. All of their values have to fit into memory at once.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let points = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 5.0, 6.0], vec![0, 1])?;
    /// let (x, labels) = points.all();
    /// assert_eq!((x.shape(), labels.as_slice()), (vec![2, 2], &[0, 1][..]));
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn all(&self) -> (Tensor<<X as Batch<usize>>::Of>, Labels<usize, CLASSES>)
    where
        X: Batch<usize>,
    {
        self.batch(&(0..self.len()).collect::<Vec<_>>())
    }

    /// The examples as a function makes them of these, of the same or another shape. What is in memory is computed now, with a
    /// progress bar; what is read when it is needed is changed then, so the function may draw random numbers.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let data = Dataset::<Rank1<3>, 2>::new(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![0, 1])?;
    /// let sums = data.map(|x| x.sum().reshape::<Rank1<1>>());
    /// assert_eq!(sums.batch(&[0, 1]).0.to_vec(), [6.0, 15.0]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn map<Y: Shape>(
        &self,
        change: impl Fn(Tensor<X>) -> Tensor<Y> + Send + Sync + 'static,
    ) -> Dataset<Y, CLASSES> {
        let change = move |row: &[f32]| Device::Cpu.scope(|| change(Tensor::from_vec(row.to_vec())).to_vec());
        Dataset::from_rows(self.rows.map(&Y::DIMS[..Y::RANK], Arc::new(change)))
    }

    /// Reads all examples into memory, with a progress bar: worth it if they fit, as they are then read only once.
    ///
    /// ***Panics*** if one cannot be read.
    #[track_caller]
    pub fn in_memory(&self) -> Self {
        Self::from_rows(self.rows.in_memory())
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }
}

/// What the classes are called that have no names.
pub(super) fn numbers(classes: usize) -> Vec<String> {
    (0..classes).map(|class| class.to_string()).collect()
}

impl<X: Batch<usize>, const CLASSES: usize> Source for Dataset<X, CLASSES> {
    type Input = Tensor<X::Of>;
    type Target = Labels<usize, CLASSES>;

    fn len(&self) -> usize {
        self.len()
    }

    fn batch(&self, positions: &[usize]) -> (Tensor<X::Of>, Labels<usize, CLASSES>) {
        self.batch(positions)
    }

    fn is_lazy(&self) -> bool {
        self.is_lazy()
    }

    fn augment(input: Tensor<X::Of>, change: &dyn Fn(&Raw) -> Raw) -> Tensor<X::Of> {
        Tensor::from_raw(change(input.raw()))
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Feed<'_> {
        self.rows.feed()
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (Tensor<X::Of>, Labels<usize, CLASSES>) {
        let (x, labels) = content.labelled();
        (Tensor::from_raw(x), Labels::new(labels))
    }
}

/// `Dataset(1392 examples of [3, 32, 32], 10 classes)`
impl<X: Shape, const CLASSES: usize> fmt::Debug for Dataset<X, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lazy = if self.is_lazy() { ", read when needed" } else { "" };
        write!(f, "Dataset({} examples of {:?}, {CLASSES} classes{lazy})", self.len(), self.rows.sizes())
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

    #[test]
    fn a_lazy_data_set_is_read_when_it_is_used_and_can_be_kept() {
        let reads = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let seen = Arc::clone(&reads);
        let data = Dataset::<Rank1<1>, 2>::lazy(vec![0, 1, 1], move |i| {
            seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            vec![i as f32]
        });
        let data = data.unwrap().map(|x| &x * 10.0).subset(&[2, 0]);
        let count = || reads.load(std::sync::atomic::Ordering::Relaxed);
        assert_eq!((count(), data.is_lazy()), (0, true));
        assert_eq!(format!("{data:?}"), "Dataset(2 examples of [1], 2 classes, read when needed)");
        let kept = data.in_memory();
        assert_eq!((count(), kept.is_lazy(), kept.labels()), (2, false, vec![1, 0]));
        assert_eq!(kept.batch(&[0, 1]).0.to_vec(), [20.0, 0.0]);
        assert_eq!(count(), 2);
    }
}
