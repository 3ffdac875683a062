//! `where_`, `masked_fill`: values chosen by a mask, whose values are 0 for no and anything else for yes.

use super::broadcast::{fits_into, repeated};
use super::operator::same_sizes;
use crate::cpu::elementwise::{zip, zip3};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The value of `a` where `condition` is not 0, else that of `b`. The underscore is there because `where` is a word
    /// of Rust.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<3>>::from([-1.0, 2.0, -3.0]);
    /// let y = Tensor::where_(&x.gt(0.0), &x, &(&x * 0.5));
    /// assert_eq!(y.to_vec(), [-0.5, 2.0, -1.5]);
    /// ```
    ///
    /// ***Panics*** if the shapes differ; when they are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn where_<A: Shape, B: Shape>(condition: &Tensor<S>, a: &Tensor<A>, b: &Tensor<B>) -> Self
    where
        S: SameAs<A> + SameAs<B>,
    {
        const {
            same_shape::<S, A>("where_");
            same_shape::<S, B>("where_")
        }
        Tensor::from_raw(where_(condition.raw(), a.raw(), b.raw()))
    }

    /// `value` where `mask` is not 0, else what was there. A mask of fewer axes, or with axes of size 1, is broadcast.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let padding = Tensor::<Rank1<2>>::from([0.0, 1.0]);
    /// let y = scores.masked_fill(&padding, f32::NEG_INFINITY).softmax();
    /// assert_eq!(y.to_vec(), [1.0, 0.0, 1.0, 0.0]);
    /// ```
    ///
    /// ***Panics*** if the mask does not fit; when its shape is known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn masked_fill<R: Shape>(&self, mask: &Tensor<R>, value: f32) -> Self {
        const { fits_into::<R, S>() }
        Tensor::from_raw(masked_fill(self.raw(), mask.raw(), value))
    }
}

/// The value of `a` where `condition` is not 0, else that of `b`.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn where_(condition: &Raw, a: &Raw, b: &Raw) -> Raw {
    same_sizes("where_", condition, a);
    same_sizes("where_", condition, b);
    let mask = condition.array();
    let y = zip3(&mask, &a.array(), &b.array(), |m, a, b| if m != 0.0 { a } else { b });
    Raw::from_op("where_", y, &[a, b], move |gradient, wanted| {
        let of_a = || zip(gradient, &mask, |g, m| if m != 0.0 { g } else { 0.0 });
        let of_b = || zip(gradient, &mask, |g, m| if m != 0.0 { 0.0 } else { g });
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// `value` where `mask`, broadcast to the sizes of `x`, is not 0, else what was there.
///
/// ***Panics*** if the mask cannot be broadcast.
#[track_caller]
pub fn masked_fill(x: &Raw, mask: &Raw, value: f32) -> Raw {
    let (array, mut mask) = (x.array(), mask.array());
    if mask.sizes() != array.sizes() {
        mask = repeated(&mask, array.sizes());
    }
    let y = zip(&array, &mask, |x, m| if m != 0.0 { value } else { x });
    Raw::from_op("masked_fill", y, &[x], move |gradient, _| {
        vec![Some(zip(gradient, &mask, |g, m| if m != 0.0 { 0.0 } else { g }))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 2], vec![1.0, -2.0, 0.5, 3.0]);
        let b = Array::from_vec(&[2, 2], vec![2.0, 0.0, -1.0, 1.0]);
        let mask = Raw::new(Array::from_vec(&[2, 2], vec![1.0, 0.0, 0.0, 1.0]));
        check_gradient(&[a.clone(), b], |x| where_(&mask, &x[0], &x[1]));
        let column = Raw::new(Array::from_vec(&[2, 1], vec![1.0, 0.0]));
        check_gradient(&[a], |x| masked_fill(&x[0], &column, 7.0));
    }

    #[test]
    fn what_is_not_chosen_does_not_matter() {
        let x = Raw::new(Array::from_vec(&[2], vec![f32::NAN, 1.0])).requires_grad();
        let y = masked_fill(&x, &Raw::new(Array::from_vec(&[2], vec![1.0, 0.0])), 0.0);
        assert_eq!(y.to_vec(), [0.0, 1.0]);
        assert_eq!(crate::autograd::backward(&crate::ops::sum(&y)).of_raw(&x).to_vec(), [0.0, 1.0]);
    }
}
