//! [`accuracy`] and [`confusion_matrix`] of a model on a data set.

use super::ConfusionMatrix;
use crate::data::{Dataset, Rows};
use crate::nn::Sequential;
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Batch, Const, Rank1, Shape};
use crate::tensor::Tensor;
use crate::train::for_batches;

/// The share of examples that the model classifies right, from 0 to 1.
///
/// ```
/// use ferrolab::prelude::*;
/// let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
/// let model = sequential!(Input([2]).dense(2));
/// assert!([0.0, 0.5, 1.0].contains(&accuracy(&model, &data)));
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[track_caller]
pub fn accuracy<X: Shape, const C: usize>(model: &Sequential<X, Rank1<C>>, data: &Dataset<X, C>) -> f32 {
    share_right(data.rows(), &predictions(data.rows(), &|x| model.network().forward(x)))
}

/// [`accuracy`] of a model of one's own: `accuracy_with(&test, |x| net.forward(x))`.
#[track_caller]
pub fn accuracy_with<X: Batch<usize>, const C: usize>(
    data: &Dataset<X, C>,
    forward: impl Fn(&Tensor<X::Of>) -> Tensor<(usize, Const<C>)>,
) -> f32 {
    share_right(
        data.rows(),
        &predictions(data.rows(), &|x| forward(&Tensor::from_raw(x.clone())).raw().clone()),
    )
}

/// How often the examples of each class are taken for which class.
///
/// ```
/// use ferrolab::prelude::*;
/// let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?.with_class_names(["cat", "dog"])?;
/// let matrix = confusion_matrix(&sequential!(Input([2]).dense(2)), &data);
/// assert_eq!(matrix.counts.concat().iter().sum::<usize>(), 2);
/// println!("{matrix}");
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[track_caller]
pub fn confusion_matrix<X: Shape, const C: usize>(
    model: &Sequential<X, Rank1<C>>,
    data: &Dataset<X, C>,
) -> ConfusionMatrix {
    ConfusionMatrix::new(
        &data.labels(),
        &predictions(data.rows(), &|x| model.network().forward(x)),
        data.class_names(),
    )
}

/// [`confusion_matrix`] of a model of one's own: `confusion_matrix_with(&test, |x| net.forward(x))`.
#[track_caller]
pub fn confusion_matrix_with<X: Batch<usize>, const C: usize>(
    data: &Dataset<X, C>,
    forward: impl Fn(&Tensor<X::Of>) -> Tensor<(usize, Const<C>)>,
) -> ConfusionMatrix {
    let predicted = predictions(data.rows(), &|x| forward(&Tensor::from_raw(x.clone())).raw().clone());
    ConfusionMatrix::new(&data.labels(), &predicted, data.class_names())
}

/// The class of the highest score of every example. Not generic, so that a notebook's cell compiles none of it.
fn predictions(rows: &Rows, scores: &dyn Fn(&Raw) -> Raw) -> Vec<usize> {
    let mut classes = Vec::with_capacity(rows.len());
    for_batches(&rows.feed(), &mut |content, _| {
        classes.extend(ops::argmax_last(&scores(&content.labelled().0)))
    });
    classes
}

fn share_right(rows: &Rows, predicted: &[usize]) -> f32 {
    let right = rows.labels().iter().zip(predicted).filter(|(label, predicted)| label == predicted).count();
    right as f32 / rows.len().max(1) as f32
}
