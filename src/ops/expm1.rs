//! `expm1`: the exponential less 1.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `exp(x) - 1` of every value, exact for `x` near 0 too, where `exp(x)` would lose the digits of `x`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<2>>::from([0.0, 1e-10]);
    /// assert_eq!(x.expm1().to_vec(), [0.0, 1e-10]);
    /// ```
    #[inline]
    pub fn expm1(&self) -> Self {
        Tensor::from_raw(expm1(self.raw()))
    }
}

/// `exp(x) - 1` of every value.
pub fn expm1(x: &Raw) -> Raw {
    unary("expm1", x, math::exp_m1, math::exp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.5, 0.2, 1.0, -2.0])], |x| expm1(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = expm1(&Raw::new(Array::from_vec(&[3], vec![-0.5, 1e-05, 2.0]))).to_vec();
        let expected = [-0.393_469_3, 1.000005e-05, 6.389_056];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
