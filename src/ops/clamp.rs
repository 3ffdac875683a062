//! `clamp`: values kept between two bounds.

use super::unary::unary_by;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Every value, but no less than `min` and no more than `max`; an infinite bound is none. The gradient is 0 where a value was
    /// changed.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<3>>::from([-2.0, 0.5, 9.0]);
    /// assert_eq!(x.clamp(0.0, 6.0).to_vec(), [0.0, 0.5, 6.0]);
    /// assert_eq!(x.clamp(0.0, f32::INFINITY).to_vec(), [0.0, 0.5, 9.0]);
    /// ```
    ///
    /// ***Panics*** if `min` is above `max` or one of them is NaN.
    #[inline]
    #[track_caller]
    pub fn clamp(&self, min: f32, max: f32) -> Self {
        Tensor::from_raw(clamp(self.raw(), min, max))
    }
}

/// Every value, but no less than `min` and no more than `max`.
///
/// ***Panics*** if `min` is above `max` or one of them is NaN.
#[track_caller]
pub fn clamp(x: &Raw, min: f32, max: f32) -> Raw {
    assert!(min <= max, "clamp: the lower bound {min} is not below the upper bound {max}");
    let slope = move |x: f32| if x >= min && x <= max { 1.0 } else { 0.0 };
    unary_by("clamp", [min, max], x, move |x| x.clamp(min, max), slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, -5.3])], |x| clamp(&x[0], -2.0, 3.0));
    }

    #[test]
    #[should_panic(expected = "clamp: the lower bound 2 is not below the upper bound 1")]
    fn bounds_in_the_wrong_order_are_refused() {
        clamp(&Raw::new(Array::full(&[1], 0.0)), 2.0, 1.0);
    }
}
