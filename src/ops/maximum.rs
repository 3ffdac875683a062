//! `maximum`, `minimum`: the greater, or the smaller, of two tensors, value by value.

use super::operator::same_sizes;
use crate::array::Array;
use crate::compute;
use crate::cpu::elementwise;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The greater of two values, place by place. Where they are equal, each gets half of the gradient.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank1<2>>::from([1.0, 5.0]);
    /// assert_eq!(a.maximum(&Tensor::<Rank1<2>>::from([3.0, 4.0])).to_vec(), [3.0, 5.0]);
    /// ```
    ///
    /// ***Panics*** if the shapes differ; when they are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn maximum<R>(&self, other: &Tensor<R>) -> Self
    where
        R: Shape + SameAs<S>,
    {
        const { same_shape::<S, R>("maximum") }
        Tensor::from_raw(maximum(self.raw(), other.raw()))
    }

    /// The smaller of two values, place by place. Where they are equal, each gets half of the gradient.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank1<2>>::from([1.0, 5.0]);
    /// assert_eq!(a.minimum(&Tensor::<Rank1<2>>::from([3.0, 4.0])).to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// ***Panics*** if the shapes differ; when they are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn minimum<R>(&self, other: &Tensor<R>) -> Self
    where
        R: Shape + SameAs<S>,
    {
        const { same_shape::<S, R>("minimum") }
        Tensor::from_raw(minimum(self.raw(), other.raw()))
    }
}

/// The greater of two values, place by place; NaN if one of them is.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn maximum(a: &Raw, b: &Raw) -> Raw {
    extremum("maximum", a, b, |a, b| a > b)
}

/// The smaller of two values, place by place; NaN if one of them is.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub fn minimum(a: &Raw, b: &Raw) -> Raw {
    extremum("minimum", a, b, |a, b| a < b)
}

/// The first value where it `wins` over the second.
#[track_caller]
fn extremum(name: &'static str, a: &Raw, b: &Raw, wins: fn(f32, f32) -> bool) -> Raw {
    same_sizes(name, a, b);
    let (first, second) = (a.array(), b.array());
    let y = compute::zip(name, &first, &second, |a, b| if wins(a, b) || a.is_nan() { a } else { b });
    Raw::from_op(name, y, &[a, b], move |gradient, wanted| {
        // How much of the gradient the first gets: all, half where both are equal, nothing.
        let share = |a: f32, b: f32| if wins(a, b) { 1.0 } else { f32::from(a == b) / 2.0 };
        let part = |a: &Array, b: &Array| match cuda::active() {
            Some(gpu) => gpu.extremum_slope(name, gradient, a, b),
            None => elementwise::zip(gradient, &elementwise::zip(a, b, share), |g, share| g * share),
        };
        vec![wanted[0].then(|| part(&first, &second)), wanted[1].then(|| part(&second, &first))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[3], vec![1.0, 2.0, 3.0]);
        let b = Array::from_vec(&[3], vec![-1.0, 2.5, 2.0]);
        check_gradient(&[a.clone(), b.clone()], |x| maximum(&x[0], &x[1]));
        check_gradient(&[a, b], |x| minimum(&x[0], &x[1]));
    }

    #[test]
    fn nan_is_not_lost() {
        let a = Raw::new(Array::from_vec(&[2], vec![f32::NAN, 1.0]));
        let b = Raw::new(Array::from_vec(&[2], vec![1.0, f32::NAN]));
        assert!(maximum(&a, &b).to_vec().iter().all(|y| y.is_nan()));
        assert!(minimum(&a, &b).to_vec().iter().all(|y| y.is_nan()));
    }

    #[test]
    #[should_panic(expected = "maximum: the shapes differ: [2] and [3]")]
    fn sizes_must_be_equal() {
        maximum(&Raw::new(Array::full(&[2], 0.0)), &Raw::new(Array::full(&[3], 0.0)));
    }
}
