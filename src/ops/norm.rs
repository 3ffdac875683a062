//! `norm`: the Euclidean length of all values, or along one axis.

use super::axis::{around, without};
use super::{reshape, unsqueeze};
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::compute;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The Euclidean length of all values, `√Σ x²`: a scalar. Its slope where all values are 0 is 0. (The sum of the
    /// lengths without their signs, PyTorch's `norm(1)`, is `x.abs().sum()`.)
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([3.0, -4.0]).norm().item(), 5.0);
    /// ```
    #[inline]
    pub fn norm(&self) -> Tensor<()> {
        Tensor::from_raw(norm(self.raw()))
    }

    /// The Euclidean lengths along axis `A`, which goes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[3.0, 4.0], [0.0, -2.0]]);
    /// assert_eq!(x.norm_axis::<1>().to_vec(), [5.0, 2.0]);
    /// ```
    #[inline]
    pub fn norm_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(norm_axis(self.raw(), A))
    }

    /// The Euclidean lengths along axis `A`, which stays with size 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<1, 1>> = Tensor::<Rank2<1, 2>>::from([[3.0, 4.0]]).norm_axis_keep::<1>();
    /// assert_eq!(y.to_vec(), [5.0]);
    /// ```
    #[inline]
    pub fn norm_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&norm_axis(self.raw(), A), A))
    }
}

/// The Euclidean length of all values.
pub fn norm(x: &Raw) -> Raw {
    norm_axis(&reshape(x, &[x.len()]), 0)
}

/// The Euclidean lengths along an axis, which goes.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn norm_axis(x: &Raw, axis: usize) -> Raw {
    let sizes = x.sizes();
    let blocks = around("norm_axis", &sizes, axis);
    let kept = x.array().row_major();
    let squares = compute::map("square", &kept, |x| x * x);
    let y = compute::axis_sum(&squares, blocks, &without(&sizes, axis));
    let y = compute::map("sqrt", &y, f32::sqrt);
    let lengths = y.clone();
    Raw::from_op("norm_axis", y, &[x], move |gradient, _| {
        let gradient = gradient.row_major();
        if let Some(gpu) = cuda::active() {
            return vec![Some(gpu.length_slope(&gradient, &kept, &lengths, blocks).reshaped(&sizes))];
        }
        let [_, size, inner] = blocks;
        let mut dx = Buffer::scratch(kept.len());
        for (i, (dx, x)) in dx.iter_mut().zip(kept.values()).enumerate() {
            let at = i / (size * inner) * inner + i % inner;
            let length = lengths.values()[at];
            *dx = if length > 0.0 { gradient.values()[at] * x / length } else { 0.0 };
        }
        vec![Some(Array::new(&sizes, Layout::RowMajor, dx))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 4.0 - 1.2).collect());
        for axis in 0..3 {
            check_gradient(std::slice::from_ref(&x), |x| norm_axis(&x[0], axis));
        }
        check_gradient(&[x], |x| norm(&x[0]));
    }

    #[test]
    fn the_length_of_nothing_is_zero_and_flat() {
        let x = Raw::new(Array::full(&[3], 0.0)).requires_grad();
        let length = norm(&x);
        assert_eq!((length.to_vec(), backward(&length).of_raw(&x).to_vec()), (vec![0.0], vec![0.0; 3]));
    }

    #[test]
    fn lengths_are_those_of_the_cpu() {
        let x = crate::random::Generator::new(1).uniform(&[3, 40, 50], -1.0, 2.0);
        for axis in 0..3 {
            agrees_within(1e-4, std::slice::from_ref(&x), |x| norm_axis(&x[0], axis));
        }
    }
}
