//! Sums over all values, over rows and over columns, always in the same order whatever the number of threads.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::{simd, threads};

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
