//! [`Packed`]: a matrix packed once for many products with few rows, and sums of products of rows with rows.

use super::buffer::Buffer;
use super::cut::{Cut, Panel};
use super::gemm::{Matrix, pack_panel};
use super::tile::{Kernels, Start, Steps, Tile, Walk};

/// A matrix in panels as wide as a tile; in each of them row after row.
pub struct Packed {
    kernels: &'static Kernels,
    depth: usize,
    columns: usize,
    cut: Cut,
    values: Buffer,
}

impl Packed {
    /// Matrices of so many columns one below the other, each with its number of rows, packed for products with so many
    /// `rows` at a time.
    pub fn new(kernels: &'static Kernels, rows: usize, columns: usize, parts: &[(usize, Matrix)]) -> Packed {
        let depth: usize = parts.iter().map(|(depth, _)| depth).sum();
        let cut = kernels.cut(rows.max(1), columns);
        let mut values = Buffer::scratch(depth * kernels.padded(columns));
        let mut rest = &mut values[..];
        for Panel { column, width, .. } in cut.panels(kernels) {
            for (depth, matrix) in parts {
                let Some(to) = rest.split_off_mut(..depth * width) else {
                    unreachable!("room for all panels")
                };
                if !to.is_empty() {
                    let values = &matrix.values[column * matrix.column_stride..];
                    pack_panel(Matrix { values, ..*matrix }, width.min(columns - column), width, to);
                }
            }
        }
        Packed { kernels, depth, columns, cut, values }
    }

    /// `c = start + a b` with so many rows of `a` and this matrix as `b`; rows of `c` are `c_row` apart. A bias is as long as
    /// whole registers are wide.
    pub fn multiply(&self, count: usize, a: Matrix, start: Start, c: &mut [f32], c_row: usize) {
        let cut = self.cut.for_rows(count, self.kernels);
        let inner = Steps { count: self.depth, a: a.column_stride, b: 0 };
        for Panel { column, registers, width } in self.cut.panels(self.kernels) {
            let panel = &self.values[column * self.depth..][..width * self.depth];
            let columns = width.min(self.columns - column);
            let start = match start {
                Start::Bias(bias) => Start::Bias(&bias[column..]),
                other => other,
            };
            for (row, rows) in cut.rows() {
                let loops = [Steps::ONCE, Steps::ONCE, Steps { b: width, ..inner }];
                let walk = Walk { loops, a_row: a.row_stride, c_row };
                let a = a.values.get(row * a.row_stride..).unwrap_or_default();
                let c = &mut c[row * c_row + column..];
                self.kernels.run(Tile { rows, registers, columns, start, clamp: None }, &walk, a, panel, c);
            }
        }
    }
}

/// Rows of a matrix and how far apart they are.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub values: &'a [f32],
    pub count: usize,
    pub stride: usize,
}

/// `c = start + aᵀ b`: sums of products of some columns of `a` with the columns of `b`, row by row.
///
/// `b` is read in whole registers, behind its last row too.
pub fn add_products(
    kernels: &Kernels,
    [of_a, of_b]: [usize; 2],
    a: Rows,
    b: Rows,
    start: Start,
    c: &mut [f32],
) {
    let cut = kernels.cut(of_a, of_b);
    let loops = [Steps::ONCE, Steps::ONCE, Steps { count: a.count, a: a.stride, b: b.stride }];
    let walk = Walk { loops, a_row: 1, c_row: of_b };
    for Panel { column, registers, width } in cut.panels(kernels) {
        let columns = width.min(of_b - column);
        for (row, rows) in cut.rows() {
            let (a, b, c) = (&a.values[row..], &b.values[column..], &mut c[row * of_b + column..]);
            kernels.run(Tile { rows, registers, columns, start, clamp: None }, &walk, a, b, c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::fence::Fenced;
    use crate::cpu::simd;
    use crate::random::Generator;

    fn random(seed: u64, len: usize) -> Fenced {
        Fenced::new(Generator::new(seed).uniform(&[len], -1.0, 1.0).values())
    }

    #[track_caller]
    fn assert_near(c: &[f32], expected: impl Fn(usize) -> f64, what: &str) {
        for (i, &c) in c.iter().enumerate() {
            assert!((f64::from(c) - expected(i)).abs() < 1e-4, "{what}, value {i}: {c} for {}", expected(i));
        }
    }

    fn check([m, k, n]: [usize; 3]) {
        let (a, b, bias) = (random(1, m * k), random(2, k * n), random(3, n + 64));
        let mut transposed = vec![0.0; k * n];
        crate::cpu::transpose::transpose(&b, &mut transposed, k, n);
        let dot = |i: usize, j: usize| {
            (0..k).map(|p| f64::from(a[i * k + p]) * f64::from(b[p * n + j])).sum::<f64>()
        };
        let rows = Matrix::new(&a, k);
        for level in simd::available() {
            let what = format!("{level:?}, {m} x {k} x {n}");
            let upper = k / 3;
            let halves = [
                (upper, Matrix::transposed(&transposed, k)),
                (k - upper, Matrix::transposed(&transposed[upper..], k)),
            ];
            for parts in [&[(k, Matrix::new(&b, n))][..], &halves] {
                let packed = Packed::new(Kernels::of(level), m, n, parts);
                let mut c = Fenced::room(m * n);
                packed.multiply(m, rows, Start::Bias(&bias), &mut c, n);
                assert_near(&c, |i| f64::from(bias[i % n]) + dot(i / n, i % n), &what);
                packed.multiply(m, rows, Start::Result, &mut c, n);
                assert_near(&c, |i| f64::from(bias[i % n]) + 2.0 * dot(i / n, i % n), &what);
                c.assert_intact();
            }
        }
    }

    #[test]
    fn a_packed_matrix_multiplies_as_the_definition_says() {
        for size in 1..=67 {
            check([size, 5, 3]);
            check([3, size, 17]);
            check([8, 7, size]);
        }
        check([1, 300, 130]);
    }

    #[test]
    fn products_of_columns_are_those_of_the_definition() {
        for size in 1..=67 {
            for [k, m, n] in [[3, size, 5], [size, 4, 9], [2, 3, size]] {
                let (a, b) = (random(1, k * (m + 1)), random(2, k * n + 64));
                let dot = |i: usize, j: usize| {
                    (0..k).map(|p| f64::from(a[p * (m + 1) + i]) * f64::from(b[p * n + j])).sum::<f64>()
                };
                for level in simd::available() {
                    let rows = |values, stride| Rows { values, count: k, stride };
                    let mut c = Fenced::room(m * n);
                    for times in [1.0, 2.0] {
                        let start = if times == 1.0 { Start::Zero } else { Start::Result };
                        let kernels = Kernels::of(level);
                        add_products(kernels, [m, n], rows(&a, m + 1), rows(&b, n), start, &mut c);
                        assert_near(
                            &c,
                            |i| times * dot(i / n, i % n),
                            &format!("{level:?}, {k} x {m} x {n}"),
                        );
                    }
                    c.assert_intact();
                }
            }
        }
    }
}
