//! `erf`: the error function.

use std::f32::consts::FRAC_2_SQRT_PI;

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The error function of every value: `2/√π ∫ exp(-t²) dt` from 0 to `x`, between -1 and 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, 10.0]).erf().to_vec(), [0.0, 1.0]);
    /// ```
    #[inline]
    pub fn erf(&self) -> Self {
        Tensor::from_raw(erf(self.raw()))
    }
}

/// The error function of every value, to about 1e-7.
pub fn erf(x: &Raw) -> Raw {
    unary("erf", x, math::erf, |x| FRAC_2_SQRT_PI * math::exp(-x * x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| erf(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = erf(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 1.0]))).to_vec();
        let expected = [-0.995_322_3, 0.328_626_8, 0.842_700_8];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
