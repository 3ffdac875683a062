//! `cross_entropy`: how badly scores predict classes.

use super::Labels;
use crate::ops::{self, ClassRule};
use crate::shape::{Const, Dim, Fits, same_size};
use crate::tensor::Tensor;

/// The mean over the batch of `-ln softmax(scores)[label]`: for scores as a network's last layer gives them, without
/// a softmax of one's own.
///
/// ```
/// use ferrolab::prelude::*;
/// let scores = Tensor::<Rank2<2, 3>>::zeros(); // undecided between three classes
/// let loss = cross_entropy(&scores, &Labels::from([2, 0]));
/// assert!((loss.item() - 3f32.ln()).abs() < 1e-6);
/// ```
///
/// Scores of another number of classes than the labels' are refused before the program runs:
///
/// ```compile_fail
/// use ferrolab::prelude::*;
/// let labels = Labels::<Const<2>, 10>::from([2, 0]);
/// let loss = cross_entropy(&Tensor::<Rank2<2, 7>>::zeros(), &labels); // expected `7`, found `10`
/// ```
///
/// With class weights, smoothed labels or labels that do not count: [`CrossEntropy`].
#[inline]
#[track_caller]
pub fn cross_entropy<B: Dim + Fits<D>, D: Dim, const C: usize>(
    scores: &Tensor<(B, Const<C>)>,
    labels: &Labels<D, C>,
) -> Tensor<()> {
    const { same_size("cross_entropy", "the batches of scores and labels", B::SIZE, D::SIZE) }
    Tensor::from_raw(ops::cross_entropy(scores.raw(), labels.as_slice()))
}

/// [`cross_entropy`] with choices, PyTorch's `CrossEntropyLoss`.
///
/// ```
/// use ferrolab::prelude::*;
/// let loss = CrossEntropy::new().label_smoothing(0.1).weights([1.0, 5.0, 1.0]).ignore_index(2);
/// let scores = Tensor::<Rank2<4, 3>>::from([[2.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 9.0], [1.0, 1.0, 1.0]]);
/// let value = loss.of(&scores, &Labels::from([0, 1, 2, 0])); // the third row does not count
/// assert!(value.item() > 0.0);
/// ```
///
/// With class weights `w` and smoothing `ε`, the loss of a row of label `y` is
/// `(1 - ε) w[y] (-ln p[y]) + ε/C Σ_c w[c] (-ln p[c])`, and the rows that count are added up and divided by the sum of
/// their `w[y]`.
#[derive(Clone, Debug, Default)]
pub struct CrossEntropy<const C: usize> {
    rule: ClassRule,
}

impl<const C: usize> CrossEntropy<C> {
    /// The plain [`cross_entropy`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 3>>::zeros();
    /// let labels = Labels::from([2, 0]);
    /// let loss = CrossEntropy::new().weights([1.0, 1.0, 5.0]).label_smoothing(0.1).of(&scores, &labels);
    /// assert!((loss.item() - 3f32.ln()).abs() < 0.2);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a probability of only `1 - smoothing` for the right class and spreads the rest over all classes (Szegedy
    /// et al. 2016): against networks that are too sure of themselves.
    ///
    /// ***Panics*** unless `smoothing` is between 0 and 1.
    #[track_caller]
    pub fn label_smoothing(mut self, smoothing: f32) -> Self {
        assert!(
            (0.0..=1.0).contains(&smoothing),
            "label_smoothing: expected a number between 0 and 1, got {smoothing}"
        );
        self.rule.label_smoothing = smoothing;
        self
    }

    /// How much each class counts: more for a class that is rare.
    pub fn weights(mut self, weights: [f32; C]) -> Self {
        self.rule.weights = Some(weights.to_vec());
        self
    }

    /// The class whose rows do not count: the padding of texts, for example.
    pub fn ignore_index(mut self, class: usize) -> Self {
        self.rule.ignore_index = Some(class);
        self
    }

    /// The loss of these scores. NaN if no row counts.
    #[inline]
    #[track_caller]
    pub fn of<B: Dim + Fits<D>, D: Dim>(
        &self,
        scores: &Tensor<(B, Const<C>)>,
        labels: &Labels<D, C>,
    ) -> Tensor<()> {
        const { same_size("cross_entropy", "the batches of scores and labels", B::SIZE, D::SIZE) }
        Tensor::from_raw(ops::cross_entropy_by(scores.raw(), labels.as_slice(), &self.rule))
    }
}
