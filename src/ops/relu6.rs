//! `relu6`: max(x, 0), but no more than 6.

use super::relu::clamped;
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
    clamped("relu6", x, [0.0, 6.0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::{backward, check_gradient};
    use crate::ops;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, 7.3])], |x| relu6(&x[0]));
    }

    #[test]
    fn guided_it_lets_through_only_what_is_positive() {
        let x = Raw::new(Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, 7.3])).requires_grad();
        let signs = Raw::new(Array::from_vec(&[4], vec![1.0, -1.0, 1.0, 1.0]));
        let gradient = |y: Raw| backward(&ops::sum(&ops::mul(&y, &signs))).of_raw(&x).to_vec();
        assert_eq!(gradient(relu6(&x)), [0.0, -1.0, 1.0, 0.0]);
        assert_eq!(gradient(ops::guided(|| relu6(&x))), [0.0, 0.0, 1.0, 0.0]);
    }
}
