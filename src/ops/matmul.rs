//! `matmul`: the product of two matrices, or of two batches of them.

use super::{reshape, squeeze, unsqueeze};
use crate::array::{Array, Layout};
use crate::axes::Product;
use crate::compute::{self, Matrix};
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{self, gemm};
use crate::cpu::threads;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The matrix product: `[M, K]` times `[K, N]` is `[M, N]`. With one or two axes in front, such as batch and heads,
    /// a product for each of them: `[B, M, K]` times `[B, K, N]` is `[B, M, N]`; a matrix on the right is the same for
    /// all. A vector is a row on the left, a column on the right, and the result has no axis for it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank2<1, 2>>::from([[1.0, 2.0]]);
    /// let b = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let c: Tensor<Rank2<1, 3>> = a.matmul(&b);
    /// assert_eq!(c.to_vec(), [9.0, 12.0, 15.0]);
    ///
    /// let batch: Tensor<Rank3<2, 1, 1>> = Tensor::from([[[1.0, 2.0]], [[3.0, 4.0]]])
    ///     .matmul(&Tensor::from([[[1.0], [1.0]], [[2.0], [0.0]]]));
    /// assert_eq!(batch.to_vec(), [3.0, 6.0]);
    ///
    /// let v = Tensor::<Rank1<2>>::from([3.0, 4.0]);
    /// assert_eq!(v.matmul(&v).item(), 25.0);
    /// ```
    ///
    /// ***Panics*** if the inner sizes, or those in front, differ; when they are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn matmul<R: Shape>(&self, other: &Tensor<R>) -> Tensor<S::Of>
    where
        S: Product<R>,
    {
        const { <S as Product<R>>::FITS }
        Tensor::from_raw(matmul(self.raw(), other.raw()))
    }
}

/// The matrix product of `[.., m, k]` and `[.., k, n]` with the same sizes in front, or of `[.., m, k]` and `[k, n]`. A
/// vector is a row on the left, a column on the right.
///
/// ***Panics*** unless both have at least one dimension, and inner sizes and those in front agree.
#[track_caller]
pub fn matmul(a: &Raw, b: &Raw) -> Raw {
    let (left, right) = (a.sizes(), b.sizes());
    if left.len() == 1 && !right.is_empty() {
        let product = matmul(&unsqueeze(a, 0), b);
        let row = product.sizes().len() - if right.len() == 1 { 1 } else { 2 };
        return squeeze(&product, row);
    }
    if right.len() == 1 {
        return squeeze(&matmul(a, &unsqueeze(b, 1)), left.len() - 1);
    }
    let ([front @ .., m, k], [front2 @ .., k2, n]) = (&left[..], &right[..]) else {
        panic!("matmul: expected matrices, got the shapes {left:?} and {right:?}")
    };
    assert!(k == k2, "matmul: the inner sizes differ: {k} and {k2}, of {left:?} and {right:?}");
    let sizes = [*m, *k, *n];
    match (front, front2) {
        ([], []) => of_matrices(a, b, sizes),
        // One matrix on the right: all rows on the left are one long matrix.
        (_, []) => {
            let rows = front.iter().product::<usize>() * m;
            let product = of_matrices(&reshape(a, &[rows, *k]), b, [rows, *k, *n]);
            reshape(&product, &[front, &[*m, *n]].concat())
        }
        _ => {
            assert!(
                front == front2,
                "matmul: the sizes in front of the matrices differ: {front:?} and {front2:?}, of {left:?} and {right:?}"
            );
            of_batches(a, b, front, sizes)
        }
    }
}

