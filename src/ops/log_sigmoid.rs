//! `log_sigmoid`: the logarithm of `sigmoid`, without its rounding.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `ln(1 / (1 + exp(-x)))` of every value; the logarithm of a `sigmoid` that rounds to 0 is not lost.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank1<3>>::from([-1000.0, 0.0, 1000.0]).log_sigmoid();
    /// assert_eq!(y.to_vec(), [-1000.0, -std::f32::consts::LN_2, 0.0]);
    /// ```
    #[inline]
    pub fn log_sigmoid(&self) -> Self {
        Tensor::from_raw(log_sigmoid(self.raw()))
    }
}

/// `ln(1 / (1 + exp(-x)))` of every value.
pub fn log_sigmoid(x: &Raw) -> Raw {
    unary("log_sigmoid", x, |x| -math::softplus(-x), |x| math::sigmoid(-x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| log_sigmoid(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = log_sigmoid(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 3.0]))).to_vec();
        let expected = [-2.126_928, -0.554_355_2, -0.048_587_35];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
