//! `cumprod`: running products along an axis.

use super::axis::around;
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The running products along axis `A`: every value times all those before it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.cumprod::<1>().to_vec(), [1.0, 2.0, 6.0, 4.0, 20.0, 120.0]);
    /// ```
    #[inline]
    pub fn cumprod<const A: usize>(&self) -> Self
    where
        S: Axis<A>,
    {
        Tensor::from_raw(cumprod(self.raw(), A))
    }
}

/// The running products along an axis.
///
/// ***Panics*** if there is no such axis.
#[track_caller]
pub fn cumprod(x: &Raw, axis: usize) -> Raw {
    let blocks = around("cumprod", &x.sizes(), axis);
    let kept = x.array().row_major();
    if let Some(gpu) = cuda::active() {
        let y = gpu.running_products(&kept, blocks);
        let products = y.clone();
        return Raw::from_op("cumprod", y, &[x], move |gradient, _| {
            vec![Some(gpu.running_products_slope(gradient, &kept, &products, blocks))]
        });
    }
    let [_, size, inner] = blocks;
    let len = (size * inner).max(1);
    let mut y = kept.clone();
    for block in y.values_mut().chunks_exact_mut(len) {
        for i in inner..block.len() {
            block[i] *= block[i - inner];
        }
    }
    let products = y.clone();
    Raw::from_op("cumprod", y, &[x], move |gradient, _| {
        // A value is in its own product and in all later ones: what lies before it, times what comes of it from the end
        // on. No division, which a zero would spoil.
        let gradient = gradient.row_major();
        let mut dx = Buffer::scratch(kept.len());
        let blocks = kept.values().chunks_exact(len).zip(products.values().chunks_exact(len));
        for ((dx, (x, y)), g) in dx.chunks_exact_mut(len).zip(blocks).zip(gradient.values().chunks_exact(len))
        {
            let mut later = vec![0.0; inner];
            for i in (0..dx.len()).rev() {
                let (later, before) = (&mut later[i % inner], i.checked_sub(inner).map_or(1.0, |i| y[i]));
                *later += g[i];
                dx[i] = before * *later;
                *later *= x[i];
            }
        }
        vec![Some(Array::new(kept.sizes(), Layout::RowMajor, dx))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 6.0 - 0.9).collect());
        for axis in 0..3 {
            check_gradient(std::slice::from_ref(&x), |x| cumprod(&x[0], axis));
        }
        x.values_mut()[2..4].fill(0.0);
        check_gradient(&[x], |x| cumprod(&x[0], 1));
    }

    #[test]
    fn running_products_of_every_shape_are_those_of_the_cpu() {
        for sizes in [[1, 5000, 1], [3, 40, 5], [2, 2049, 3], [1, 33, 5000], [2, 1, 3], [2, 0, 3]] {
            agrees_within(1e-4, &[Generator::new(1).uniform(&sizes, 0.98, 1.02)], |x| cumprod(&x[0], 1));
        }
    }
}
