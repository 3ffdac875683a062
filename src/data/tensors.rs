//! [`TensorDataset`]: inputs and targets that are both tensors, for regression, forecasting, sequences to sequences.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::feed::{Content, Feed};
use super::pairs::Pairs;
use super::values::Values;
use super::{DatasetError, Source};
use crate::Device;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Batch, Rank2, Shape};
use crate::tensor::Tensor;

/// Examples of shape `X`, each with a target of shape `Y` to be predicted. Cloning is cheap.
///
/// ```
/// use ferrolab::prelude::*;
/// manual_seed(1);
/// let x: Vec<f32> = (0..100).map(|i| i as f32 / 100.0).collect();
/// let y = x.iter().map(|x| 3.0 * x - 1.0).collect();
/// let data = TensorDataset::<Rank1<1>, Rank1<1>>::new(x, y)?;
///
/// let mut model = sequential!(Input([1]).dense(1));
/// Trainer::new(Adam::new(0.05)).epochs(60).seed(1).fit_regression(&mut model, &data);
/// let prediction = model.forward(&Tensor::<Rank2<1, 1>>::from([[0.5]]));
/// assert!((prediction.to_vec()[0] - 0.5).abs() < 0.05);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[derive(Clone)]
pub struct TensorDataset<X: Shape, Y: Shape> {
    rows: Pairs,
    shapes: PhantomData<(X, Y)>,
}

impl<X: Shape, Y: Shape> TensorDataset<X, Y> {
    /// From the values of all inputs and those of all targets, each one after another in row-major order.
    ///
    /// # Errors
    /// [`DatasetError::Rows`] if the values are no whole number of inputs or targets, [`DatasetError::Targets`] if there are
    /// not as many of both.
    pub fn new(inputs: Vec<f32>, targets: Vec<f32>) -> Result<Self, DatasetError> {
        let sizes = [&X::DIMS[..X::RANK], &Y::DIMS[..Y::RANK]];
        Ok(Self::from_rows(Pairs::new([inputs, targets], sizes)?))
    }

    /// From a tensor of all inputs and one of all targets, the batch dimension in front: PyTorch's `TensorDataset(x, y)`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<(usize, Const<2>)>::from_vec(vec![0.0; 20]);
    /// let data = TensorDataset::<Rank1<2>, Rank1<1>>::from_tensors(&x, &x.sum_axis::<1>().reshape())?;
    /// assert_eq!(format!("{data:?}"), "TensorDataset(10 examples of [2] to [1])");
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// # Errors
    /// [`DatasetError::Targets`] if there are not as many of both.
    pub fn from_tensors(
        inputs: &Tensor<<X as Batch<usize>>::Of>,
        targets: &Tensor<<Y as Batch<usize>>::Of>,
    ) -> Result<Self, DatasetError>
    where
        X: Batch<usize>,
        Y: Batch<usize>,
    {
        Self::new(inputs.to_vec(), targets.to_vec())
    }

    /// `len` examples, and functions that make the input and the target at a position when they are needed: for data larger
    /// than memory. They are called on several threads at once, each time an example is looked at.
    ///
    /// Where an example is used, ***panics*** if a function does or gives another number of values.
    pub fn lazy(
        len: usize,
        input: impl Fn(usize) -> Vec<f32> + Send + Sync + 'static,
        target: impl Fn(usize) -> Vec<f32> + Send + Sync + 'static,
    ) -> Self {
        let inputs = Values::lazy(len, &X::DIMS[..X::RANK], Arc::new(input));
        let targets = Values::lazy(len, &Y::DIMS[..Y::RANK], Arc::new(target));
        Self::from_rows(Pairs { inputs, targets })
    }

