//! `neg`: -x.

use crate::compute;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> std::ops::Neg for Tensor<S> {
    type Output = Tensor<S>;

    #[inline]
    fn neg(self) -> Tensor<S> {
        Tensor::from_raw(neg(self.raw()))
    }
}

impl<S: Shape> std::ops::Neg for &Tensor<S> {
    type Output = Tensor<S>;

    #[inline]
    fn neg(self) -> Tensor<S> {
        Tensor::from_raw(neg(self.raw()))
    }
}

/// Every value with the other sign. Also `-x`.
///
/// ```
/// use ferrolab::prelude::*;
/// assert_eq!((-Tensor::<Rank1<2>>::from([1.0, -2.0])).to_vec(), [-1.0, 2.0]);
/// ```
pub fn neg(x: &Raw) -> Raw {
    let y = compute::map("neg", &x.array(), |x| -x);
    Raw::from_op("neg", y, &[x], |gradient, _| vec![Some(compute::map("neg", gradient, |g| -g))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2], vec![-1.0, 0.5])], |x| neg(&x[0]));
    }
}
