//! `asin`: the angle of a sine.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The angle in radians whose sine each value is; NaN outside -1 to 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, 1.0]).asin().to_vec(), [0.0, std::f32::consts::FRAC_PI_2]);
    /// ```
    #[inline]
    pub fn asin(&self) -> Self {
        Tensor::from_raw(asin(self.raw()))
    }
}

/// The angle in radians whose sine each value is.
pub fn asin(x: &Raw) -> Raw {
    unary("asin", x, f32::asin, |x| 1.0 / (1.0 - x * x).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 0.5, -0.1])], |x| asin(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = asin(&Raw::new(Array::from_vec(&[3], vec![-0.9, 0.3, 0.8]))).to_vec();
        let expected = [-1.119_77, 0.304_692_7, 0.927_295_2];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
