//! `mish`: x times the tanh of softplus.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x tanh(ln(1 + exp(x)))` of every value: smooth, and a little below 0 for negative values.
    ///
    /// Misra: *Mish: a self regularized non-monotonic activation function* (2019), <https://arxiv.org/abs/1908.08681>.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank1<3>>::from([-1000.0, 0.0, 1000.0]).mish();
    /// assert_eq!(y.to_vec(), [0.0, 0.0, 1000.0]);
    /// ```
    #[inline]
    pub fn mish(&self) -> Self {
        Tensor::from_raw(mish(self.raw()))
    }
}

/// `x tanh(ln(1 + exp(x)))` of every value.
pub fn mish(x: &Raw) -> Raw {
    let t = |x: f32| math::tanh(math::softplus(x));
    unary("mish", x, move |x| x * t(x), move |x| t(x) + x * (1.0 - t(x) * t(x)) * math::sigmoid(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| mish(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = mish(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 3.0]))).to_vec();
        let expected = [-0.252_501_5, 0.208_001_4, 2.986_535];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
