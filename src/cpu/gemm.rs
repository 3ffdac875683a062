//! Matrix product.

/// A matrix in memory: where it begins, and how far apart rows and columns are.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix.
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        Matrix { values, row_stride: columns, column_stride: 1 }
    }

    /// The transpose of a row-major matrix of `columns` columns.
    pub fn transposed(values: &'a [f32], columns: usize) -> Self {
        Matrix { values, row_stride: 1, column_stride: columns }
    }
}

/// `c = a b + bias`, where `a` is `m x k`, `b` is `k x n` and `bias` is one row.
pub fn gemm([m, k, n]: [usize; 3], a: Matrix, b: Matrix, bias: Option<&[f32]>, c: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let mut sum = bias.map_or(0.0, |bias| bias[j]);
            for p in 0..k {
                sum += a.values[i * a.row_stride + p * a.column_stride]
                    * b.values[p * b.row_stride + j * b.column_stride];
            }
            c[i * n + j] = sum;
        }
    }
}
