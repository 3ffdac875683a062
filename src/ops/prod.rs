//! `prod`: the product of all values, or along one axis.

use super::axis::{around, without};
use super::{reshape, unsqueeze};
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The product of all values: a scalar; 1 if there are none.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).prod().item(), 24.0);
    /// ```
    #[inline]
    pub fn prod(&self) -> Tensor<()> {
        Tensor::from_raw(prod(self.raw()))
    }

    /// The products along axis `A`, which goes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.prod_axis::<1>().to_vec(), [6.0, 120.0]);
    /// ```
    #[inline]
    pub fn prod_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(prod_axis(self.raw(), A))
    }

    /// The products along axis `A`, which stays with size 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<1, 2>> = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).prod_axis_keep::<0>();
    /// assert_eq!(y.to_vec(), [3.0, 8.0]);
    /// ```
    #[inline]
    pub fn prod_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&prod_axis(self.raw(), A), A))
    }
}

/// The product of all values: a scalar.
pub fn prod(x: &Raw) -> Raw {
    prod_axis(&reshape(x, &[x.len()]), 0)
}

/// The products along an axis, which goes.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn prod_axis(x: &Raw, axis: usize) -> Raw {
    let sizes = x.sizes();
    let [outer, size, inner] = around("prod_axis", &sizes, axis);
    let kept = x.array().row_major();
    if let Some(gpu) = cuda::active() {
        let blocks = [outer, size, inner];
        let y = gpu.axis_product(&kept.memory(gpu), blocks);
        let y = Array::on_gpu(&without(&sizes, axis), Layout::RowMajor, y);
        return Raw::from_op("prod_axis", y, &[x], move |gradient, _| {
            vec![Some(gpu.products_slope(gradient, &kept, blocks))]
        });
    }
    let (block, row) = ((size * inner).max(1), inner.max(1));
    let mut y = Buffer::full(outer * inner, 1.0);
    for (y, block) in y.chunks_exact_mut(row).zip(kept.values().chunks_exact(block)) {
        block.chunks_exact(row).for_each(|x| multiply(y, x));
    }
    let y = Array::new(&without(&sizes, axis), Layout::RowMajor, y);
    Raw::from_op("prod_axis", y, &[x], move |gradient, _| {
        // The slope of a value is the product of the others: of those before it times those behind it, so that no
        // division meets a zero.
        let gradient = gradient.row_major();
        let mut dx = Buffer::scratch(kept.len());
        let blocks = dx.chunks_exact_mut(block).zip(kept.values().chunks_exact(block));
        for ((dx, x), g) in blocks.zip(gradient.values().chunks_exact(row)) {
            let mut before = g.to_vec();
            for (dx, x) in dx.chunks_exact_mut(row).zip(x.chunks_exact(row)) {
                dx.copy_from_slice(&before);
                multiply(&mut before, x);
            }
            let mut behind = vec![1.0; row];
            for (dx, x) in dx.chunks_exact_mut(row).zip(x.chunks_exact(row)).rev() {
                multiply(dx, &behind);
                multiply(&mut behind, x);
            }
        }
        vec![Some(Array::new(&sizes, Layout::RowMajor, dx))]
    })
}

/// `to` times `by`, place by place.
fn multiply(to: &mut [f32], by: &[f32]) {
    to.iter_mut().zip(by).for_each(|(to, by)| *to *= by);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::agrees_within;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 6.0 - 0.9).collect());
        for axis in 0..3 {
            check_gradient(std::slice::from_ref(&x), |x| prod_axis(&x[0], axis));
        }
        check_gradient(&[Array::from_vec(&[3], vec![1.0, -2.0, 0.5])], |x| prod(&x[0]));
    }

    #[test]
    fn zeros_do_not_make_the_gradient_unknown() {
        let gradient = |values: Vec<f32>| {
            let x = Raw::new(Array::from_vec(&[3], values)).requires_grad();
            backward(&prod(&x)).of_raw(&x).to_vec()
        };
        assert_eq!(gradient(vec![2.0, 0.0, 3.0]), [0.0, 6.0, 0.0]);
        assert_eq!(gradient(vec![0.0, 0.0, 3.0]), [0.0; 3]);
    }

    #[test]
    fn the_product_of_nothing_is_one() {
        assert_eq!(prod(&Raw::new(Array::from_vec(&[0], vec![]))).to_vec(), [1.0]);
        assert_eq!(prod_axis(&Raw::new(Array::full(&[2, 0], 0.0)), 1).to_vec(), [1.0, 1.0]);
    }

    #[test]
    fn products_of_every_shape_are_those_of_the_cpu() {
        for sizes in [[1, 5000, 1], [3, 40, 5], [2, 2049, 3], [1, 33, 5000], [2, 1, 3], [2, 0, 3]] {
            agrees_within(1e-4, &[Generator::new(1).uniform(&sizes, 0.98, 1.02)], |x| prod_axis(&x[0], 1));
        }
    }
}
