//! `matmul`: the product of two matrices.

use crate::array::{Array, Layout};
use crate::axes::Matrix;
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{self, gemm};
use crate::raw::Raw;
use crate::shape::{Dim, Fits, Shape, same_size};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The matrix product: `[M, K]` times `[K, N]` is `[M, N]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank2<1, 2>>::from([[1.0, 2.0]]);
    /// let b = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let c: Tensor<Rank2<1, 3>> = a.matmul(&b);
    /// assert_eq!(c.to_vec(), [9.0, 12.0, 15.0]);
    /// ```
    ///
    /// ***Panics*** if the inner sizes differ; when both are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn matmul<R>(&self, other: &Tensor<R>) -> Tensor<(S::Rows, R::Columns)>
    where
        S: Matrix,
        R: Matrix,
        S::Columns: Fits<R::Rows>,
    {
        const { same_size("matmul", "the inner sizes", <S::Columns>::SIZE, <R::Rows>::SIZE) }
        Tensor::from_raw(matmul(self.raw(), other.raw()))
    }
}

/// The matrix product of `[m, k]` and `[k, n]`.
///
/// ***Panics*** unless both are matrices whose inner sizes agree.
#[track_caller]
pub fn matmul(a: &Raw, b: &Raw) -> Raw {
    let ([m, k], [k2, n]) = (matrix_sizes("matmul", a), matrix_sizes("matmul", b));
    assert!(k == k2, "matmul: the inner sizes differ: {k} and {k2}, of {:?} and {:?}", a.sizes(), b.sizes());
    let (left, right) = (a.array(), b.array());
    let product = product([m, k, n], rows(&left, k), rows(&right, n), None);
    Raw::from_op("matmul", product, &[a, b], move |gradient, wanted| {
        // C = A B: dA = dC Bᵀ, dB = Aᵀ dC.
        let of_a = || product_of([m, n, k], rows(gradient, n), columns(&right, n));
        let of_b = || product_of([k, m, n], columns(&left, k), rows(gradient, n));
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// The two sizes of a matrix.
#[track_caller]
pub(crate) fn matrix_sizes(operation: &str, x: &Raw) -> [usize; 2] {
    match *x.sizes() {
        [rows, columns] => [rows, columns],
        ref other => panic!("{operation}: expected a matrix, got shape {other:?}"),
    }
}

/// A row-major matrix as it lies.
pub(super) fn rows(x: &Array, columns: usize) -> gemm::Matrix<'_> {
    gemm::Matrix::new(x.values(), columns)
}

/// The transpose of a row-major matrix of so many columns.
pub(super) fn columns(x: &Array, columns: usize) -> gemm::Matrix<'_> {
    gemm::Matrix::transposed(x.values(), columns)
}

/// `a b + bias` for matrices of `m x k` and `k x n`.
pub(super) fn product(sizes: [usize; 3], a: gemm::Matrix, b: gemm::Matrix, bias: Option<&[f32]>) -> Array {
    let [m, _, n] = sizes;
    let mut values = Buffer::scratch(m * n);
    gemm(sizes, a, b, bias, &mut values);
    Array::new(&[m, n], Layout::RowMajor, values)
}

fn product_of(sizes: [usize; 3], a: gemm::Matrix, b: gemm::Matrix) -> Array {
    product(sizes, a, b, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 3], vec![1.0, -2.0, 0.5, 0.3, 0.0, 1.5]);
        let b = Array::from_vec(&[3, 2], vec![0.7, 1.0, -1.0, 2.0, 0.1, -0.4]);
        check_gradient(&[a, b], |x| matmul(&x[0], &x[1]));
    }

    #[test]
    fn symbolic_sizes_meet_literal_ones() {
        let a = Tensor::<(usize, crate::Const<2>)>::from_vec(vec![1.0, 2.0, 3.0, 4.0]);
        let b = Tensor::<crate::Rank2<2, 1>>::from([[1.0], [1.0]]);
        assert_eq!(a.matmul(&b).to_vec(), [3.0, 7.0]);
    }

    #[test]
    #[should_panic(expected = "matmul: the inner sizes differ: 2 and 3, of [2, 2] and [3, 1]")]
    fn inner_sizes_must_agree() {
        let a = Tensor::<(usize, usize)>::from_raw(Raw::new(Array::full(&[2, 2], 1.0)));
        let b = Tensor::<(usize, usize)>::from_raw(Raw::new(Array::full(&[3, 1], 1.0)));
        a.matmul(&b);
    }
}
