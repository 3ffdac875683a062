//! `floor`: the greatest whole number below.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The greatest whole number that is not above each value. Its slope is 0, so no
    /// learning passes it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([1.7, -1.2]).floor().to_vec(), [1.0, -2.0]);
    /// ```
    #[inline]
    pub fn floor(&self) -> Self {
        Tensor::from_raw(floor(self.raw()))
    }
}

/// The greatest whole number that is not above each value.
pub fn floor(x: &Raw) -> Raw {
    unary("floor", x, f32::floor, |_| 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.3, -2.4])], |x| floor(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = floor(&Raw::new(Array::from_vec(&[4], vec![-2.5, 0.3, 1.5, 2.0]))).to_vec();
        let expected = [-3.0, 0.0, 1.0, 2.0];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
