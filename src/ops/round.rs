//! `round`: the nearest whole number.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The whole number nearest to each value; of two that are equally near, the even one, as in PyTorch and NumPy. Its slope is 0, so no
    /// learning passes it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([0.5, 1.5, -1.2]).round().to_vec(), [0.0, 2.0, -1.0]);
    /// ```
    #[inline]
    pub fn round(&self) -> Self {
        Tensor::from_raw(round(self.raw()))
    }
}

/// The whole number nearest to each value, the even one of two.
pub fn round(x: &Raw) -> Raw {
    unary("round", x, f32::round_ties_even, |_| 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.3, -2.4])], |x| round(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = round(&Raw::new(Array::from_vec(&[4], vec![-2.5, 0.3, 1.5, 2.0]))).to_vec();
        let expected = [-2.0, 0.0, 2.0, 2.0];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
