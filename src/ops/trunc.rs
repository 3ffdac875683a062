//! `trunc`: the whole number without its fraction.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Each value without its fraction: the next whole number towards 0. Its slope is 0, so no
    /// learning passes it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([1.7, -1.7]).trunc().to_vec(), [1.0, -1.0]);
    /// ```
    #[inline]
    pub fn trunc(&self) -> Self {
        Tensor::from_raw(trunc(self.raw()))
    }
}

/// Each value without its fraction: the next whole number towards 0.
pub fn trunc(x: &Raw) -> Raw {
    unary("trunc", x, f32::trunc, |_| 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.3, -2.4])], |x| trunc(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = trunc(&Raw::new(Array::from_vec(&[4], vec![-2.5, 0.3, 1.5, 2.0]))).to_vec();
        let expected = [-2.0, 0.0, 1.0, 2.0];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
