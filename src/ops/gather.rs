//! `gather`: values picked one by one along an axis; `scatter_add`: the way back.

use super::axis::around;
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::compute;
use crate::cpu::buffer::Buffer;
use crate::cpu::strided;
use crate::cuda;
use crate::dtype::{Dtype, Indices, Stored};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// A value along axis `A` for every index: for the axis 1 of a matrix, `y[i][j] = x[i][index[i][j]]`. The indices
    /// are in row-major order, `R` is their shape; along the other axes it is at most as large as this one.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let of_labels: Tensor<Rank2<2, 1>> = scores.gather::<1, _>(&[2, 0]);
    /// assert_eq!(of_labels.to_vec(), [3.0, 4.0]);
    /// ```
    ///
    /// ***Panics*** if there are not as many indices as `R` says, or one is past the end of the axis.
    #[inline]
    #[track_caller]
    pub fn gather<const A: usize, R: Axis<A>>(&self, indices: &(impl Indices + ?Sized)) -> Tensor<R, E>
    where
        S: Axis<A>,
    {
        let indices = indices.indices();
        let sizes = crate::tensor::sizes_for(indices.len(), &R::DIMS[..R::RANK]);
        Tensor::from_stored(self.stored().gather(A, &indices, &sizes))
    }
}

impl<S: Shape> Tensor<S> {
    /// This tensor with the values of `source` added where `indices` says: for the axis 1 of a matrix,
    /// `y[i][index[i][j]] += source[i][j]`. There is an index for every value of `source`, in row-major order.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let counts = Tensor::<Rank1<3>>::zeros().scatter_add::<0, _>(&[2, 0, 2], &Tensor::<Rank1<3>>::ones());
    /// assert_eq!(counts.to_vec(), [1.0, 0.0, 2.0]);
    /// ```
    ///
    /// ***Panics*** if there are not as many indices as values, or one is past the end of the axis.
    #[inline]
    #[track_caller]
    pub fn scatter_add<const A: usize, R: Axis<A>>(
        &self,
        indices: &(impl Indices + ?Sized),
        source: &Tensor<R>,
    ) -> Self
    where
        S: Axis<A>,
    {
        Tensor::from_raw(scatter_add(self.raw(), A, &indices.indices(), source.raw()))
    }
}

/// A value along an axis for every index; `sizes` is the shape of the indices.
///
/// ***Panics*** if there is no such axis, the indices are not as many as `sizes` says, one is past the end of the axis,
/// or another axis is larger than in `x`.
#[track_caller]
pub fn gather(x: &Raw, axis: usize, indices: &[usize], sizes: &[usize]) -> Raw {
    let places = places("gather", &x.sizes(), axis, indices, sizes);
    let y = picked(&x.array(), &places, sizes);
    let from = x.sizes();
    Raw::from_op("gather", y, &[x], move |gradient, _| {
        let zeros = compute::filled(&from, Layout::RowMajor, &Array::full(&[], 0.0));
        vec![Some(added(zeros, &places, gradient))]
    })
}

/// `x` with the values of `source` added where `indices` says.
///
/// ***Panics*** as [`gather`] does.
#[track_caller]
pub fn scatter_add(x: &Raw, axis: usize, indices: &[usize], source: &Raw) -> Raw {
    let sizes = source.sizes();
    let places = places("scatter_add", &x.sizes(), axis, indices, &sizes);
    let y = added(x.array().row_major(), &places, &source.array());
    Raw::from_op("scatter_add", y, &[x, source], move |gradient, wanted| {
        vec![Some(gradient.clone()), wanted[1].then(|| picked(gradient, &places, &sizes))]
    })
}

