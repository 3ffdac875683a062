//! `hardswish`: x times its hardsigmoid.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x` times its `hardsigmoid`: `silu` without the exponential.
    ///
    /// Howard et al.: *Searching for MobileNetV3* (2019).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<4>>::from([-4.0, 0.0, 3.0, 5.0]).hardswish().to_vec(), [0.0, 0.0, 3.0, 5.0]);
    /// ```
    #[inline]
    pub fn hardswish(&self) -> Self {
        Tensor::from_raw(hardswish(self.raw()))
    }
}

/// `x` times its `hardsigmoid`.
pub fn hardswish(x: &Raw) -> Raw {
    let slope = |x: f32| match x {
        _ if x <= -3.0 => 0.0,
        _ if x < 3.0 => x / 3.0 + 0.5,
        _ => 1.0,
    };
    unary("hardswish", x, |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0, slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, -5.3])], |x| hardswish(&x[0]));
    }
}
