//! `sigmoid`: 1 / (1 + exp(-x)).

use crate::compute;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `1 / (1 + exp(-x))` of every value: between 0 and 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([0.0, 100.0]).sigmoid().to_vec(), [0.5, 1.0]);
    /// ```
    #[inline]
    pub fn sigmoid(&self) -> Self {
        Tensor::from_raw(sigmoid(self.raw()))
    }
}

/// `1 / (1 + exp(-x))` of every value.
pub fn sigmoid(x: &Raw) -> Raw {
    let y = Raw::kept_as(&[x], compute::map("sigmoid", &x.array(), math::sigmoid));
    let kept = y.clone();
    Raw::from_op("sigmoid", y, &[x], move |gradient, _| {
        vec![Some(compute::slope("sigmoid", gradient, &kept.array(), |g, y| g * y * (1.0 - y)))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![-1.0, 0.5, 2.0, -0.3])], |x| sigmoid(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = sigmoid(&Raw::new(Array::from_vec(&[4], vec![-1.0, 2.0, -1000.0, 1000.0]))).to_vec();
        let expected = [0.268_941_43, 0.880_797_1, 0.0, 1.0];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6), "{y:?} is not {expected:?}");
    }
}
