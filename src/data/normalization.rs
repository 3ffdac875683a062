//! [`Normalization`]: inputs brought to mean 0 and standard deviation 1.

use super::Dataset;
use crate::shape::Shape;

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

impl Normalization {
    /// Measures a data set.
    pub fn of<X: Shape, const CLASSES: usize>(data: &Dataset<X, CLASSES>) -> Normalization {
        let rows = data.rows();
        let channels = channels(rows.sizes());
        let per_channel = (rows.sizes().iter().product::<usize>() / channels).max(1);
        let (mut sums, mut squares) = (vec![0f64; channels], vec![0f64; channels]);
        for position in 0..rows.len() {
            for (channel, values) in rows.row(position).chunks_exact(per_channel).enumerate() {
                for &value in values {
                    sums[channel] += f64::from(value);
                    squares[channel] += f64::from(value) * f64::from(value);
                }
            }
        }
        let count = (rows.len() * per_channel).max(1) as f64;
        let mean: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
        let deviation =
            squares.iter().zip(&mean).map(|(square, mean)| (square / count - mean * mean).max(0.0).sqrt());
        let deviation =
            deviation.map(|deviation| if deviation > 0.0 { deviation as f32 } else { 1.0 }).collect();
        Normalization { mean: mean.into_iter().map(|mean| mean as f32).collect(), deviation }
    }
}

impl<X: Shape, const CLASSES: usize> Dataset<X, CLASSES> {
    /// The data set with the mean taken off and divided by the standard deviation, channel by channel.
    ///
    /// ***Panics*** if the normalization was measured on data of another number of channels.
    #[track_caller]
    pub fn normalized(&self, normalization: &Normalization) -> Self {
        let Normalization { mean, deviation } = normalization;
        let sizes = self.rows().sizes();
        let channels = channels(sizes);
        assert!(
            mean.len() == channels && deviation.len() == channels,
            "this data set has {channels} channels, the normalization is for {}",
            mean.len()
        );
        let per_channel = (sizes.iter().product::<usize>() / channels).max(1);
        Self::from_rows(
            self.rows().map(|i, value| (value - mean[i / per_channel]) / deviation[i / per_channel]),
        )
    }
}

/// The first dimension of a row is its channels, or its features.
fn channels(sizes: &[usize]) -> usize {
    sizes.first().copied().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank3;

    #[test]
    fn channels_are_measured_apart_and_constant_ones_are_left_finite() {
        let values = vec![0.0, 4.0, 7.0, 7.0, 2.0, 2.0, 7.0, 7.0];
        let data = Dataset::<Rank3<2, 1, 2>, 1>::new(values, vec![0, 0]).unwrap();
        let normalization = Normalization::of(&data);
        assert_eq!(normalization.mean, [2.0, 7.0]);
        assert_eq!(normalization.deviation, [2f32.sqrt(), 1.0]);
        let after = Normalization::of(&data.normalized(&normalization));
        assert!(after.mean.iter().all(|mean| mean.abs() < 1e-6));
        assert!((after.deviation[0] - 1.0).abs() < 1e-6);
    }
}
