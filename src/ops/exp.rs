//! `exp`: e to the power of x.

use crate::compute;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// e to the power of every value.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank1<2>>::from([0.0, 1.0]).exp().to_vec();
    /// assert!(y[0] == 1.0 && (y[1] - std::f32::consts::E).abs() < 1e-6);
    /// ```
    #[inline]
    pub fn exp(&self) -> Self {
        Tensor::from_raw(exp(self.raw()))
    }
}

/// e to the power of every value.
pub fn exp(x: &Raw) -> Raw {
    let y = compute::map("exp", &x.array(), math::exp);
    let kept = y.clone();
    Raw::from_op("exp", y, &[x], move |gradient, _| {
        vec![Some(compute::slope("exp", gradient, &kept, |g, y| g * y))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![-1.0, 0.5, 1.2, -0.3])], |x| exp(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = exp(&Raw::new(Array::from_vec(&[2], vec![-2.0, 3.0]))).to_vec();
        let expected = [0.13533528, 20.085537];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * f32::abs(e)),
            "{y:?} is not {expected:?}"
        );
    }
}
