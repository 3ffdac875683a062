//! `selu`: a scaled exponential linear unit, which keeps mean and variance.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The fixed point of mean and variance, from the paper.
const LAMBDA: f32 = 1.050_701;
const ALPHA: f32 = 1.673_263_2;

impl<S: Shape> Tensor<S> {
    /// `1.0507 x` where `x` is positive, else `1.0507 · 1.67326 (exp(x) - 1)`: through many layers mean 0 and variance 1 are kept.
    ///
    /// Klambauer et al.: *Self-normalizing neural networks* (2017), <https://arxiv.org/abs/1706.02515>.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([1.0, 0.0]).selu().to_vec(), [1.050_701, 0.0]);
    /// ```
    #[inline]
    pub fn selu(&self) -> Self {
        Tensor::from_raw(selu(self.raw()))
    }
}

/// `λ x` where `x` is positive, else `λ α (exp(x) - 1)`.
pub fn selu(x: &Raw) -> Raw {
    unary(
        "selu",
        x,
        |x| if x > 0.0 { LAMBDA * x } else { LAMBDA * ALPHA * math::exp_m1(x) },
        |x| if x > 0.0 { LAMBDA } else { LAMBDA * ALPHA * math::exp(x) },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| selu(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = selu(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 3.0]))).to_vec();
        let expected = [-1.520_166, 0.315_210_3, 3.152_103];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
