//! How good a classifier is: [`accuracy`] and the [`confusion_matrix`].

use std::fmt;

use ferrolab_display::{MimeBundle, Show};

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
    for_batches(rows, &mut |x, _| classes.extend(ops::argmax_last(&scores(x))));
    classes
}

fn share_right(rows: &Rows, predicted: &[usize]) -> f32 {
    let right = rows.labels().zip(predicted).filter(|(label, predicted)| label == *predicted).count();
    right as f32 / rows.len().max(1) as f32
}

/// Counts of true and predicted classes. Made by [`confusion_matrix`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfusionMatrix {
    /// `counts[true class][predicted class]`
    pub counts: Vec<Vec<usize>>,
    /// The names of the classes.
    pub class_names: Vec<String>,
}

impl ConfusionMatrix {
    fn new(labels: &[usize], predicted: &[usize], class_names: &[String]) -> ConfusionMatrix {
        let mut counts = vec![vec![0; class_names.len()]; class_names.len()];
        for (&label, &predicted) in labels.iter().zip(predicted) {
            counts[label][predicted] += 1;
        }
        ConfusionMatrix { counts, class_names: class_names.to_vec() }
    }

    /// For each class the share of its examples that were found (recall); 0 for a class without examples.
    pub fn recall(&self) -> Vec<f32> {
        let rows = self.counts.iter().enumerate();
        rows.map(|(class, row)| row[class] as f32 / row.iter().sum::<usize>().max(1) as f32).collect()
    }

    /// The matrix as a chart.
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> crate::plot::Chart {
        use crate::plot::{ConfusionMatrix, Plot};
        let cells = self.counts.iter().enumerate().flat_map(|(label, row)| {
            row.iter()
                .enumerate()
                .flat_map(move |(predicted, &count)| std::iter::repeat_n((label, predicted), count))
        });
        let (labels, predicted): (Vec<usize>, Vec<usize>) = cells.unzip();
        ConfusionMatrix::new(&labels, &predicted, &self.class_names).chart()
    }
}

/// A table: a line for each true class, a column for each predicted one, in the same order.
impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.class_names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
        let numbers = self.counts.iter().flatten().max().map_or(1, |count| count.to_string().len()).max(3);
        write!(f, "{:names$}", "true")?;
        (0..self.class_names.len()).try_for_each(|class| write!(f, " {class:>numbers$}"))?;
        writeln!(f, "  found")?;
        for ((name, row), recall) in self.class_names.iter().zip(&self.counts).zip(self.recall()) {
            write!(f, "{name:names$}")?;
            row.iter().try_for_each(|count| write!(f, " {count:>numbers$}"))?;
            writeln!(f, "  {:>4.0} %", 100.0 * recall)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Show for ConfusionMatrix {
    fn bundle(&self) -> MimeBundle {
        #[cfg(feature = "plot")]
        let bundle = self.plot().bundle();
        #[cfg(not(feature = "plot"))]
        let bundle = MimeBundle::new();
        bundle.text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_true_classes_and_columns_predicted_ones() {
        let names = ["cat", "horse"].map(String::from);
        let matrix = ConfusionMatrix::new(&[0, 0, 0, 1], &[0, 1, 0, 1], &names);
        assert_eq!(matrix.counts, [[2, 1], [0, 1]]);
        assert_eq!(matrix.recall(), [2.0 / 3.0, 1.0]);
        assert_eq!(
            matrix.to_string(),
            "true    0   1  found\ncat     2   1    67 %\nhorse   0   1   100 %\n"
        );
    }

    #[cfg(feature = "plot")]
    #[test]
    fn the_chart_shows_the_same_counts() {
        let names = ["cat", "horse"].map(String::from);
        let matrix = ConfusionMatrix::new(&[0, 0, 0, 1], &[0, 1, 0, 1], &names);
        let text = matrix.plot().text().to_owned();
        assert!(text.contains("cat: 2 of 3 right, 1 taken for horse; horse: 1 of 1 right"), "{text}");
    }
}
