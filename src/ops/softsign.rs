//! `softsign`: x over 1 + |x|.

use super::unary::unary;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x / (1 + |x|)` of every value: between -1 and 1, as `tanh`, but slower at reaching them.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([-1.0, 3.0]).softsign().to_vec(), [-0.5, 0.75]);
    /// ```
    #[inline]
    pub fn softsign(&self) -> Self {
        Tensor::from_raw(softsign(self.raw()))
    }
}

/// `x / (1 + |x|)` of every value.
pub fn softsign(x: &Raw) -> Raw {
    unary("softsign", x, |x| x / (1.0 + x.abs()), |x| 1.0 / ((1.0 + x.abs()) * (1.0 + x.abs())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[4], vec![-0.7, 0.2, 1.0, -1.5])], |x| softsign(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = softsign(&Raw::new(Array::from_vec(&[3], vec![-2.0, 0.3, 3.0]))).to_vec();
        let expected = [-0.666_666_7, 0.230_769_2, 0.75];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * (1.0 + f32::abs(e))),
            "{y:?} is not {expected:?}"
        );
    }
}
