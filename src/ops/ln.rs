//! `ln`: the natural logarithm.

use crate::compute;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The natural logarithm of every value; NaN for negative values, as in `f32::ln`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([1.0, 0.0]).ln().to_vec(), [0.0, f32::NEG_INFINITY]);
    /// ```
    #[inline]
    pub fn ln(&self) -> Self {
        Tensor::from_raw(ln(self.raw()))
    }
}

/// The natural logarithm of every value.
pub fn ln(x: &Raw) -> Raw {
    let kept = x.array();
    let y = compute::map("ln", &kept, math::ln);
    Raw::from_op("ln", y, &[x], move |gradient, _| {
        vec![Some(compute::slope("ln", gradient, &kept, |g, x| g / x))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![0.5, 1.0, 2.0, 3.0])], |x| ln(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = ln(&Raw::new(Array::from_vec(&[2], vec![0.5, 10.0]))).to_vec();
        let expected = [-std::f32::consts::LN_2, std::f32::consts::LN_10];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * f32::abs(e)),
            "{y:?} is not {expected:?}"
        );
    }
}
