//! `topk`: the greatest values of every row, and where they are.

use super::axis::with;
use super::gather;
use super::sort::compare;
use crate::axes::LastAxis;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, DYN, Dim, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The `K` greatest values along the last axis, the greatest first, and their positions there in row-major order.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 3>>::from([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]]);
    /// let (best, classes): (Tensor<Rank2<2, 2>>, _) = scores.topk::<2>();
    /// assert_eq!(best.to_vec(), [0.7, 0.2, 0.5, 0.4]);
    /// assert_eq!(classes, [1, 2, 0, 2]);
    /// ```
    ///
    /// ***Panics*** if the last axis has fewer than `K` values; when its size is known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn topk<const K: usize>(&self) -> (Tensor<S::WithLast<Const<K>>>, Vec<usize>)
    where
        S: LastAxis,
    {
        const { fits(K, <S::Last>::SIZE) }
        let (values, positions) = topk(self.raw(), K);
        (Tensor::from_raw(values), positions)
    }
}

#[track_caller]
const fn fits(k: usize, size: usize) {
    if size != DYN && k > size {
        let msg = crate::say::Msg::new().s("topk: there are no ").u(k).s(" greatest values among ").u(size);
        panic!("{}", msg.as_str())
    }
}

/// The `k` greatest values along the last axis, the greatest first, and their positions; of equal ones the first comes
/// first, and a NaN counts as the greatest.
///
/// ***Panics*** if `x` is a scalar or has fewer values along the last axis.
#[track_caller]
pub fn topk(x: &Raw, k: usize) -> (Raw, Vec<usize>) {
    let sizes = x.sizes();
    let &last = sizes.last().expect("topk: a scalar has no last axis");
    fits(k, last);
    let axis = sizes.len() - 1;
    let positions = positions(x, last, k);
    (gather(x, axis, &positions, &with(&sizes, axis, k)), positions)
}

fn positions(x: &Raw, last: usize, k: usize) -> Vec<usize> {
    if let Some(gpu) = cuda::active() {
        return gpu.order(&x.array(), k, true);
    }
    let array = x.array().row_major();
    let mut positions = Vec::with_capacity(array.len() / last.max(1) * k);
    let mut order: Vec<usize> = Vec::with_capacity(last);
    for row in array.values().chunks_exact(last.max(1)) {
        order.clear();
        order.extend(0..last);
        let greater = |&a: &usize, &b: &usize| compare(row[b], row[a]).then(a.cmp(&b));
        if k > 0 && k < last {
            order.select_nth_unstable_by(k - 1, greater);
        }
        order[..k].sort_unstable_by(greater);
        positions.extend_from_slice(&order[..k]);
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 4], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5, 0.7, 9.0]);
        check_gradient(&[x], |x| topk(&x[0], 3).0);
    }

    #[test]
    fn equal_values_keep_their_order_and_nan_comes_first() {
        let x = Raw::new(Array::from_vec(&[5], vec![1.0, 2.0, f32::NAN, 2.0, 3.0]));
        assert_eq!(topk(&x, 4).1, [2, 4, 1, 3]);
        assert_eq!(topk(&x, 0).1, [0; 0]);
    }

    #[test]
    #[should_panic(expected = "topk: there are no 4 greatest values among 3")]
    fn there_must_be_as_many() {
        topk(&Raw::new(Array::full(&[2, 3], 0.0)), 4);
    }
}
