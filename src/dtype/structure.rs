//! What moves values of any element type about: the same checks and walks as the operations of the same names on `f32`,
//! in `ops/`, without gradients.

use super::{Dtype, Values};
use crate::cpu::strided;
use crate::ops::axis::{around, with};
use crate::ops::{
    broadcast, cat as joined, gather as picked, index_select as selected, slice as cuts, transpose,
};

#[track_caller]
pub(super) fn reshape<E: Dtype>(x: &Values<E>, sizes: &[usize]) -> Values<E> {
    let (from, to) = (x.as_slice().len(), sizes.iter().product::<usize>());
    assert!(from == to, "reshape: {:?} has {from} values, {sizes:?} has {to}", x.sizes());
    Values::new(sizes, x.as_slice().to_vec())
}

#[track_caller]
pub(super) fn permute<E: Dtype>(x: &Values<E>, order: &[usize]) -> Values<E> {
    transpose::inverse(order, x.sizes());
    let strides = strided::row_major(x.sizes());
    let sizes: Vec<usize> = order.iter().map(|&axis| x.sizes()[axis]).collect();
    let strides: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
    read(x, 0, &sizes, &strides)
}

#[track_caller]
pub(super) fn slice<E: Dtype>(x: &Values<E>, axis: usize, start: usize, len: usize) -> Values<E> {
    let [_, size, _] = around("slice", x.sizes(), axis);
    cuts::in_range("slice", axis, size, start, len);
    let strides = strided::row_major(x.sizes());
    read(x, start * strides[axis], &with(x.sizes(), axis, len), &strides)
}

#[track_caller]
pub(super) fn broadcast_to<E: Dtype>(x: &Values<E>, sizes: &[usize]) -> Values<E> {
    read(x, 0, sizes, &broadcast::strides(x.sizes(), sizes))
}

#[track_caller]
pub(super) fn index_select<E: Dtype>(x: &Values<E>, axis: usize, indices: &[usize]) -> Values<E> {
    let [outer, size, inner] = selected::blocks(x.sizes(), axis, indices);
    let mut values = Vec::with_capacity(outer * indices.len() * inner);
    for block in x.as_slice().chunks_exact((size * inner).max(1)) {
        indices.iter().for_each(|&index| values.extend_from_slice(&block[index * inner..][..inner]));
    }
    Values::new(&with(x.sizes(), axis, indices.len()), values)
}

#[track_caller]
pub(super) fn gather<E: Dtype>(x: &Values<E>, axis: usize, indices: &[usize], sizes: &[usize]) -> Values<E> {
    let places = picked::places("gather", x.sizes(), axis, indices, sizes);
    Values::new(sizes, places.into_iter().map(|place| x.as_slice()[place]).collect())
}

#[track_caller]
pub(super) fn cat<E: Dtype>(parts: &[Values<E>], axis: usize) -> Values<E> {
    let sizes: Vec<&[usize]> = parts.iter().map(Values::sizes).collect();
    let along = joined::along(&sizes, axis);
    let [outer, _, inner] = around("cat", sizes[0], axis);
    let mut values = Vec::new();
    for block in 0..outer {
        for (part, size) in parts.iter().zip(&along) {
            let len = size * inner;
            values.extend_from_slice(&part.as_slice()[block * len..][..len]);
        }
    }
    Values::new(&with(sizes[0], axis, along.iter().sum()), values)
}

fn read<E: Dtype>(x: &Values<E>, start: usize, sizes: &[usize], strides: &[usize]) -> Values<E> {
    let mut values = vec![E::ZERO; sizes.iter().product()];
    strided::read_into(x.as_slice(), start, sizes, strides, &mut values);
    Values::new(sizes, values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Stored, Values};
    use crate::array::Array;
    use crate::raw::Raw;

    proptest! {
        /// Whole numbers moved about as `i64` and as `f32` are the same.
        #[test]
        fn every_type_is_moved_about_as_f32_is(
            sizes in prop::collection::vec(1usize..4, 3),
            seed in 0usize..1000,
        ) {
            let len: usize = sizes.iter().product();
            let ints = Values::new(&sizes, (0..len as i64).collect());
            let floats = Raw::new(Array::from_vec(&sizes, (0..len).map(|i| i as f32).collect()));
            let order = [[0, 1, 2], [2, 0, 1], [1, 0, 2], [2, 1, 0]][seed % 4];
            let axis = seed % 3;
            let indices: Vec<usize> = (0..4).map(|i| (seed + i) % sizes[axis]).collect();
            let start = seed % sizes[axis];
            let wide = [&[2][..], &sizes].concat();
            let pairs = [
                (ints.permute(&order), floats.permute(&order)),
                (ints.slice(axis, start, sizes[axis] - start), floats.slice(axis, start, sizes[axis] - start)),
                (ints.index_select(axis, &indices), floats.index_select(axis, &indices)),
                (ints.broadcast_to(&wide), floats.broadcast_to(&wide)),
                (ints.reshape(&[len]), floats.reshape(&[len])),
                (Values::cat(&[ints.clone(), ints.clone()], axis), Raw::cat(&[floats.clone(), floats.clone()], axis)),
                (ints.gather(axis, &vec![start; len], &sizes), floats.gather(axis, &vec![start; len], &sizes)),
            ];
            for (ints, floats) in pairs {
                prop_assert_eq!(ints.sizes(), &floats.sizes()[..]);
                let theirs: Vec<i64> = floats.to_vec().into_iter().map(|value| value as i64).collect();
                prop_assert_eq!(ints.to_vec(), theirs);
            }
        }
    }

    #[test]
    #[should_panic(expected = "index_select: axis 0 has no place 2, its size is 2")]
    fn a_place_must_exist() {
        Values::new(&[2], vec![true, false]).index_select(0, &[2]);
    }

    #[test]
    #[should_panic(expected = "cat: the shapes [2] and [1, 1] differ not only along axis 0")]
    fn only_shapes_that_fit_are_joined() {
        Values::cat(&[Values::new(&[2], vec![1i64, 2]), Values::new(&[1, 1], vec![3])], 0);
    }
}
