//! `acos`: the angle of a cosine.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The angle in radians whose cosine each value is; NaN outside -1 to 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, 1.0]).acos().to_vec(), [std::f32::consts::FRAC_PI_2, 0.0]);
    /// ```
    #[inline]
    pub fn acos(&self) -> Self {
        Tensor::from_raw(acos(self.raw()))
    }
}

/// The angle in radians whose cosine each value is.
pub fn acos(x: &Raw) -> Raw {
    unary("acos", x, f32::acos, |x| -1.0 / (1.0 - x * x).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 0.5, -0.1])], |x| acos(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = acos(&Raw::new(Array::from_vec(&[3], vec![-0.9, 0.3, 0.8]))).to_vec();
        let expected = [2.690_566, 1.266_104, 0.643_501_1];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
