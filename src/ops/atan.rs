//! `atan`: the angle of a tangent.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The angle in radians whose tangent each value is: between -π/2 and π/2.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, f32::INFINITY]).atan().to_vec(), [0.0, std::f32::consts::FRAC_PI_2]);
    /// ```
    #[inline]
    pub fn atan(&self) -> Self {
        Tensor::from_raw(atan(self.raw()))
    }
}

/// The angle in radians whose tangent each value is.
pub fn atan(x: &Raw) -> Raw {
    unary("atan", x, f32::atan, |x| 1.0 / (1.0 + x * x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 2.0, -3.0])], |x| atan(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = atan(&Raw::new(Array::from_vec(&[3], vec![-3.0, 0.3, 8.0]))).to_vec();
        let expected = [-1.249_046, 0.291_456_8, 1.446_441];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
