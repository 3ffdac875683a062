//! `silu`: x times its sigmoid, also called swish.

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x / (1 + exp(-x))` of every value, also called swish.
    ///
    /// Elfwing, Uchibe, Doya: *Sigmoid-weighted linear units for neural network function approximation* (2018).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-1000.0, 0.0, 100.0]).silu().to_vec(), [0.0, 0.0, 100.0]);
    /// ```
    #[inline]
    pub fn silu(&self) -> Self {
        Tensor::from_raw(silu(self.raw()))
    }
}

/// `x / (1 + exp(-x))` of every value.
pub fn silu(x: &Raw) -> Raw {
    unary(
        "silu",
        x,
        |x| x * math::sigmoid(x),
        |x| {
            let s = math::sigmoid(x);
            s * (1.0 + x * (1.0 - s))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-1.0, 0.5, 2.0, -0.3])], |x| silu(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = silu(&Raw::new(Array::from_vec(&[3], vec![-1.0, 0.5, 2.0]))).to_vec();
        let expected = [-0.268_941_43, 0.311_229_65, 1.761_594_2];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6), "{y:?} is not {expected:?}");
    }
}
