//! [`Labels`]: the classes of a batch, checked against their number.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::dtype::Indices;
use crate::shape::{Const, DYN, Dim};
use crate::tensor::Tensor;

/// The classes of a batch of `B` examples, numbers below `C`.
///
/// ```
/// use ferrolab::prelude::*;
/// let labels = Labels::<Const<3>, 10>::from([7, 2, 1]);
/// assert_eq!(labels.as_slice(), [7, 2, 1]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Labels<B: Dim, const C: usize> {
    classes: Arc<[usize]>,
    batch: PhantomData<B>,
}

impl<B: Dim, const C: usize> Labels<B, C> {
    /// ```
    /// use ferrolab::prelude::*;
    /// let labels = Labels::<usize, 3>::new(vec![2, 0, 1]);
    /// assert_eq!((labels.len(), labels.is_empty(), labels.as_slice()), (3, false, &[2, 0, 1][..]));
    /// ```
    ///
    /// ***Panics*** if there are not `B` labels, or one is not below `C`.
    #[track_caller]
    pub fn new(classes: Vec<usize>) -> Self {
        check_labels(&classes, B::SIZE, C);
        Labels { classes: classes.into(), batch: PhantomData }
    }

    /// The class of each example.
    pub fn as_slice(&self) -> &[usize] {
        &self.classes
    }

    /// How many examples these are.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}

#[track_caller]
fn check_labels(labels: &[usize], batch: usize, classes: usize) {
    assert!(batch == DYN || labels.len() == batch, "expected {batch} labels, got {}", labels.len());
    if let Some(label) = labels.iter().find(|&&label| label >= classes) {
        panic!("expected labels below the number of classes, {classes}, got {label}");
    }
}

impl<const B: usize, const C: usize> From<[usize; B]> for Labels<Const<B>, C> {
    /// ***Panics*** if a label is not below `C`.
    fn from(classes: [usize; B]) -> Self {
        Labels::new(classes.to_vec())
    }
}

/// Classes as a tensor of ids holds them.
///
/// ```
/// use ferrolab::prelude::*;
/// let ids = Tensor::<Rank1<3>, i64>::from([7, 2, 1]);
/// let labels: Labels<Const<3>, 10> = (&ids).into();
/// assert_eq!(labels.as_slice(), [7, 2, 1]);
/// ```
impl<B: Dim, const C: usize> From<&Tensor<(B,), i64>> for Labels<B, C> {
    /// ***Panics*** if an id is not below `C`.
    #[track_caller]
    fn from(classes: &Tensor<(B,), i64>) -> Self {
        Labels::new(classes.indices().into_owned())
    }
}

impl<B: Dim, const C: usize> std::ops::Index<usize> for Labels<B, C> {
    type Output = usize;
    fn index(&self, position: usize) -> &usize {
        &self.classes[position]
    }
}

impl<B: Dim, const C: usize> std::fmt::Debug for Labels<B, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.classes.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "expected labels below the number of classes, 3, got 3")]
    fn a_label_is_a_class() {
        Labels::<usize, 3>::new(vec![0, 3]);
    }

    #[test]
    #[should_panic(expected = "expected 3 labels, got 2")]
    fn there_are_as_many_labels_as_the_type_says() {
        Labels::<Const<3>, 3>::new(vec![0, 1]);
    }
}
