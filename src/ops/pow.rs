//! `pow`: x to any power.

use super::unary::unary_by;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Every value to the power `exponent`; NaN for a negative value and an exponent that is no integer. For integers
    /// [`Tensor::powi`] is faster.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([4.0, 9.0]).pow(1.5).to_vec(), [8.0, 27.0]);
    /// ```
    #[inline]
    pub fn pow(&self, exponent: f32) -> Self {
        Tensor::from_raw(pow(self.raw(), exponent))
    }
}

/// Every value to the power `exponent`.
pub fn pow(x: &Raw, exponent: f32) -> Raw {
    // At 0 the slope of x⁰ is 0, where the formula says 0 · x⁻¹.
    let slope = move |x: f32| if exponent == 0.0 { 0.0 } else { exponent * x.powf(exponent - 1.0) };
    unary_by("pow", [exponent, 0.0], x, move |x| x.powf(exponent), slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![1.2, 0.5, 2.0, 0.9])], |x| pow(&x[0], 2.5));
    }

    #[test]
    fn the_power_zero_is_flat() {
        check_gradient(&[Array::from_vec(&[2], vec![-1.0, 0.0])], |x| pow(&x[0], 0.0));
    }
}
