//! `sqrt`: the square root.

use crate::compute;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The square root of every value; its gradient at 0 is infinite.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([4.0, 9.0]).sqrt().to_vec(), [2.0, 3.0]);
    /// ```
    #[inline]
    pub fn sqrt(&self) -> Self {
        Tensor::from_raw(sqrt(self.raw()))
    }
}

/// The square root of every value.
pub fn sqrt(x: &Raw) -> Raw {
    let y = compute::map("sqrt", &x.array(), f32::sqrt);
    let kept = y.clone();
    Raw::from_op("sqrt", y, &[x], move |gradient, _| {
        vec![Some(compute::slope("sqrt", gradient, &kept, |g, y| 0.5 * g / y))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![0.5, 1.0, 2.0, 3.0])], |x| sqrt(&x[0]));
    }
}
