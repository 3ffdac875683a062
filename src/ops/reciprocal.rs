//! `reciprocal`: 1 / x.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `1 / x` of every value.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([2.0, -4.0]).reciprocal().to_vec(), [0.5, -0.25]);
    /// ```
    #[inline]
    pub fn reciprocal(&self) -> Self {
        Tensor::from_raw(reciprocal(self.raw()))
    }
}

/// `1 / x` of every value.
pub fn reciprocal(x: &Raw) -> Raw {
    unary("reciprocal", x, f32::recip, |x| -1.0 / (x * x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.8, 4.0, -5.3])], |x| reciprocal(&x[0]));
    }
}
