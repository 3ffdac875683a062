//! `elu`: the exponential linear unit.

use super::unary::unary_by;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x` above zero, `alpha (exp(x) - 1)` below: smooth, and never below `-alpha`. PyTorch's and Keras's own alpha is 1.
    ///
    /// Clevert, Unterthiner, Hochreiter: *Fast and accurate deep network learning by exponential linear units* (2016).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-100.0, 0.0, 2.0]).elu(1.5).to_vec(), [-1.5, 0.0, 2.0]);
    /// ```
    #[inline]
    pub fn elu(&self, alpha: f32) -> Self {
        Tensor::from_raw(elu(self.raw(), alpha))
    }
}

/// `x` above zero, `alpha (exp(x) - 1)` below.
pub fn elu(x: &Raw, alpha: f32) -> Raw {
    let f = move |x: f32| if x > 0.0 { x } else { alpha * math::exp_m1(x) };
    unary_by("elu", [alpha, 0.0], x, f, move |x| if x > 0.0 { 1.0 } else { alpha * math::exp(x) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 2.0, -0.3])], |x| elu(&x[0], 0.7));
    }
}
