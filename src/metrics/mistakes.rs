//! [`mistakes`]: which examples a classifier gets wrong, the surest mistake first.

use crate::data::{Dataset, Rows};
use crate::nn::Sequential;
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Batch, Const, Rank1, Shape};
use crate::tensor::Tensor;
use crate::train::for_batches;

/// An example that was classified wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mistake {
    /// Which example of the data set it is.
    pub index: usize,
    /// Its class.
    pub label: usize,
    /// The class that the model says.
    pub predicted: usize,
    /// How sure the model is of that: the probability that it gives to the class it says.
    pub probability: f32,
}

/// The examples that the model classifies wrong, the one that it is surest of first: those tell most, about the model or about
/// a label that is wrong itself.
///
/// ```
/// use ferrolab::prelude::*;
/// let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
/// let model = sequential!(Input([2]).dense(2));
/// let mistakes = metrics::mistakes(&model, &data);
/// assert_eq!(mistakes.len(), 2 - (2.0 * accuracy(&model, &data)) as usize);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[track_caller]
pub fn mistakes<X: Shape, const C: usize>(
    model: &Sequential<X, Rank1<C>>,
    data: &Dataset<X, C>,
) -> Vec<Mistake> {
    wrong(data.rows(), &|x| model.network().forward(x))
}

/// [`mistakes`] of a model of one's own: `mistakes_with(&test, |x| net.forward(x))`.
///
/// ```
/// use ferrolab::prelude::*;
/// let data = Dataset::<Rank1<2>, 2>::new(vec![1.0, 2.0, 5.0, 0.0, 0.0, 3.0], vec![0, 1, 1])?;
/// let mistakes = metrics::mistakes_with(&data, |x| x.clone());
/// let found: Vec<_> = mistakes.iter().map(|mistake| (mistake.index, mistake.predicted)).collect();
/// assert_eq!(found, [(1, 0), (0, 1)]); // of a score 5 above the other it is surer than of one above by 1
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[track_caller]
pub fn mistakes_with<X: Batch<usize>, const C: usize>(
    data: &Dataset<X, C>,
    forward: impl Fn(&Tensor<X::Of>) -> Tensor<(usize, Const<C>)>,
) -> Vec<Mistake> {
    wrong(data.rows(), &|x| forward(&Tensor::from_raw(x.clone())).raw().clone())
}

/// Not generic, so that a notebook's cell compiles none of it.
fn wrong(rows: &Rows, scores: &dyn Fn(&Raw) -> Raw) -> Vec<Mistake> {
    let mut said = Vec::with_capacity(rows.len());
    for_batches(&rows.feed(), &mut |content, _| {
        let (probability, predicted) = ops::topk(&ops::softmax(&scores(&content.labelled().0)), 1);
        said.extend(predicted.into_iter().zip(probability.to_vec()));
    });
    let all = rows.labels().iter().zip(said).enumerate();
    let mut wrong: Vec<Mistake> = all
        .map(|(index, (&label, (predicted, probability)))| Mistake { index, label, predicted, probability })
        .filter(|mistake| mistake.label != mistake.predicted)
        .collect();
    wrong.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    wrong
}
