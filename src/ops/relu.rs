//! `relu`: max(x, 0).

use crate::cpu::elementwise::{map, zip};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `max(x, 0)` of every value; the gradient at 0 is 0.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-1.0, 0.0, 2.0]).relu().to_vec(), [0.0, 0.0, 2.0]);
    /// ```
    #[inline]
    pub fn relu(&self) -> Self {
        Tensor::from_raw(relu(self.raw()))
    }
}

/// `max(x, 0)` of every value.
pub fn relu(x: &Raw) -> Raw {
    let y = Raw::kept_as(&[x], map(&x.array(), |x| x.max(0.0)));
    let kept = y.clone();
    Raw::from_op("relu", y, &[x], move |gradient, _| {
        vec![Some(zip(gradient, &kept.array(), |g, y| if y > 0.0 { g } else { 0.0 }))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![-1.0, 0.5, 2.0, -0.3])], |x| relu(&x[0]));
    }
}
