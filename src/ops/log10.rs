//! `log10`: the logarithm to base 10.

use std::f32::consts::LN_10;

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The logarithm to base 10 of every value; NaN for negative values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([10.0, 1.0]).log10().to_vec(), [1.0, 0.0]);
    /// ```
    #[inline]
    pub fn log10(&self) -> Self {
        Tensor::from_raw(log10(self.raw()))
    }
}

/// The logarithm to base 10 of every value.
pub fn log10(x: &Raw) -> Raw {
    unary("log10", x, f32::log10, |x| 1.0 / (x * LN_10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![0.5, 1.2, 2.0, 3.0])], |x| log10(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = log10(&Raw::new(Array::from_vec(&[3], vec![0.3, 3.0, 10.0]))).to_vec();
        let expected = [-0.522_878_7, 0.477_121_3, 1.0];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
