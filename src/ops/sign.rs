//! `sign`: -1, 0 or 1.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// -1 for a negative value, 1 for a positive one, 0 for zero and NaN. The gradient is 0 everywhere.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-2.0, 0.0, 5.0]).sign().to_vec(), [-1.0, 0.0, 1.0]);
    /// ```
    #[inline]
    pub fn sign(&self) -> Self {
        Tensor::from_raw(sign(self.raw()))
    }
}

/// -1 for a negative value, 1 for a positive one, 0 for zero and NaN.
pub fn sign(x: &Raw) -> Raw {
    unary("sign", x, |x| f32::from(x > 0.0) - f32::from(x < 0.0), |_| 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.8, 4.0, -5.3])], |x| sign(&x[0]));
    }

    #[test]
    fn zero_and_nan_have_no_sign() {
        let y = sign(&Raw::new(Array::from_vec(&[3], vec![0.0, -0.0, f32::NAN])));
        assert_eq!(y.to_vec(), [0.0, 0.0, 0.0]);
    }
}
