//! Measures of the scores of several classes: [`top_k_accuracy`], [`perplexity`], [`roc_auc_ovr`].

use super::{Average, roc_auc};
use crate::autograd::no_grad;
use crate::loss::{Labels, cross_entropy};
use crate::shape::{Const, Dim, Fits, same_size};
use crate::tensor::Tensor;

/// The share of rows whose label is among the `k` greatest scores. Of equal scores, the class with the smaller number
/// comes first.
///
/// ```
/// use ferrolab::metrics::top_k_accuracy;
/// use ferrolab::prelude::*;
/// let scores = Tensor::<Rank2<2, 3>>::from([[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]]);
/// let labels = Labels::from([2, 2]);
/// assert_eq!(top_k_accuracy(&scores, &labels, 2), 0.5);
/// ```
///
/// ***Panics*** if there are not as many rows as labels.
#[track_caller]
pub fn top_k_accuracy<B: Dim + Fits<D>, D: Dim, const C: usize>(
    scores: &Tensor<(B, Const<C>)>,
    labels: &Labels<D, C>,
    k: usize,
) -> f32 {
    const { same_size("top_k_accuracy", "the batches of scores and labels", B::SIZE, D::SIZE) }
    share_in_top(&scores.to_vec(), C, labels.as_slice(), k)
}

#[track_caller]
fn share_in_top(scores: &[f32], classes: usize, labels: &[usize], k: usize) -> f32 {
    let rows = scores.len() / classes.max(1);
    assert!(rows == labels.len(), "top_k_accuracy: {rows} rows of scores, but {} labels", labels.len());
    let found = |row: &[f32], label: usize| {
        let before = |class: usize, score: f32| score > row[label] || (score == row[label] && class < label);
        row.iter().enumerate().filter(|&(class, &score)| before(class, score)).count() < k
    };
    let right =
        scores.chunks_exact(classes.max(1)).zip(labels).filter(|&(row, &label)| found(row, label)).count();
    right as f32 / labels.len().max(1) as f32
}

/// `exp` of the [`cross_entropy`]: of how many classes a choice by chance would be as hard. The measure of language models.
///
/// ```
/// use ferrolab::metrics::perplexity;
/// use ferrolab::prelude::*;
/// let undecided = Tensor::<Rank2<1, 8>>::zeros();
/// assert!((perplexity(&undecided, &Labels::from([3])) - 8.0).abs() < 1e-5);
/// ```
///
/// ***Panics*** if there are not as many rows as labels.
#[track_caller]
pub fn perplexity<B: Dim + Fits<D>, D: Dim, const C: usize>(
    scores: &Tensor<(B, Const<C>)>,
    labels: &Labels<D, C>,
) -> f32 {
    no_grad(|| cross_entropy(scores, labels)).item().exp()
}

/// The area under the ROC curve of every class against all the others together, averaged: scikit-learn's
/// `roc_auc_score(multi_class="ovr")`. [`Average::Macro`] counts every class the same, [`Average::Weighted`] as much as it has
/// rows; [`Average::Micro`] asks of every score whether it is that of the label, and draws one curve for all.
///
/// Where classes are compared within a column only (macro, weighted), any scores do; else they should be comparable between
/// columns, such as probabilities.
///
/// ```
/// use ferrolab::metrics::{Average, roc_auc_ovr};
/// use ferrolab::prelude::*;
/// let scores = Tensor::<Rank2<3, 3>>::from([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.3, 0.6, 0.1]]);
/// let area = roc_auc_ovr(&scores, &Labels::from([0, 1, 2]), Average::Macro);
/// assert!((area - (1.0 + 0.5 + 0.25) / 3.0).abs() < 1e-6);
/// ```
///
/// NaN if a class has no rows, or all of them. ***Panics*** if there are not as many rows as labels, or a score is NaN.
#[track_caller]
pub fn roc_auc_ovr<B: Dim + Fits<D>, D: Dim, const C: usize>(
    scores: &Tensor<(B, Const<C>)>,
    labels: &Labels<D, C>,
    average: Average,
) -> f32 {
    const { same_size("roc_auc_ovr", "the batches of scores and labels", B::SIZE, D::SIZE) }
    one_versus_rest(&scores.to_vec(), C, labels.as_slice(), average)
}

#[track_caller]
fn one_versus_rest(scores: &[f32], classes: usize, labels: &[usize], average: Average) -> f32 {
    let rows = scores.len() / classes.max(1);
    assert!(rows == labels.len(), "roc_auc_ovr: {rows} rows of scores, but {} labels", labels.len());
    let is_label = |class: usize| labels.iter().map(move |&label| usize::from(label == class));
    if average == Average::Micro {
        let all = labels.iter().flat_map(|&label| (0..classes).map(move |class| usize::from(label == class)));
        return roc_auc(scores, &all.collect::<Vec<_>>());
    }
    let (mut sum, mut weights) = (0.0f64, 0.0f64);
    for class in 0..classes {
        let column: Vec<f32> = scores.iter().copied().skip(class).step_by(classes).collect();
        let labels: Vec<usize> = is_label(class).collect();
        let weight = match average {
            Average::Weighted => labels.iter().sum::<usize>() as f64,
            _ => 1.0,
        };
        sum += weight * f64::from(roc_auc(&column, &labels));
        weights += weight;
    }
    (sum / weights) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_scores_the_smaller_class_comes_first() {
        let share = |label, k| share_in_top(&[1.0, 1.0, 1.0], 3, &[label], k);
        assert_eq!(
            [share(0, 1), share(1, 1), share(1, 2), share(2, 3), share(0, 0)],
            [1.0, 0.0, 1.0, 1.0, 0.0]
        );
    }

    #[test]
    fn a_class_without_rows_has_no_curve() {
        let scores = [0.5, 0.3, 0.2, 0.1, 0.7, 0.2];
        assert!(one_versus_rest(&scores, 3, &[0, 1], Average::Macro).is_nan());
        assert!(one_versus_rest(&scores, 3, &[0, 1], Average::Micro) > 0.9);
    }

    #[test]
    #[should_panic(expected = "top_k_accuracy: 2 rows of scores, but 1 labels")]
    fn there_is_a_label_for_each_row() {
        share_in_top(&[0.0; 6], 3, &[0], 1);
    }
}
