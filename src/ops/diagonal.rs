//! `diagonal`: the main diagonal of a matrix; `diag`: the matrix that has it; `trace`: its sum.

use super::sum;
use crate::array::{Array, Layout};
use crate::axes::{Matrix, Vector};
use crate::compute;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Dim, Fits, Shape, same_size};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The values on the main diagonal of a square matrix.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.diagonal().to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// ***Panics*** if the matrix is not square; when its sizes are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn diagonal<N>(&self) -> Tensor<(N,)>
    where
        S: Matrix<Rows = N>,
        N: Dim + Fits<S::Columns>,
    {
        const { square::<S>("diagonal") }
        Tensor::from_raw(diagonal(self.raw()))
    }

    /// The sum of the values on the main diagonal of a square matrix.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).trace().item(), 5.0);
    /// ```
    ///
    /// ***Panics*** if the matrix is not square; when its sizes are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn trace(&self) -> Tensor<()>
    where
        S: Matrix,
        S::Rows: Fits<S::Columns>,
    {
        const { square::<S>("trace") }
        Tensor::from_raw(trace(self.raw()))
    }

    /// The matrix with this vector on its main diagonal, and zeros elsewhere.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y: Tensor<Rank2<2, 2>> = Tensor::<Rank1<2>>::from([1.0, 2.0]).diag();
    /// assert_eq!(y.to_vec(), [1.0, 0.0, 0.0, 2.0]);
    /// ```
    #[inline]
    pub fn diag<N: Dim>(&self) -> Tensor<(N, N)>
    where
        S: Vector<Len = N>,
    {
        Tensor::from_raw(diag(self.raw()))
    }
}

#[track_caller]
const fn square<S: Matrix>(operation: &str) {
    same_size(operation, "the numbers of rows and columns", <S::Rows>::SIZE, <S::Columns>::SIZE)
}

/// The values on the main diagonal of a square matrix.
///
/// ***Panics*** unless `x` has as many rows as columns.
#[track_caller]
pub fn diagonal(x: &Raw) -> Raw {
    let size = size_of_square("diagonal", x);
    Raw::from_op("diagonal", taken(&x.array(), size), &[x], move |gradient, _| {
        vec![Some(placed(gradient, size))]
    })
}

/// The sum of the values on the main diagonal of a square matrix.
///
/// ***Panics*** unless `x` has as many rows as columns.
#[track_caller]
pub fn trace(x: &Raw) -> Raw {
    size_of_square("trace", x);
    sum(&diagonal(x))
}

/// The matrix with a vector on its main diagonal.
///
/// ***Panics*** unless `x` has one dimension.
#[track_caller]
pub fn diag(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let &[size] = &sizes[..] else { panic!("diag: expected a vector, got the shape {sizes:?}") };
    Raw::from_op("diag", placed(&x.array(), size), &[x], move |gradient, _| vec![Some(taken(gradient, size))])
}

fn taken(x: &Array, size: usize) -> Array {
    compute::strided(x, 0, &[size], &[size + 1])
}

fn placed(x: &Array, size: usize) -> Array {
    if let Some(gpu) = cuda::active() {
        return gpu.placed(x, &[size, size], 0, &[size], &[size + 1]);
    }
    let mut values = Buffer::full(size * size, 0.0);
    values.iter_mut().step_by(size + 1).zip(x.values()).for_each(|(to, &from)| *to = from);
    Array::new(&[size, size], Layout::RowMajor, values)
}

#[track_caller]
fn size_of_square(operation: &str, x: &Raw) -> usize {
    match x.sizes()[..] {
        [rows, columns] if rows == columns => rows,
        _ => {
            panic!("{operation}: expected a matrix of as many rows as columns, got the shape {:?}", x.sizes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 2], vec![1.0, -2.0, 3.0, 0.5]);
        check_gradient(std::slice::from_ref(&x), |x| diagonal(&x[0]));
        check_gradient(&[x], |x| trace(&x[0]));
        check_gradient(&[Array::from_vec(&[3], vec![1.0, -2.0, 3.0])], |x| diag(&x[0]));
    }

    #[test]
    fn an_empty_matrix_has_an_empty_diagonal() {
        let empty = Raw::new(Array::full(&[0, 0], 0.0));
        assert_eq!((diagonal(&empty).sizes(), trace(&empty).to_vec()), (vec![0], vec![0.0]));
    }

    #[test]
    #[should_panic(expected = "trace: expected a matrix of as many rows as columns, got the shape [2, 3]")]
    fn a_matrix_must_be_square() {
        Tensor::<(usize, usize)>::from_raw(Raw::new(Array::full(&[2, 3], 0.0))).trace();
    }
}
