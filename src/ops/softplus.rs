//! `softplus`: ln(1 + exp(x)), a smooth relu.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `ln(1 + exp(x))` of every value: a smooth `relu`, always positive. Great values neither overflow nor lose digits.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank1<3>>::from([-1000.0, 0.0, 1000.0]).softplus();
    /// assert_eq!(y.to_vec(), [0.0, std::f32::consts::LN_2, 1000.0]);
    /// ```
    #[inline]
    pub fn softplus(&self) -> Self {
        Tensor::from_raw(softplus(self.raw()))
    }
}

/// `ln(1 + exp(x))` of every value.
pub fn softplus(x: &Raw) -> Raw {
    unary("softplus", x, math::softplus, math::sigmoid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 2.0, -0.3])], |x| softplus(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = softplus(&Raw::new(Array::from_vec(&[3], vec![-1.0, 0.5, 2.0]))).to_vec();
        let expected = [0.313_261_7, 0.974_077, 2.126_928];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6), "{y:?} is not {expected:?}");
    }
}
