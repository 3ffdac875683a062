//! `cosh`: the hyperbolic cosine.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The hyperbolic cosine of every value: `(exp(x) + exp(-x)) / 2`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<1>>::from([0.0]).cosh().to_vec(), [1.0]);
    /// ```
    #[inline]
    pub fn cosh(&self) -> Self {
        Tensor::from_raw(cosh(self.raw()))
    }
}

/// The hyperbolic cosine of every value.
pub fn cosh(x: &Raw) -> Raw {
    unary("cosh", x, f32::cosh, f32::sinh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| cosh(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = cosh(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 3.0]))).to_vec();
        let expected = [3.762_196, 1.045_339, 10.067_66];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
