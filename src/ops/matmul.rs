//! `matmul`: the product of two matrices, or of two batches of them.

use super::{reshape, squeeze, unsqueeze};
use crate::array::{Array, Finish, Layout};
use crate::axes::Product;
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{self, finished_gemm, gemm};
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
    let product = product([m, k, n], rows(&left.array(), k), rows(&right.array(), n), None);
    Raw::from_product("matmul", product, &[a, b], move |gradient, wanted| {
        // C = A B: dA = dC Bᵀ, dB = Aᵀ dC.
        let of_a = || product_of([m, n, k], rows(gradient, n), columns(&right.array(), n));
        let of_b = || product_of([k, m, n], columns(&left.array(), k), rows(gradient, n));
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// The products of as many pairs of matrices as the sizes in front say.
fn of_batches(a: &Raw, b: &Raw, front: &[usize], [m, k, n]: [usize; 3]) -> Raw {
    let [left, right] = [a, b].map(|x| x.kept().in_layout(Layout::RowMajor).for_product());
    let left_batch = move || Batch { array: left.array(), rows: m, columns: k };
    let right_batch = move || Batch { array: right.array(), rows: k, columns: n };
    let count = front.iter().product();
    let values = products(count, [m, k, n], (&left_batch(), false), (&right_batch(), false));
    let sizes = |rows: usize, columns: usize| [front, &[rows, columns]].concat();
    let (of_left, of_right) = (sizes(m, k), sizes(k, n));
    let product = Array::new(&sizes(m, n), Layout::RowMajor, values);
    Raw::from_product("matmul", product, &[a, b], move |gradient, wanted| {
        let g = Batch { array: gradient.row_major(), rows: m, columns: n };
        let of_a = || {
            let values = products(count, [m, n, k], (&g, false), (&right_batch(), true));
            Array::new(&of_left, Layout::RowMajor, values)
        };
        let of_b = || {
            let values = products(count, [k, m, n], (&left_batch(), true), (&g, false));
            Array::new(&of_right, Layout::RowMajor, values)
        };
        vec![wanted[0].then(of_a), wanted[1].then(of_b)]
    })
}

/// Row-major matrices one after the other.
struct Batch {
    array: Array,
    rows: usize,
    columns: usize,
}

impl Batch {
    /// How many values a matrix has; 1 if it has none, because iterators over chunks ask for that.
    fn step(&self) -> usize {
        (self.rows * self.columns).max(1)
    }
}

/// The product of each pair of matrices of `m x k` and `k x n`, which are the transposes of those in memory if so said.
fn products(
    count: usize,
    [m, k, n]: [usize; 3],
    (a, a_turned): (&Batch, bool),
    (b, b_turned): (&Batch, bool),
) -> Buffer {
    /// Multiplications below which a second thread does not pay.
    const PARALLEL: usize = 64 * 1024;
    fn matrix(values: &[f32], columns: usize, turned: bool) -> gemm::Matrix<'_> {
        if turned { gemm::Matrix::transposed(values, columns) } else { gemm::Matrix::new(values, columns) }
    }
    let one = |(c, (left, right)): (&mut [f32], (&[f32], &[f32]))| {
        gemm([m, k, n], matrix(left, a.columns, a_turned), matrix(right, b.columns, b_turned), None, c);
    };
    let mut values = Buffer::full(count * m * n, 0.0);
    let (left, right) = (a.array.values(), b.array.values());
    let pair =
        |number: usize| (&left[number * a.step()..][..a.step()], &right[number * b.step()..][..b.step()]);
    let size = m * n;
    if m * k * n == 0 {
        return values;
    }
    if count * m * k * n < PARALLEL {
        values.chunks_exact_mut(size).enumerate().for_each(|(number, c)| one((c, pair(number))));
    } else {
        let at_a_time = PARALLEL.div_ceil(m * k * n);
        threads::chunks_mut(&mut values, at_a_time * size, |number, products| {
            let products = products.chunks_exact_mut(size).enumerate();
            products.for_each(|(i, c)| one((c, pair(number * at_a_time + i))));
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
    Array::new(
        &[m, n],
        Layout::RowMajor,
        finished_product(sizes, a, gemm::Right::Matrix(b), bias, &Finish::Plain),
    )
}

/// The values of [`product`], each finished as is said.
pub(super) fn finished_product(
    sizes: [usize; 3],
    a: gemm::Matrix,
    b: gemm::Right,
    bias: Option<&[f32]>,
    finish: &Finish,
) -> Buffer {
    let [m, _, n] = sizes;
    let mut values = Buffer::scratch(m * n);
    finished_gemm(sizes, a, b, bias, finish, &mut values);
    values
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
