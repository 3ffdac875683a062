//! `hardsigmoid`: a sigmoid of three straight lines.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x / 6 + 1/2`, no less than 0 and no more than 1: a sigmoid of straight lines, as in MobileNet v3.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-4.0, 0.0, 3.0]).hardsigmoid().to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    #[inline]
    pub fn hardsigmoid(&self) -> Self {
        Tensor::from_raw(hardsigmoid(self.raw()))
    }
}

/// `x / 6 + 1/2`, no less than 0 and no more than 1.
pub fn hardsigmoid(x: &Raw) -> Raw {
    let slope = |x: f32| if x > -3.0 && x < 3.0 { 1.0 / 6.0 } else { 0.0 };
    unary("hardsigmoid", x, |x| (x + 3.0).clamp(0.0, 6.0) / 6.0, slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, -5.3])], |x| hardsigmoid(&x[0]));
    }
}
