//! `transpose`: rows for columns; `permute`: the axes in another order.

use crate::array::{Array, Layout};
use crate::axes::Matrix;
use crate::cpu::buffer::Buffer;
use crate::cpu::layout;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Rows for columns: `[M, N]` becomes `[N, M]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.transpose().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    #[inline]
    pub fn transpose(&self) -> Tensor<(S::Columns, S::Rows)>
    where
        S: Matrix,
    {
        Tensor::from_raw(transpose(self.raw()))
    }
}

/// Rows for columns.
///
/// ***Panics*** unless `x` has two dimensions.
#[track_caller]
pub fn transpose(x: &Raw) -> Raw {
    assert!(x.sizes().len() == 2, "transpose: expected a matrix, got shape {:?}", x.sizes());
    permute(x, &[1, 0])
}

/// The axes in another order: axis `i` of the result is axis `order[i]` of `x`.
///
/// ***Panics*** unless `order` names every axis once.
#[track_caller]
pub fn permute(x: &Raw, order: &[usize]) -> Raw {
    let rank = x.sizes().len();
    let mut inverse = vec![rank; rank];
    for (to, &from) in order.iter().enumerate() {
        if from < rank {
            inverse[from] = to;
        }
    }
    assert!(
        order.len() == rank && inverse.iter().all(|&to| to < rank),
        "permute: {order:?} is not an order of the axes of shape {:?}",
        x.sizes()
    );
    Raw::from_op("permute", permuted(&x.array(), order), &[x], move |gradient, _| {
        vec![Some(permuted(gradient, &inverse))]
    })
}

fn permuted(x: &Array, order: &[usize]) -> Array {
    let x = x.row_major();
    let from = x.sizes();
    let sizes: Vec<usize> = order.iter().map(|&axis| from[axis]).collect();
    let mut values = Buffer::scratch(x.len());
    if order == [1, 0] {
        layout::transpose(x.values(), &mut values, from[0], from[1]);
    } else {
        let strides: Vec<usize> = order.iter().map(|&axis| from[axis + 1..].iter().product()).collect();
        let mut index = vec![0; sizes.len()];
        for value in values.iter_mut() {
            *value = x.values()[index.iter().zip(&strides).map(|(i, stride)| i * stride).sum::<usize>()];
            // Counts up like an odometer, the last axis fastest.
            for (i, &size) in index.iter_mut().zip(&sizes).rev() {
                *i += 1;
                if *i < size {
                    break;
                }
                *i = 0;
            }
        }
    }
    Array::new(&sizes, Layout::RowMajor, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    fn counting(sizes: &[usize]) -> Array {
        Array::from_vec(sizes, (0..sizes.iter().product()).map(|i: usize| i as f32 / 4.0).collect())
    }

    #[test]
    fn gradient() {
        check_gradient(&[counting(&[2, 3])], |x| transpose(&x[0]));
        check_gradient(&[counting(&[2, 3, 2])], |x| permute(&x[0], &[2, 0, 1]));
    }

    #[test]
    fn axes_change_places() {
        let x = counting(&[20, 35, 3]);
        let y = permute(&Raw::new(x.clone()), &[2, 0, 1]).array();
        assert_eq!(y.sizes(), [3, 20, 35]);
        for (i, j, k) in [(0, 0, 0), (2, 19, 34), (1, 7, 30)] {
            assert_eq!(y.values()[(i * 20 + j) * 35 + k], x.values()[(j * 35 + k) * 3 + i]);
        }
    }

    #[test]
    #[should_panic(expected = "permute: [0, 0] is not an order of the axes of shape [2, 3]")]
    fn every_axis_is_named_once() {
        permute(&Raw::new(counting(&[2, 3])), &[0, 0]);
    }
}