fn of_matrices(a: &Raw, b: &Raw, [m, k, n]: [usize; 3]) -> Raw {
    let (left, right) = (a.kept().for_product(), b.kept().for_product());
    let product = compute::product([m, k, n], Matrix::new(&left.array(), k), Matrix::new(&right.array(), n));
    Raw::from_product("matmul", product, &[a, b], move |gradient, wanted| {
        // C = A B: dA = dC Bᵀ, dB = Aᵀ dC.
        let of_a =
            || compute::product([m, n, k], Matrix::new(gradient, n), Matrix::transposed(&right.array(), n));
        let of_b =
            || compute::product([k, m, n], Matrix::transposed(&left.array(), k), Matrix::new(gradient, n));
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// The products of as many pairs of matrices as the sizes in front say.
fn of_batches(a: &Raw, b: &Raw, front: &[usize], [m, k, n]: [usize; 3]) -> Raw {
    let [left, right] = [a, b].map(|x| x.kept().in_layout(Layout::RowMajor).for_product());
    let count = front.iter().product();
    let sizes = |rows: usize, columns: usize| [front, &[rows, columns]].concat();
    let (of_left, of_right) = (sizes(m, k), sizes(k, n));
    let (x, y) = (left.array(), right.array());
    let product = products(&sizes(m, n), count, [m, k, n], Matrix::new(&x, k), Matrix::new(&y, n));
    Raw::from_product("matmul", product, &[a, b], move |gradient, wanted| {
        let gradient = gradient.row_major();
        let g = Matrix::new(&gradient, n);
        let of_a = || products(&of_left, count, [m, n, k], g, Matrix::transposed(&right.array(), n));
        let of_b = || products(&of_right, count, [k, m, n], Matrix::transposed(&left.array(), k), g);
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// An array of the given sizes: the product of each pair of matrices of `m x k` and `k x n`.
fn products(result: &[usize], count: usize, sizes: [usize; 3], a: Matrix, b: Matrix) -> Array {
    compute::products(result, count, sizes, a, b, |a, b| products_on_cpu(count, sizes, a, b))
}

/// The products of pairs of matrices one after the other, of which the first are given.
fn products_on_cpu(count: usize, [m, k, n]: [usize; 3], a: gemm::Matrix, b: gemm::Matrix) -> Buffer {
    /// Multiplications below which a second thread does not pay.
    const PARALLEL: usize = 64 * 1024;
    let mut values = Buffer::full(count * m * n, 0.0);
    let size = m * n;
    if m * k * n == 0 {
        return values;
    }
    fn one_of(all: gemm::Matrix, number: usize, size: usize) -> gemm::Matrix {
        gemm::Matrix { values: &all.values[number * size..][..size], ..all }
    }
    let one = |(number, c): (usize, &mut [f32])| {
        gemm([m, k, n], one_of(a, number, m * k), one_of(b, number, k * n), None, c);
    };
    if count * m * k * n < PARALLEL {
        values.chunks_exact_mut(size).enumerate().for_each(one);
    } else {
        let at_a_time = PARALLEL.div_ceil(m * k * n);
        threads::chunks_mut(&mut values, at_a_time * size, |number, products| {
            let products = products.chunks_exact_mut(size).enumerate();
            products.for_each(|(i, c)| one((number * at_a_time + i, c)));
        });
    }
    values
}

/// The two sizes of a matrix.
#[track_caller]
pub(crate) fn matrix_sizes(operation: &str, x: &Raw) -> [usize; 2] {
    match *x.sizes() {
        [rows, columns] => [rows, columns],
        ref other => panic!("{operation}: expected a matrix, got shape {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 3], vec![1.0, -2.0, 0.5, 0.3, 0.0, 1.5]);
        let b = Array::from_vec(&[3, 2], vec![0.7, 1.0, -1.0, 2.0, 0.1, -0.4]);
        check_gradient(&[a, b], |x| matmul(&x[0], &x[1]));
    }

    fn counting(sizes: &[usize]) -> Array {
        let values = (0..sizes.iter().product::<usize>()).map(|i| ((i * 7) % 11) as f32 / 4.0 - 1.0);
        Array::from_vec(sizes, values.collect())
    }

    #[test]
    fn gradient_of_batches() {
        check_gradient(&[counting(&[2, 2, 3]), counting(&[2, 3, 2])], |x| matmul(&x[0], &x[1]));
        check_gradient(&[counting(&[2, 1, 2, 3]), counting(&[2, 1, 3, 1])], |x| matmul(&x[0], &x[1]));
        check_gradient(&[counting(&[2, 2, 3]), counting(&[3, 2])], |x| matmul(&x[0], &x[1]));
    }

    #[test]
    fn gradient_of_vectors() {
        check_gradient(&[counting(&[3]), counting(&[3])], |x| matmul(&x[0], &x[1]));
        check_gradient(&[counting(&[3]), counting(&[3, 2])], |x| matmul(&x[0], &x[1]));
        check_gradient(&[counting(&[2, 2, 3]), counting(&[3])], |x| matmul(&x[0], &x[1]));
    }

    #[test]
    fn every_device_multiplies_as_the_cpu_does() {
        let shapes: [[&[usize]; 2]; 8] = [
            [&[37, 19], &[19, 70]],
            [&[130, 300], &[300, 3]],
            [&[2, 600], &[600, 41]],
            [&[33], &[33, 5]],
            [&[5, 6, 7], &[7]],
            [&[2, 3, 9, 8], &[2, 3, 8, 11]],
            [&[3, 1, 20], &[3, 20, 6]],
            [&[2, 0, 3], &[2, 3, 1]],
        ];
        for shapes in shapes {
            agrees_within(1e-4, &shapes.map(counting), |x| matmul(&x[0], &x[1]));
        }
    }

    #[test]
    fn a_batch_is_the_products_of_its_matrices() {
        let (a, b) = (Raw::new(counting(&[30, 17, 19])), Raw::new(counting(&[30, 19, 13])));
        let all = matmul(&a, &b);
        assert_eq!(all.sizes(), [30, 17, 13]);
        for i in [0, 7, 29] {
            let one = matmul(&crate::ops::select(&a, 0, i), &crate::ops::select(&b, 0, i));
            assert_eq!(crate::ops::select(&all, 0, i).to_vec(), one.to_vec());
        }
    }

    #[test]
    fn without_inner_size_the_product_is_zero() {
        let product = matmul(&Raw::new(counting(&[2, 3, 0])), &Raw::new(counting(&[2, 0, 1])));
        assert_eq!(product.to_vec(), [0.0; 6]);
    }

    #[test]
    #[should_panic(expected = "matmul: the sizes in front of the matrices differ: [2] and [3]")]
    fn batches_are_as_many() {
        matmul(&Raw::new(counting(&[2, 1, 1])), &Raw::new(counting(&[3, 1, 1])));
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
