//! `leaky_relu`: x, or a small part of it below zero.

use super::unary::unary_by;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x` above zero, `slope · x` below: `relu` whose gradient never dies. PyTorch's own slope is 0.01.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-2.0, 0.0, 2.0]).leaky_relu(0.25).to_vec(), [-0.5, 0.0, 2.0]);
    /// ```
    #[inline]
    pub fn leaky_relu(&self, slope: f32) -> Self {
        Tensor::from_raw(leaky_relu(self.raw(), slope))
    }
}

/// `x` above zero, `slope · x` below; the gradient at 0 is `slope`.
pub fn leaky_relu(x: &Raw, slope: f32) -> Raw {
    let f = move |x: f32| if x > 0.0 { x } else { slope * x };
    unary_by("leaky_relu", [slope, 0.0], x, f, move |x| if x > 0.0 { 1.0 } else { slope })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 2.0, -0.3])], |x| leaky_relu(&x[0], 0.2));
    }
}