    pub(super) fn from_rows(rows: Pairs) -> Self {
        const { super::known::<X>() }
        const { super::known::<Y>() }
        TensorDataset { rows, shapes: PhantomData }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether examples are read when they are needed, not kept in memory.
    pub fn is_lazy(&self) -> bool {
        self.rows.inputs.is_lazy() || self.rows.targets.is_lazy()
    }

    /// One input and its target, without a batch dimension.
    ///
    /// ***Panics*** if there is no such example.
    #[track_caller]
    pub fn example(&self, position: usize) -> (Tensor<X>, Tensor<Y>) {
        let (x, y) = (self.rows.inputs.row(position), self.rows.targets.row(position));
        (Tensor::from_vec(x.into_owned()), Tensor::from_vec(y.into_owned()))
    }

    /// The inputs at these positions, in this order, and their targets: what a network is given.
    ///
    /// ***Panics*** if there is no such example.
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "it is two tensors")]
    pub fn batch(
        &self,
        positions: &[usize],
    ) -> (Tensor<<X as Batch<usize>>::Of>, Tensor<<Y as Batch<usize>>::Of>)
    where
        X: Batch<usize>,
        Y: Batch<usize>,
    {
        let (x, y) = self.rows.batch(positions);
        (Tensor::from_raw(x), Tensor::from_raw(y))
    }

    /// All inputs as one batch, in their order, and their targets; see [`Dataset::all`](crate::Dataset::all).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let data = TensorDataset::<Rank1<2>, Rank1<1>>::new(vec![0.0, 1.0, 5.0, 6.0], vec![1.0, 11.0])?;
    /// let (x, y) = data.all();
    /// assert_eq!((x.shape(), y.to_vec()), (vec![2, 2], vec![1.0, 11.0]));
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    #[expect(clippy::type_complexity, reason = "it is two tensors")]
    pub fn all(&self) -> (Tensor<<X as Batch<usize>>::Of>, Tensor<<Y as Batch<usize>>::Of>)
    where
        X: Batch<usize>,
        Y: Batch<usize>,
    {
        self.batch(&(0..self.len()).collect::<Vec<_>>())
    }

    /// The inputs as a function makes them of these, of the same or another shape; see [`Dataset::map`](crate::Dataset::map).
    pub fn map<Z: Shape>(
        &self,
        change: impl Fn(Tensor<X>) -> Tensor<Z> + Send + Sync + 'static,
    ) -> TensorDataset<Z, Y> {
        let change = move |row: &[f32]| Device::Cpu.scope(|| change(Tensor::from_vec(row.to_vec())).to_vec());
        let inputs = self.rows.inputs.map(&Z::DIMS[..Z::RANK], Arc::new(change));
        TensorDataset::from_rows(Pairs { inputs, targets: self.rows.targets.clone() })
    }

    /// Reads all examples into memory, with a progress bar.
    ///
    /// ***Panics*** if one cannot be read.
    #[track_caller]
    pub fn in_memory(&self) -> Self {
        let Pairs { inputs, targets } = &self.rows;
        Self::from_rows(Pairs { inputs: inputs.in_memory(), targets: targets.in_memory() })
    }

    pub(crate) fn rows(&self) -> &Pairs {
        &self.rows
    }
}

impl<const T: usize, const F: usize, Y: Shape> TensorDataset<Rank2<T, F>, Y> {
    /// For forecasts: every window of a series of steps of `F` values. `T` steps are the input; the target is what follows
    /// them, as many values as `Y` has: `Rank2<3, F>` for three steps, or `Rank1<3>` for three steps of one value. (As Keras'
    /// `timeseries_dataset_from_array`.) The series is kept once, not once a window.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let series: Vec<f32> = (0..6).map(|i| i as f32).collect();
    /// let windows = TensorDataset::<Rank2<3, 1>, Rank1<2>>::windows(series)?;
    /// assert_eq!(windows.len(), 2);
    /// let (x, y) = windows.example(1);
    /// assert_eq!((x.to_vec(), y.to_vec()), (vec![1.0, 2.0, 3.0], vec![4.0, 5.0]));
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// To validate a forecast, cut the series before making windows: windows that are split at random overlap.
    ///
    /// # Errors
    /// [`DatasetError::Rows`] if the values are no whole number of steps, [`DatasetError::Series`] if there are too few steps
    /// for a window.
    pub fn windows(series: Vec<f32>) -> Result<Self, DatasetError> {
        const { whole_steps(size::<Y>(), F) }
        Ok(Self::from_rows(Pairs::windows(series, [T, F], &Y::DIMS[..Y::RANK])?))
    }
}

