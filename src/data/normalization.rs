//! [`Normalization`]: numbers brought to mean 0 and standard deviation 1.

use std::sync::Arc;

use super::pairs::Pairs;
use super::values::{Change, Values};
use super::{Dataset, TensorDataset};
use crate::array::Array;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The mean and the standard deviation of each channel of pictures `[C, H, W]`, or of each feature of rows `[F]`.
///
/// Taken from the training data and used for all data, so that nothing of the test data leaks into training:
///
/// ```
/// use ferrolab::prelude::*;
/// use ferrolab::data::Normalization;
/// let train = Dataset::<Rank1<2>, 2>::new(vec![1.0, 10.0, 3.0, 30.0], vec![0, 1])?;
/// let normalization = Normalization::of(&train);
/// assert_eq!((&normalization.mean[..], &normalization.deviation[..]), (&[2.0, 20.0][..], &[1.0, 10.0][..]));
/// assert_eq!(train.normalized(&normalization).batch(&[0, 1]).0.to_vec(), [-1.0, -1.0, 1.0, 1.0]);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normalization {
    /// One number a channel.
    pub mean: Vec<f32>,
    /// One number a channel; 1 where all values are equal.
    pub deviation: Vec<f32>,
}

/// Data whose inputs can be measured: a [`Dataset`] or a [`TensorDataset`].
pub trait Inputs {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn inputs(&self) -> &Values;
}

impl<X: Shape, const CLASSES: usize> Inputs for Dataset<X, CLASSES> {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn inputs(&self) -> &Values {
        self.rows().values()
    }
}

impl<X: Shape, Y: Shape> Inputs for TensorDataset<X, Y> {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn inputs(&self) -> &Values {
        &self.rows().inputs
    }
}

impl Normalization {
    /// Measures the inputs of a data set; of one that is read when needed, with a progress bar.
    pub fn of(data: &impl Inputs) -> Normalization {
        measure(data.inputs())
    }

    /// Measures the targets of a data set: networks predict numbers around 0 best.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let houses = TensorDataset::<Rank1<1>, Rank1<1>>::new(vec![1.0, 2.0], vec![100_000.0, 300_000.0])?;
    /// let prices = Normalization::of_targets(&houses);
    /// let train = houses.normalized_targets(&prices);
    /// assert_eq!(train.batch(&[0, 1]).1.to_vec(), [-1.0, 1.0]);
    /// // What a model predicts is brought back:
    /// let prediction = Tensor::<Rank2<1, 1>>::from([[0.5]]);
    /// assert_eq!(prices.restore(&prediction).to_vec(), [250_000.0]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    pub fn of_targets<X: Shape, Y: Shape>(data: &TensorDataset<X, Y>) -> Normalization {
        measure(&data.rows().targets)
    }

    /// A batch `[N, …]` of normalised values as they were before: times the standard deviation, plus the mean. Not
    /// differentiable.
    ///
    /// ***Panics*** if the normalization was measured on data of another number of channels.
    #[inline]
    #[track_caller]
    pub fn restore<S: Shape>(&self, batch: &Tensor<S>) -> Tensor<S> {
        const { assert!(S::RANK > 0, "restore: expected a batch of values, got a single number") }
        Tensor::from_raw(self.restored(batch.raw()))
    }

    #[track_caller]
    fn restored(&self, batch: &Raw) -> Raw {
        let sizes = batch.sizes();
        let per_channel = self.per_channel(&sizes[1..]);
        let values = batch.to_vec().into_iter().enumerate();
        let restore = |(i, value): (usize, f32)| {
            let channel = i / per_channel % self.mean.len();
            value * self.deviation[channel] + self.mean[channel]
        };
        Raw::new(Array::from_vec(&sizes, values.map(restore).collect()))
    }

    /// Takes the mean off and divides by the standard deviation, for rows of the given sizes.
    #[track_caller]
    fn change(&self, sizes: &[usize]) -> Arc<Change> {
        let per_channel = self.per_channel(sizes);
        let normalization = self.clone();
        Arc::new(move |row| {
            let mut row = row.to_vec();
            normalization.apply(&mut row, per_channel);
            row
        })
    }

    /// Takes the mean off and divides by the standard deviation; a channel has so many values.
    fn apply(&self, row: &mut [f32], per_channel: usize) {
        for (channel, values) in row.chunks_exact_mut(per_channel).enumerate() {
            values
                .iter_mut()
                .for_each(|value| *value = (*value - self.mean[channel]) / self.deviation[channel]);
        }
    }

    /// How many values a channel of rows of these sizes has.
    #[track_caller]
    fn per_channel(&self, sizes: &[usize]) -> usize {
        let channels = channels(sizes);
        assert!(
            self.mean.len() == channels && self.deviation.len() == channels,
            "this data set has {channels} channels, the normalization is for {}",
            self.mean.len()
        );
        (sizes.iter().product::<usize>() / channels).max(1)
    }
}

