//! [`Values`]: what a tensor of an element type other than `f32` is underneath.

use std::sync::Arc;

/// Numbers with sizes, in row-major order. Cloning shares them; gradients do not flow through them.
#[derive(Clone, Debug)]
pub struct Values<E>(Arc<Inner<E>>);

#[derive(Debug)]
struct Inner<E> {
    sizes: Vec<usize>,
    values: Vec<E>,
}

impl<E> Values<E> {
    /// ***Panics*** if the number of values is not the product of the sizes.
    #[track_caller]
    pub fn new(sizes: &[usize], values: Vec<E>) -> Self {
        let expected: usize = sizes.iter().product();
        let found = values.len();
        assert!(found == expected, "a tensor of shape {sizes:?} has {expected} values, got {found}");
        Values(Arc::new(Inner { sizes: sizes.to_vec(), values }))
    }

    /// The sizes.
    pub fn sizes(&self) -> &[usize] {
        &self.0.sizes
    }

    /// The values in row-major order.
    pub fn as_slice(&self) -> &[E] {
        &self.0.values
    }

    /// `f` of every value.
    pub fn map<F>(&self, f: impl Fn(&E) -> F) -> Values<F> {
        Values::new(self.sizes(), self.as_slice().iter().map(f).collect())
    }

    /// `f` of the values of two tensors of the same sizes, pair by pair.
    ///
    /// ***Panics*** with the name of the operation if the sizes differ.
    #[track_caller]
    pub(crate) fn zip<F, G>(&self, operation: &str, other: &Values<F>, f: impl Fn(&E, &F) -> G) -> Values<G> {
        let (a, b) = (self.sizes(), other.sizes());
        assert!(a == b, "{operation}: the shapes differ: {a:?} and {b:?}");
        let pairs = self.as_slice().iter().zip(other.as_slice());
        Values::new(a, pairs.map(|(a, b)| f(a, b)).collect())
    }
}
