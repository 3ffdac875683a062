//! `sinh`: the hyperbolic sine.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The hyperbolic sine of every value: `(exp(x) - exp(-x)) / 2`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<1>>::from([0.0]).sinh().to_vec(), [0.0]);
    /// ```
    #[inline]
    pub fn sinh(&self) -> Self {
        Tensor::from_raw(sinh(self.raw()))
    }
}

/// The hyperbolic sine of every value.
pub fn sinh(x: &Raw) -> Raw {
    unary("sinh", x, f32::sinh, f32::cosh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| sinh(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = sinh(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 3.0]))).to_vec();
        let expected = [-3.626_86, 0.304_520_3, 10.017_87];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
