//! `tanh`: the hyperbolic tangent.

use crate::compute;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The hyperbolic tangent of every value: between -1 and 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, 100.0]).tanh().to_vec(), [0.0, 1.0]);
    /// ```
    #[inline]
    pub fn tanh(&self) -> Self {
        Tensor::from_raw(tanh(self.raw()))
    }
}

/// The hyperbolic tangent of every value.
pub fn tanh(x: &Raw) -> Raw {
    let y = Raw::kept_as(&[x], compute::map("tanh", &x.array(), math::tanh));
    let kept = y.clone();
    Raw::from_op("tanh", y, &[x], move |gradient, _| {
        vec![Some(compute::slope("tanh", gradient, &kept.array(), |g, y| g * (1.0 - y * y)))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![-1.0, 0.5, 1.2, -0.3])], |x| tanh(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = tanh(&Raw::new(Array::from_vec(&[2], vec![-1.0, 0.5]))).to_vec();
        let expected = [-0.7615942, 0.46211717];
        assert!(
            y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6 * f32::abs(e)),
            "{y:?} is not {expected:?}"
        );
    }
}
