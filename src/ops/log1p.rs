//! `log1p`: the natural logarithm of 1 + x.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `ln(1 + x)` of every value, exact for `x` near 0 too, where `1 + x` would lose the digits of `x`; NaN below -1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<2>>::from([0.0, 1e-10]);
    /// assert_eq!(x.log1p().to_vec(), [0.0, 1e-10]);
    /// ```
    #[inline]
    pub fn log1p(&self) -> Self {
        Tensor::from_raw(log1p(self.raw()))
    }
}

/// `ln(1 + x)` of every value.
pub fn log1p(x: &Raw) -> Raw {
    unary("log1p", x, math::ln_1p, |x| 1.0 / (1.0 + x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.5, 0.2, 2.0, 3.0])], |x| log1p(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = log1p(&Raw::new(Array::from_vec(&[3], vec![-0.3, 1e-05, 1.7]))).to_vec();
        let expected = [-0.356_674_9, 9.99995e-06, 0.993_251_8];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
