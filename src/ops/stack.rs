//! `stack`: tensors of one shape joined along a new axis.

use super::squeeze::unsqueezed;
use super::tensors::{List, Tensors};
use crate::axes::Insert;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::{Dim, Shape};
use crate::tensor::Tensor;

/// Tensors that can be stacked: `[&a, &b].stack::<0>()`.
pub trait Stack: Tensors {
    /// The tensors side by side along a new axis number `A`; all have one shape.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let (a, b) = (Tensor::<Rank1<2>>::from([1.0, 2.0]), Tensor::<Rank1<2>>::from([3.0, 4.0]));
    /// let rows: Tensor<Rank2<2, 2>> = [&a, &b].stack::<0>();
    /// assert_eq!(rows.to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// let pairs: Tensor<(Const<2>, usize)> = vec![a, b].stack::<1>();
    /// assert_eq!(pairs.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    ///
    /// ***Panics*** if there is no tensor, or sizes known only when the program runs differ.
    #[inline]
    #[track_caller]
    fn stack<const A: usize>(&self) -> Tensor<<Self::Shapes as Stacked<A>>::Of, Self::Element>
    where
        Self::Shapes: Stacked<A>,
    {
        Tensor::from_stored(stacked::<Self::Element>(&self.all_stored(), A))
    }
}

impl<T: Tensors + ?Sized> Stack for T {}

/// Shapes that can be stacked along a new axis `A`.
#[diagnostic::on_unimplemented(
    message = "tensors of the shapes `{Self}` cannot be stacked along a new axis {A}",
    label = "this stacks tensors of one shape, in an array, a slice or a vector"
)]
pub trait Stacked<const A: usize> {
    /// The shape of the result.
    type Of: Shape;
}

impl<const A: usize, S: Insert<A>, N: Dim> Stacked<A> for List<S, N> {
    type Of = S::Of<N>;
}

/// Tensors of one shape side by side along a new axis.
///
/// ***Panics*** if there is none, their sizes differ, or the new axis cannot have that number.
#[track_caller]
pub fn stack(tensors: &[Raw], axis: usize) -> Raw {
    stacked::<f32>(tensors, axis)
}

#[track_caller]
fn stacked<E: Dtype>(tensors: &[E::Stored], axis: usize) -> E::Stored {
    assert!(!tensors.is_empty(), "stack: nothing to join");
    let first = tensors[0].sizes();
    for tensor in tensors {
        let sizes = tensor.sizes();
        assert!(sizes == first, "stack: the shapes {first:?} and {sizes:?} differ");
    }
    let row = unsqueezed(&first, axis);
    Stored::cat(&tensors.iter().map(|tensor| tensor.reshape(&row)).collect::<Vec<_>>(), axis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 2], vec![1.0, -2.0, 0.5, 3.0]);
        for axis in 0..3 {
            check_gradient(&[a.clone(), a.clone()], |x| stack(x, axis));
        }
    }

    #[test]
    #[should_panic(expected = "stack: the shapes [2] and [3] differ")]
    fn all_have_one_shape() {
        stack(&[Raw::new(Array::full(&[2], 0.0)), Raw::new(Array::full(&[3], 0.0))], 0);
    }
}
