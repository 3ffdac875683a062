//! `relu6`: max(x, 0), but no more than 6.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `min(max(x, 0), 6)` of every value: `relu` for networks that will compute with few bits (Krizhevsky 2010; MobileNet,
    /// EfficientNet-Lite). The gradient is 0 at 0, at 6 and outside.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-1.0, 2.0, 9.0]).relu6().to_vec(), [0.0, 2.0, 6.0]);
    /// ```
    #[inline]
    pub fn relu6(&self) -> Self {
        Tensor::from_raw(relu6(self.raw()))
    }
}

/// `min(max(x, 0), 6)` of every value.
pub fn relu6(x: &Raw) -> Raw {
    unary("relu6", x, |x| x.clamp(0.0, 6.0), |x| if x > 0.0 && x < 6.0 { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, 7.3])], |x| relu6(&x[0]));
    }
}
