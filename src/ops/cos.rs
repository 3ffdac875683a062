//! `cos`: the cosine.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The cosine of every value, in radians.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, std::f32::consts::PI]).cos().to_vec(), [1.0, -1.0]);
    /// ```
    #[inline]
    pub fn cos(&self) -> Self {
        Tensor::from_raw(cos(self.raw()))
    }
}

/// The cosine of every value, in radians.
pub fn cos(x: &Raw) -> Raw {
    unary("cos", x, f32::cos, |x| -x.sin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 4.0, -5.3])], |x| cos(&x[0]));
    }
}
