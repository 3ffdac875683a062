//! Sums over all values, over rows and over columns, always in the same order whatever the number of threads.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::{elementwise, simd, threads};

/// Values summed by one thread at a time.
const BLOCK: usize = 16 * 1024;

/// Independent partial sums of a block: as many as wide vector registers hold, and a smaller rounding error.
const LANES: usize = 32;

/// The sum of all values; blocks are added in f64.
pub fn sum(values: &[f32]) -> f32 {
    if values.len() <= 2 * BLOCK {
        return values.chunks(BLOCK).map(block_sum).sum::<f64>() as f32;
    }
    let block = |number: usize| block_sum(&values[number * BLOCK..values.len().min((number + 1) * BLOCK)]);
    threads::collect(values.len().div_ceil(BLOCK), block).iter().sum::<f64>() as f32
}

/// The sum of the rows of a matrix: one value a column.
pub fn row_sum(matrix: &[f32], columns: usize) -> Array {
    let rows_per_block = (BLOCK / columns.max(1)).max(1);
    let sums_of = |rows: &[f32]| {
        let mut sums = Buffer::full(columns, 0.0);
        simd::vectorised(
            #[inline(always)]
            || {
                for row in rows.chunks_exact(columns.max(1)) {
                    for (sum, &value) in sums.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            },
        );
        sums
    };
    let sums = if matrix.len() <= 2 * BLOCK {
        sums_of(matrix)
    } else {
        let size = rows_per_block * columns;
        let part = |number: usize| sums_of(&matrix[number * size..matrix.len().min((number + 1) * size)]);
        let parts = threads::collect(matrix.len().div_ceil(size), part);
        sums_of(&parts.iter().flat_map(|part| part.iter().copied()).collect::<Vec<f32>>())
    };
    Array::new(&[columns], Layout::RowMajor, sums)
}

/// Adds to `sum` parts of its length, in their order; ranges of it are shared out.
pub fn add_parts<'a>(sum: &mut [f32], parts: impl Iterator<Item = &'a [f32]> + Clone + Sync) {
    threads::chunks_mut(sum, BLOCK / 4, |number, sum| {
        for part in parts.clone() {
            let part = &part[number * (BLOCK / 4)..][..sum.len()];
            elementwise::each_pair(sum, part, |sum, value| sum + value);
        }
    });
}

/// The sums along the middle one of three axes, of a row-major array: `[outer, size, inner]` becomes `[outer, inner]`.
pub fn axis_sum(values: &[f32], [outer, size, inner]: [usize; 3]) -> Buffer {
    let mut sums = Buffer::full(outer * inner, 0.0);
    if values.is_empty() {
        return sums;
    }
    if outer == 1 && inner > 1 {
        sums.copy_from_slice(row_sum(values, inner).values());
        return sums;
    }
    let add_up = |sums: &mut [f32], block: &[f32]| match sums {
        [one] => *one = sum(block),
        _ => simd::vectorised(
            #[inline(always)]
            || {
                for row in block.chunks_exact(inner) {
                    for (sum, &value) in sums.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            },
        ),
    };
    if values.len() <= 2 * BLOCK {
        sums.chunks_exact_mut(inner).zip(values.chunks_exact(size * inner)).for_each(|(s, v)| add_up(s, v));
    } else {
        let at_a_time = BLOCK.div_ceil(size * inner);
        threads::chunks_mut(&mut sums, at_a_time * inner, |number, sums| {
            let blocks = values[number * at_a_time * size * inner..].chunks_exact(size * inner);
            sums.chunks_exact_mut(inner).zip(blocks).for_each(|(sums, block)| add_up(sums, block));
        });
    }
    sums
}

/// The greatest value of a row, minus infinity of an empty one; NaN is passed over. For loops inside
/// [`simd::vectorised`].
#[inline(always)]
pub fn greatest(row: &[f32]) -> f32 {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let mut most = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (most, &value) in most.iter_mut().zip(chunk) {
            *most = greater(*most, value);
        }
    }
    rest.iter().chain(&most).copied().fold(f32::NEG_INFINITY, greater)
}

/// The sum of `f` of every value of a row. For loops inside [`simd::vectorised`].
#[inline(always)]
pub fn sum_of(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += f(value);
        }
    }
    total(sums) + rest.iter().map(|&value| f(value)).sum::<f32>()
}

/// The sum of the products of two rows. For loops inside [`simd::vectorised`].
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let ((a_chunks, a_rest), (b_chunks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    total(sums) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Halves are added, so that the registers that hold them are.
#[inline(always)]
fn total(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

fn block_sum(values: &[f32]) -> f64 {
    let mut sums = [0.0; LANES];
    let rows = values.chunks_exact(LANES);
    let rest: f64 = rows.remainder().iter().map(|&value| f64::from(value)).sum();
    for row in rows {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    rest + sums.iter().map(|&sum: &f32| f64::from(sum)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length_are_summed_and_compared() {
        for len in 0..=67 {
            let row: Vec<f32> = (0..len).map(|i| ((i * 29) % 31) as f32 - 40.0).collect();
            assert_eq!(greatest(&row), row.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{len}");
            assert_eq!(sum_of(&row, |x| 2.0 * x), 2.0 * row.iter().sum::<f32>(), "{len}");
            assert_eq!(dot(&row, &row), row.iter().map(|x| x * x).sum::<f32>(), "{len}");
        }
        assert_eq!(greatest(&[f32::NAN, -1.0, f32::NAN]), -1.0);
    }

    #[test]
    fn sums_along_every_axis_are_those_of_the_definition() {
        for sizes in [[1, 7, 5], [3, 1, 4], [4, 3, 1], [2, 0, 3], [300, 11, 23], [1, 700, 90], [5000, 9, 1]] {
            let [outer, size, inner] = sizes;
            let values: Vec<f32> = (0..outer * size * inner).map(|i| (i % 13) as f32).collect();
            let sums = axis_sum(&values, sizes);
            for at in 0..outer * inner {
                let (o, i) = (at / inner, at % inner);
                let expected: f32 = (0..size).map(|s| values[(o * size + s) * inner + i]).sum();
                assert_eq!(sums[at], expected, "{sizes:?}, value {at}");
            }
        }
    }
}
