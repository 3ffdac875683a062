//! `sin`: the sine.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The sine of every value, in radians.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, std::f32::consts::FRAC_PI_2]).sin().to_vec(), [0.0, 1.0]);
    /// ```
    #[inline]
    pub fn sin(&self) -> Self {
        Tensor::from_raw(sin(self.raw()))
    }
}

/// The sine of every value, in radians.
pub fn sin(x: &Raw) -> Raw {
    unary("sin", x, f32::sin, f32::cos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, -5.3])], |x| sin(&x[0]));
    }
}