fn picked(x: &Array, places: &[usize], sizes: &[usize]) -> Array {
    let x = x.row_major();
    if let Some(gpu) = cuda::active() {
        let picked = gpu.pick(&x.memory(gpu), [1, x.len(), 1], places);
        return Array::on_gpu(sizes, Layout::RowMajor, picked);
    }
    let mut values = Buffer::scratch(places.len());
    values.iter_mut().zip(places).for_each(|(value, &place)| *value = x.values()[place]);
    Array::new(sizes, Layout::RowMajor, values)
}

fn added(mut sum: Array, places: &[usize], part: &Array) -> Array {
    if let Some(gpu) = cuda::active() {
        let shape = [1, sum.len(), 1];
        gpu.add_picked(&part.row_major().memory(gpu), shape, places, None, &sum.memory_mut(gpu));
        return sum;
    }
    let (part, values) = (part.row_major(), sum.values_mut());
    places.iter().zip(part.values()).for_each(|(&place, value)| values[place] += value);
    sum
}

/// Where in a row-major array of sizes `from` each index points.
#[track_caller]
pub(crate) fn places(
    operation: &str,
    from: &[usize],
    axis: usize,
    indices: &[usize],
    sizes: &[usize],
) -> Vec<usize> {
    let [_, size, inner] = around(operation, from, axis);
    let fits = |(i, (&index, &own)): (usize, (&usize, &usize))| i == axis || index <= own;
    assert!(
        sizes.len() == from.len() && sizes.iter().zip(from).enumerate().all(fits),
        "{operation}: indices of shape {sizes:?} do not fit a tensor of shape {from:?} along axis {axis}"
    );
    let len: usize = sizes.iter().product();
    assert!(
        indices.len() == len,
        "{operation}: the shape {sizes:?} has {len} values, there are {} indices",
        indices.len()
    );
    if let Some(index) = indices.iter().find(|&&index| index >= size) {
        panic!("{operation}: axis {axis} has no place {index}, its size is {size}");
    }
    let strides = strided::row_major(from);
    let mut at = vec![0; sizes.len()];
    let mut places = Vec::with_capacity(len);
    for index in indices {
        let beside = at.iter().zip(&strides).enumerate().filter(|&(i, _)| i != axis);
        places.push(index * inner + beside.map(|(_, (at, stride))| at * stride).sum::<usize>());
        // Counts up like an odometer, the last axis fastest.
        for (at, &size) in at.iter_mut().zip(sizes).rev() {
            *at += 1;
            if *at < size {
                break;
            }
            *at = 0;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| gather(&x[0], 1, &[2, 2, 0, 1], &[2, 2]));
        check_gradient(std::slice::from_ref(&x), |x| gather(&x[0], 0, &[1, 0, 1], &[1, 3]));
        let source = Array::from_vec(&[2, 2], vec![0.5, -1.0, 2.0, 0.0]);
        check_gradient(&[x, source], |x| scatter_add(&x[0], 1, &[2, 2, 0, 1], &x[1]));
    }

    #[test]
    #[should_panic(expected = "gather: axis 1 has no place 3, its size is 3")]
    fn a_place_must_exist() {
        Tensor::<crate::Rank2<2, 3>>::zeros().gather::<1, crate::Rank2<2, 1>>(&[0, 3]);
    }

    #[test]
    #[should_panic(
        expected = "gather: indices of shape [3, 1] do not fit a tensor of shape [2, 3] along axis 1"
    )]
    fn the_other_axes_are_no_larger() {
        Tensor::<crate::Rank2<2, 3>>::zeros().gather::<1, crate::Rank2<3, 1>>(&[0, 1, 2]);
    }

    #[test]
    fn values_picked_often_agree_on_every_device() {
        let indices: Vec<usize> = (0..600).map(|i| i % 5 * (i % 2)).collect();
        agrees_with_the_cpu(&[scattered(&[3, 9])], |x| gather(&x[0], 1, &indices, &[3, 200]));
        agrees_with_the_cpu(&[scattered(&[3, 9]), scattered(&[2, 300])], |x| {
            scatter_add(&x[0], 1, &indices, &x[1])
        });
    }
}
