//! `normalize`: vectors made as long as 1.

use super::{broadcast_to, clamp, div, norm_axis, unsqueeze};
use crate::axes::Axis;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// PyTorch's default: shorter vectors are divided by this.
const SHORTEST: f32 = 1e-12;

impl<S: Shape> Tensor<S> {
    /// The vectors along axis `A` divided by their Euclidean length: each is as long as 1 then; zeros stay. What an
    /// embedding is made before it is compared by its angle.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[3.0, 4.0], [0.0, 0.0]]);
    /// assert_eq!(x.normalize::<1>().to_vec(), [0.6, 0.8, 0.0, 0.0]);
    /// ```
    #[inline]
    pub fn normalize<const A: usize>(&self) -> Self
    where
        S: Axis<A>,
    {
        Tensor::from_raw(normalize(self.raw(), A))
    }
}

/// The vectors along an axis divided by their Euclidean length, or by 1e-12 if they are shorter.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn normalize(x: &Raw, axis: usize) -> Raw {
    let lengths = clamp(&norm_axis(x, axis), SHORTEST, f32::INFINITY);
    div(x, &broadcast_to(&unsqueeze(&lengths, axis), &x.sizes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.7, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| normalize(&x[0], 0));
        check_gradient(&[x], |x| normalize(&x[0], 1));
    }
}