/// The number of values of a shape.
const fn size<Y: Shape>() -> usize {
    let (mut size, mut i) = (1, 0);
    while i < Y::RANK {
        size *= Y::DIMS[i];
        i += 1;
    }
    size
}

const fn whole_steps(values: usize, features: usize) {
    if features == 0 || !values.is_multiple_of(features) {
        let msg =
            Msg::new().s("windows: a target of ").u(values).s(" values is no whole number of steps of ");
        panic!("{}", msg.u(features).as_str())
    }
}

impl<X: Batch<usize>, Y: Batch<usize>> Source for TensorDataset<X, Y> {
    type Input = Tensor<X::Of>;
    type Target = Tensor<Y::Of>;

    fn len(&self) -> usize {
        self.len()
    }

    fn batch(&self, positions: &[usize]) -> (Tensor<X::Of>, Tensor<Y::Of>) {
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
    fn open(content: Content) -> (Tensor<X::Of>, Tensor<Y::Of>) {
        let (x, y) = content.paired();
        (Tensor::from_raw(x), Tensor::from_raw(y))
    }
}

/// `TensorDataset(506 examples of [13] to [1])`
impl<X: Shape, Y: Shape> fmt::Debug for TensorDataset<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, y) = (self.rows.inputs.sizes(), self.rows.targets.sizes());
        let lazy = if self.is_lazy() { ", read when needed" } else { "" };
        write!(f, "TensorDataset({} examples of {x:?} to {y:?}{lazy})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;

    type Points = TensorDataset<Rank1<2>, Rank1<1>>;

    #[test]
    fn what_does_not_fit_is_refused_with_numbers() {
        let text = |x, y| Points::new(vec![0.0; x], vec![0.0; y]).unwrap_err().to_string();
        assert_eq!(
            text(7, 3),
            "7 input values are no whole number of rows of shape [2], which have 2 values each"
        );
        assert_eq!(text(6, 4), "expected as many inputs as targets, found 3 inputs and 4 targets");
        type Windows = TensorDataset<Rank2<3, 2>, Rank2<1, 2>>;
        let text = |values| Windows::windows(vec![0.0; values]).unwrap_err().to_string();
        assert_eq!(text(6), "a series of 3 steps has no window of 4");
        assert!(text(9).starts_with("9 values of the series are no whole number of rows of shape [2]"));
    }

    #[test]
    fn inputs_and_targets_stay_together() {
        let data =
            Points::new((0..20).map(|i| i as f32).collect(), (0..10).map(|i| 2.0 * i as f32).collect())
                .unwrap();
        let part = data.shuffled(1).split(0.5, 2).0.concat(&data.take(2)).map(|x| &x * 2.0);
        let (x, y) = part.batch(&(0..part.len()).collect::<Vec<_>>());
        assert_eq!(x.shape(), [7, 2]);
        assert!(x.to_vec().chunks(2).zip(y.to_vec()).all(|(x, y)| x[0] == 2.0 * y));
        for (train, rest) in data.folds(5, 3) {
            assert_eq!((train.len(), rest.len()), (8, 2));
        }
    }

    #[test]
    fn windows_overlap_and_share_the_series() {
        let series = (0..10).map(|i| i as f32).collect();
        let windows = TensorDataset::<Rank2<2, 2>, Rank2<1, 2>>::windows(series).unwrap();
        let (x, y) = windows.batch(&[0, 2]);
        assert_eq!(x.to_vec(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(y.to_vec(), [4.0, 5.0, 8.0, 9.0]);
    }
}
