//! `abs`: |x|.

use crate::compute;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The absolute value of every value; the gradient at 0 is 0.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-1.5, 0.0, 2.0]).abs().to_vec(), [1.5, 0.0, 2.0]);
    /// ```
    #[inline]
    pub fn abs(&self) -> Self {
        Tensor::from_raw(abs(self.raw()))
    }
}

/// The absolute value of every value.
pub fn abs(x: &Raw) -> Raw {
    let kept = x.array();
    let y = compute::map("abs", &kept, f32::abs);
    Raw::from_op("abs", y, &[x], move |gradient, _| {
        vec![Some(compute::slope("abs", gradient, &kept, |g, x| {
            if x > 0.0 {
                g
            } else if x < 0.0 {
                -g
            } else {
                0.0
            }
        }))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![-1.0, 0.5, 2.0, -0.3])], |x| abs(&x[0]));
    }
}
