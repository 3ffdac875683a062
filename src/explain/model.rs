//! [`Model`]: what can be explained, [`Classes`]: which score, and the gradient of that score, which most methods start from.

use std::marker::PhantomData;

use crate::autograd::backward;
use crate::loss::Labels;
use crate::nn::{Sequential, evaluation};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Batch, Dim, Rank1, Shape};
use crate::tensor::Tensor;

/// A model that gives scores, one a class, to a batch of inputs of shape `X` each: a [`Sequential`] that ends in scores, or
/// any other by [`by`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model that gives scores to inputs of shape `{X}`",
    label = "expected a `sequential!` classifier for such inputs, or `explain::by(|x| ..)`"
)]
pub trait Model<X: Shape> {
    /// From inputs `[batch, ..]` to scores `[batch, classes]`.
    fn scores(&self, inputs: &Raw) -> Raw;
}

impl<X: Shape, const C: usize> Model<X> for Sequential<X, Rank1<C>> {
    fn scores(&self, inputs: &Raw) -> Raw {
        self.network().forward(inputs)
    }
}

/// A model of one's own: [`by`].
pub struct By<F, X, Out>(F, PhantomData<(X, Out)>);

/// A model of one's own, for the functions of this module: what takes a batch of inputs of shape `X` each to scores.
///
/// ```
/// use ferrolab::prelude::*;
/// #[derive(Default, Module)]
/// struct Net {
///     output: Linear<48, 10>,
/// }
/// let net = Net::default();
/// let model = explain::by::<Rank3<3, 4, 4>, _>(|x| net.output.forward(&x.flatten().shaped::<(usize, Const<48>)>()));
/// let map = explain::saliency(&model, &Tensor::<Rank4<2, 3, 4, 4>>::ones(), 7);
/// assert_eq!(map.shape(), [2, 4, 4]);
/// ```
pub fn by<X: Batch<usize>, Out: Shape>(
    forward: impl Fn(&Tensor<X::Of>) -> Tensor<Out>,
) -> By<impl Fn(&Tensor<X::Of>) -> Tensor<Out>, X, Out> {
    By(forward, PhantomData)
}

impl<X: Batch<usize>, Out: Shape, F: Fn(&Tensor<X::Of>) -> Tensor<Out>> Model<X> for By<F, X, Out> {
    fn scores(&self, inputs: &Raw) -> Raw {
        (self.0)(&Tensor::from_raw(inputs.clone())).raw().clone()
    }
}

/// Whose score is explained: one class for all inputs, or one for each.
pub trait Classes {
    /// The class of each of `count` inputs.
    ///
    /// ***Panics*** if there are not as many.
    #[track_caller]
    fn classes(&self, count: usize) -> Vec<usize>;
}

impl Classes for usize {
    fn classes(&self, count: usize) -> Vec<usize> {
        vec![*self; count]
    }
}

impl Classes for &[usize] {
    fn classes(&self, count: usize) -> Vec<usize> {
        assert!(self.len() == count, "expected a class for each of {count} inputs, got {}", self.len());
        self.to_vec()
    }
}

impl<const N: usize> Classes for [usize; N] {
    fn classes(&self, count: usize) -> Vec<usize> {
        self.as_slice().classes(count)
    }
}

impl Classes for &Vec<usize> {
    fn classes(&self, count: usize) -> Vec<usize> {
        self.as_slice().classes(count)
    }
}

impl<B: Dim, const C: usize> Classes for &Labels<B, C> {
    fn classes(&self, count: usize) -> Vec<usize> {
        self.as_slice().classes(count)
    }
}

/// A forward pass without types.
pub(super) type Forward<'a> = dyn Fn(&Raw) -> Raw + 'a;

/// The scores of the classes asked for, `[batch, 1]`.
///
/// ***Panics*** if there is no such class, or the model gives no scores.
#[track_caller]
pub(super) fn chosen(scores: &Raw, classes: &[usize]) -> Raw {
    let sizes = scores.sizes();
    let &[count, known] = &sizes[..] else {
        panic!("expected scores [batch, classes] from the model, got shape {sizes:?}")
    };
    if let Some(class) = classes.iter().find(|&&class| class >= known) {
        panic!("there is no class {class} among {known}");
    }
    ops::gather(scores, 1, classes, &[count, 1])
}

/// How the scores of the classes change with every value of the inputs. Each score depends on its own input only, so the
/// gradient of their sum holds all of them.
#[track_caller]
pub(super) fn input_gradient(forward: &Forward, inputs: &Raw, classes: &[usize]) -> Raw {
    let inputs = inputs.requires_grad();
    let sum = ops::sum(&chosen(&evaluation(|| forward(&inputs)), classes));
    Raw::new(backward(&sum).of_raw(&inputs))
}

/// How many inputs a batch has.
pub(super) fn count(inputs: &Raw) -> usize {
    inputs.sizes().first().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    #[test]
    #[should_panic(expected = "there is no class 3 among 3")]
    fn a_class_must_exist() {
        chosen(&Raw::new(Array::full(&[1, 3], 0.0)), &[3]);
    }

    #[test]
    #[should_panic(expected = "expected a class for each of 2 inputs, got 3")]
    fn there_is_a_class_for_each_input() {
        [0usize, 1, 2].classes(2);
    }
}
