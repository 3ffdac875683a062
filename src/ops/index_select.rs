//! `index_select`: the places along an axis that a list names.

use super::axis::{around, with};
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::cpu::buffer::Buffer;
use crate::cuda::{self, Memory};
use crate::dtype::{Dtype, Indices, Stored};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// The places along axis `A` that `indices` names, in its order; a place may be named many times, and its gradients
    /// are then added up. With the axis 0 it picks rows, such as those of an embedding.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<3, 2>>::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let rows: Tensor<(usize, Const<2>)> = x.index_select::<0>(&[2, 0]);
    /// assert_eq!(rows.to_vec(), [5.0, 6.0, 1.0, 2.0]);
    /// ```
    ///
    /// ***Panics*** if the axis has no such place.
    #[inline]
    #[track_caller]
    pub fn index_select<const A: usize>(&self, indices: &(impl Indices + ?Sized)) -> Tensor<S::With<usize>, E>
    where
        S: Axis<A>,
    {
        Tensor::from_stored(self.stored().index_select(A, &indices.indices()))
    }
}

/// The places along an axis that `indices` names.
///
/// ***Panics*** if there is no such axis or place.
#[track_caller]
pub fn index_select(x: &Raw, axis: usize, indices: &[usize]) -> Raw {
    let sizes = x.sizes();
    let [outer, size, inner] = blocks(&sizes, axis, indices);
    let array = x.array().row_major();
    if let Some(gpu) = cuda::active() {
        let blocks = [outer, size, inner];
        let picked = gpu.pick(&array.memory(gpu), blocks, indices);
        let y = Array::on_gpu(&with(&sizes, axis, indices.len()), Layout::RowMajor, picked);
        let indices = indices.to_vec();
        return Raw::from_op("index_select", y, &[x], move |gradient, _| {
            let dx = Memory::zeros(gpu, outer * size * inner);
            gpu.add_picked(&gradient.row_major().memory(gpu), blocks, &indices, None, &dx);
            vec![Some(Array::on_gpu(&sizes, Layout::RowMajor, dx))]
        });
    }
    let mut values = Buffer::scratch(outer * indices.len() * inner);
    let blocks = array.values().chunks_exact((size * inner).max(1));
    for (to, from) in values.chunks_exact_mut((indices.len() * inner).max(1)).zip(blocks) {
        for (to, &index) in to.chunks_exact_mut(inner).zip(indices) {
            to.copy_from_slice(&from[index * inner..][..inner]);
        }
    }
    let y = Array::new(&with(&sizes, axis, indices.len()), Layout::RowMajor, values);
    let indices = indices.to_vec();
    Raw::from_op("index_select", y, &[x], move |gradient, _| {
        let gradient = gradient.row_major();
        let mut dx = Buffer::full(outer * size * inner, 0.0);
        let blocks = gradient.values().chunks_exact((indices.len() * inner).max(1));
        for (to, from) in dx.chunks_exact_mut((size * inner).max(1)).zip(blocks) {
            for (from, &index) in from.chunks_exact(inner).zip(&indices) {
                let to = &mut to[index * inner..][..inner];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
        }
        vec![Some(Array::new(&sizes, Layout::RowMajor, dx))]
    })
}

/// What [`around`] says of an axis that has all these places.
#[track_caller]
pub(crate) fn blocks(sizes: &[usize], axis: usize, indices: &[usize]) -> [usize; 3] {
    let [outer, size, inner] = around("index_select", sizes, axis);
    if let Some(index) = indices.iter().find(|&&index| index >= size) {
        panic!("index_select: axis {axis} has no place {index}, its size is {size}");
    }
    [outer, size, inner]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[3, 2], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| index_select(&x[0], 0, &[2, 0, 2, 2]));
        check_gradient(&[x], |x| index_select(&x[0], 1, &[1]));
    }

    #[test]
    #[should_panic(expected = "index_select: axis 1 has no place 2, its size is 2")]
    fn a_place_must_exist() {
        index_select(&Raw::new(Array::full(&[3, 2], 0.0)), 1, &[0, 2]);
    }

    #[test]
    fn rows_of_several_blocks_agree_on_every_device() {
        for inner in [1, 3, 4] {
            let indices: Vec<usize> = (0..300).map(|i| i * i % 7).collect();
            agrees_with_the_cpu(&[scattered(&[5, 7, inner])], |x| index_select(&x[0], 1, &indices));
        }
    }
}
