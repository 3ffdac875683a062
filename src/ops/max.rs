//! `max`, `min`: the greatest, or the smallest, value along an axis.

use super::argmax::{Extreme, blocks, positions};
use super::axis::without;
use super::{reshape, unsqueeze};
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The greatest of all values: a scalar. The gradient goes to the first of equal ones.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 5.0], [3.0, 0.0]]).max().item(), 5.0);
    /// ```
    ///
    /// ***Panics*** if there are no values.
    #[inline]
    #[track_caller]
    pub fn max(&self) -> Tensor<()> {
        Tensor::from_raw(max(self.raw()))
    }

    /// The smallest of all values: a scalar. The gradient goes to the first of equal ones.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 5.0], [3.0, 0.0]]).min().item(), 0.0);
    /// ```
    ///
    /// ***Panics*** if there are no values.
    #[inline]
    #[track_caller]
    pub fn min(&self) -> Tensor<()> {
        Tensor::from_raw(min(self.raw()))
    }

    /// The greatest values along axis `A`, which goes; [`Tensor::argmax_axis`] says where they are. The gradient goes to
    /// the first of equal ones, as in PyTorch's `max(dim)`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 5.0, 2.0], [3.0, 0.0, 2.0]]);
    /// assert_eq!(x.max_axis::<0>().to_vec(), [3.0, 5.0, 2.0]);
    /// ```
    ///
    /// ***Panics*** if the axis is empty.
    #[inline]
    #[track_caller]
    pub fn max_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(max_axis(self.raw(), A))
    }

    /// The smallest values along axis `A`, which goes; the gradient goes to the first of equal ones.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 5.0, 2.0], [3.0, 0.0, 2.0]]);
    /// assert_eq!(x.min_axis::<1>().to_vec(), [1.0, 0.0]);
    /// ```
    ///
    /// ***Panics*** if the axis is empty.
    #[inline]
    #[track_caller]
    pub fn min_axis<const A: usize>(&self) -> Tensor<S::Rest>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(min_axis(self.raw(), A))
    }

    /// The greatest values along axis `A`, which stays with size 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<2, 1>> = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [4.0, 3.0]]).max_axis_keep::<1>();
    /// assert_eq!(y.to_vec(), [2.0, 4.0]);
    /// ```
    ///
    /// ***Panics*** if the axis is empty.
    #[inline]
    #[track_caller]
    pub fn max_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&max_axis(self.raw(), A), A))
    }

    /// The smallest values along axis `A`, which stays with size 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<1, 2>> = Tensor::<Rank2<2, 2>>::from([[1.0, 3.0], [4.0, 2.0]]).min_axis_keep::<0>();
    /// assert_eq!(y.to_vec(), [1.0, 2.0]);
    /// ```
    ///
    /// ***Panics*** if the axis is empty.
    #[inline]
    #[track_caller]
    pub fn min_axis_keep<const A: usize>(&self) -> Tensor<S::With<Const<1>>>
    where
        S: Axis<A>,
    {
        Tensor::from_raw(unsqueeze(&min_axis(self.raw(), A), A))
    }
}

/// The greatest of all values; NaN if there is one.
///
/// ***Panics*** if there are no values.
#[track_caller]
pub fn max(x: &Raw) -> Raw {
    max_axis(&reshape(x, &[x.len()]), 0)
}

/// The smallest of all values; NaN if there is one.
///
/// ***Panics*** if there are no values.
#[track_caller]
pub fn min(x: &Raw) -> Raw {
    min_axis(&reshape(x, &[x.len()]), 0)
}

/// The greatest values along an axis, which goes; NaN where there is one.
///
/// ***Panics*** if there is no such axis or if it is empty.
#[track_caller]
pub fn max_axis(x: &Raw, axis: usize) -> Raw {
    picked("max_axis", x, axis, Extreme::Greatest)
}

/// The smallest values along an axis, which goes; NaN where there is one.
///
/// ***Panics*** if there is no such axis or if it is empty.
#[track_caller]
pub fn min_axis(x: &Raw, axis: usize) -> Raw {
    picked("min_axis", x, axis, Extreme::Least)
}

/// The first values along an axis that no other one `wins` over.
#[track_caller]
fn picked(name: &'static str, x: &Raw, axis: usize, extreme: Extreme) -> Raw {
    let (array, sizes) = (x.array().row_major(), x.sizes());
    let blocks = blocks(name, &sizes, axis);
    if let Some(gpu) = cuda::active() {
        let places = gpu.places_of(extreme.name(), &array, blocks);
        let y = gpu.picked(&array, &places, &without(&sizes, axis));
        return Raw::from_op(name, y, &[x], move |gradient, _| {
            let dx = gpu.picked_slope(gradient, 1.0, &places);
            vec![Some(Array::on_gpu(&sizes, Layout::RowMajor, dx))]
        });
    }
    let [_, size, inner] = blocks;
    // Where in the array the values lie that were picked.
    let mut places = positions(name, &array, axis, extreme);
    for (i, place) in places.iter_mut().enumerate() {
        let (outer, column) = (i / inner, i % inner);
        *place = (outer * size + *place) * inner + column;
    }
    let y = places.iter().map(|&place| array.values()[place]).collect();
    Raw::from_op(name, Array::from_vec(&without(&sizes, axis), y), &[x], move |gradient, _| {
        let mut dx = Buffer::full(sizes.iter().product(), 0.0);
        for (&place, &g) in places.iter().zip(gradient.row_major().values()) {
            dx[place] = g;
        }
        vec![Some(Array::new(&sizes, Layout::RowMajor, dx))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::agrees_within;
    use crate::ops::sum;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3, 2], (0..12).map(|i| ((i * 7) % 12) as f32 / 3.0).collect());
        for axis in 0..3 {
            check_gradient(std::slice::from_ref(&x), |x| max_axis(&x[0], axis));
            check_gradient(std::slice::from_ref(&x), |x| min_axis(&x[0], axis));
        }
        check_gradient(std::slice::from_ref(&x), |x| max(&x[0]));
        check_gradient(&[x], |x| min(&x[0]));
    }

    #[test]
    fn the_gradient_goes_to_the_first_of_equal_values() {
        let x = Raw::new(Array::from_vec(&[3], vec![2.0, 5.0, 5.0])).requires_grad();
        assert_eq!(backward(&sum(&max_axis(&x, 0))).of_raw(&x).to_vec(), [0.0, 1.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "max_axis: the axis 1 of the shape [2, 0] has no values")]
    fn nothing_has_no_maximum() {
        max_axis(&Raw::new(Array::full(&[2, 0], 0.0)), 1);
    }

    #[test]
    fn extremes_of_every_shape_are_those_of_the_cpu() {
        // Few different values, so that the first of equal ones matters, and NaN.
        let value = |i: usize| if i % 6173 == 4000 { f32::NAN } else { ((i * 7919) % 101) as f32 };
        for sizes in [[1, 33, 1], [7, 300, 1], [1, 100_000, 1], [3, 70, 5], [1, 5000, 40], [2, 40, 40_000]] {
            let x = Array::from_vec(&sizes, (0..sizes.iter().product()).map(value).collect());
            agrees_within(1e-4, std::slice::from_ref(&x), |x| max_axis(&x[0], 1));
            agrees_within(1e-4, &[x], |x| min_axis(&x[0], 1));
        }
    }
}
