//! `tan`: the tangent.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The tangent of every value, an angle in radians.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<1>>::from([0.0]).tan().to_vec(), [0.0]);
    /// ```
    #[inline]
    pub fn tan(&self) -> Self {
        Tensor::from_raw(tan(self.raw()))
    }
}

/// The tangent of every value.
pub fn tan(x: &Raw) -> Raw {
    unary("tan", x, f32::tan, |x| 1.0 + x.tan() * x.tan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.2, 0.5, 1.0])], |x| tan(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = tan(&Raw::new(Array::from_vec(&[3], vec![-1.0, 0.5, 1.2]))).to_vec();
        let expected = [-1.557_408, 0.546_302_5, 2.572_152];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