impl<X: Shape, const CLASSES: usize> Dataset<X, CLASSES> {
    /// The data set with the mean taken off and divided by the standard deviation, channel by channel.
    ///
    /// ***Panics*** if the normalization was measured on data of another number of channels.
    #[track_caller]
    pub fn normalized(&self, normalization: &Normalization) -> Self {
        let sizes = self.rows().sizes();
        Self::from_rows(self.rows().map(sizes, normalization.change(sizes)))
    }
}

impl<X: Shape, Y: Shape> TensorDataset<X, Y> {
    /// The data set whose inputs have the mean taken off and are divided by the standard deviation, channel by channel.
    ///
    /// ***Panics*** if the normalization was measured on data of another number of channels.
    #[track_caller]
    pub fn normalized(&self, normalization: &Normalization) -> Self {
        let Pairs { inputs, targets } = self.rows();
        let inputs = inputs.map(inputs.sizes(), normalization.change(inputs.sizes()));
        Self::from_rows(Pairs { inputs, targets: targets.clone() })
    }

    /// The data set whose targets have the mean taken off and are divided by the standard deviation: see
    /// [`Normalization::of_targets`].
    ///
    /// ***Panics*** if the normalization was measured on data of another number of channels.
    #[track_caller]
    pub fn normalized_targets(&self, normalization: &Normalization) -> Self {
        let Pairs { inputs, targets } = self.rows();
        let targets = targets.map(targets.sizes(), normalization.change(targets.sizes()));
        Self::from_rows(Pairs { inputs: inputs.clone(), targets })
    }
}

fn measure(data: &Values) -> Normalization {
    let channels = channels(data.sizes());
    let per_channel = (data.sizes().iter().product::<usize>() / channels).max(1);
    let (mut sums, mut squares) = (vec![0f64; channels], vec![0f64; channels]);
    data.for_each_block(|block| {
        for (i, values) in block.array().values().chunks_exact(per_channel).enumerate() {
            for &value in values {
                sums[i % channels] += f64::from(value);
                squares[i % channels] += f64::from(value) * f64::from(value);
            }
        }
    });
    let count = (data.len() * per_channel).max(1) as f64;
    let mean: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
    let deviation =
        squares.iter().zip(&mean).map(|(square, mean)| (square / count - mean * mean).max(0.0).sqrt());
    let deviation = deviation.map(|deviation| if deviation > 0.0 { deviation as f32 } else { 1.0 }).collect();
    Normalization { mean: mean.into_iter().map(|mean| mean as f32).collect(), deviation }
}

/// The first dimension of a row is its channels, or its features.
fn channels(sizes: &[usize]) -> usize {
    sizes.first().copied().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Rank1, Rank3};

    #[test]
    fn channels_are_measured_apart_and_constant_ones_are_left_finite() {
        let values = vec![0.0, 4.0, 7.0, 7.0, 2.0, 2.0, 7.0, 7.0];
        let data = Dataset::<Rank3<2, 1, 2>, 1>::new(values.clone(), vec![0, 0]).unwrap();
        let normalization = Normalization::of(&data);
        assert_eq!(normalization.mean, [2.0, 7.0]);
        assert_eq!(normalization.deviation, [2f32.sqrt(), 1.0]);
        let after = Normalization::of(&data.normalized(&normalization));
        assert!(after.mean.iter().all(|mean| mean.abs() < 1e-6));
        assert!((after.deviation[0] - 1.0).abs() < 1e-6);

        let (normalized, _) = data.normalized(&normalization).batch(&[0, 1]);
        let back = normalization.restore(&normalized).to_vec();
        assert!(back.iter().zip(&values).all(|(back, value)| (back - value).abs() < 1e-6), "{back:?}");
        let lazy =
            Dataset::<Rank3<2, 1, 2>, 1>::lazy(vec![0, 0], move |i| values[4 * i..][..4].to_vec()).unwrap();
        assert_eq!(Normalization::of(&lazy), normalization);
        assert_eq!(lazy.normalized(&normalization).batch(&[0, 1]).0.to_vec(), normalized.to_vec());
    }

    #[test]
    #[should_panic(expected = "this data set has 1 channels, the normalization is for 2")]
    fn a_normalization_is_for_its_number_of_channels() {
        let normalization = Normalization { mean: vec![0.0; 2], deviation: vec![1.0; 2] };
        let _ = Dataset::<Rank1<1>, 1>::new(vec![0.0], vec![0]).unwrap().normalized(&normalization);
    }
}
