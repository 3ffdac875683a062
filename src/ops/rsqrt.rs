//! `rsqrt`: one over the square root.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `1 / √x` of every value: infinite for 0, NaN for negative values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([4.0, 0.25]).rsqrt().to_vec(), [0.5, 2.0]);
    /// ```
    #[inline]
    pub fn rsqrt(&self) -> Self {
        Tensor::from_raw(rsqrt(self.raw()))
    }
}

/// `1 / √x` of every value.
pub fn rsqrt(x: &Raw) -> Raw {
    unary("rsqrt", x, |x| 1.0 / x.sqrt(), |x| -0.5 / (x * x.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![0.5, 1.2, 2.0, 3.0])], |x| rsqrt(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = rsqrt(&Raw::new(Array::from_vec(&[3], vec![0.3, 3.0, 16.0]))).to_vec();
        let expected = [1.825_742, 0.577_350_3, 0.25];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
