//! Transposed matrices: squares of 8 x 8 values pass through registers.

use crate::cpu::simd::{self, Level};

/// Rows and columns of a square.
const SIDE: usize = 8;

/// Writes the transpose of a matrix of `rows x columns`, rows of which are `from_row` values apart in `from`, and those of the
/// transpose `to_row` values in `to`.
///
/// ***Panics*** if a matrix reaches beyond its slice.
#[track_caller]
pub fn transpose(from: &[f32], from_row: usize, to: &mut [f32], to_row: usize, [rows, columns]: [usize; 2]) {
    transpose_with(simd::level(), from, from_row, to, to_row, [rows, columns]);
}

#[track_caller]
fn transpose_with(
    level: Level,
    from: &[f32],
    from_row: usize,
    to: &mut [f32],
    to_row: usize,
    [rows, columns]: [usize; 2],
) {
    if rows == 0 || columns == 0 {
        return;
    }
    assert!((rows - 1) * from_row + columns <= from.len() && (columns - 1) * to_row + rows <= to.len());
    let squares = match level {
        Level::Portable => [0, 0],
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 => [rows / SIDE * SIDE, columns / SIDE * SIDE],
    };
    #[cfg(target_arch = "x86_64")]
    for row in (0..squares[0]).step_by(2 * SIDE) {
        for column in (0..squares[1]).step_by(SIDE) {
            for row in (row..squares[0].min(row + 2 * SIDE)).step_by(SIDE) {
                let from = &from[row * from_row + column..][..(SIDE - 1) * from_row + SIDE];
                let to = &mut to[column * to_row + row..][..(SIDE - 1) * to_row + SIDE];
                // SAFETY: levels are found on this machine; the slices hold eight rows of eight values each.
                unsafe { square(from.as_ptr(), from_row, to.as_mut_ptr(), to_row) }
            }
        }
    }
    // What is left: beside the squares and below them.
    let mut rest = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        const TILE: usize = 16;
        for row in rows.clone().step_by(TILE) {
            for column in columns.clone().step_by(TILE) {
                for j in column..(column + TILE).min(columns.end) {
                    let to = &mut to[j * to_row..];
                    for (i, to) in (row..rows.end).zip(&mut to[row..(row + TILE).min(rows.end)]) {
                        *to = from[i * from_row + j];
                    }
                }
            }
        }
    };
    rest(0..squares[0], squares[1]..columns);
    rest(squares[0]..rows, 0..columns);
}

/// A square of eight rows.
///
/// # Safety
///
/// The machine must have AVX2; both pointers must be to eight rows of eight values.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn square(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
    use std::arch::x86_64::*;
    // SAFETY: the caller vouches for both places.
    let rows: [__m256; SIDE] = std::array::from_fn(|i| unsafe { _mm256_loadu_ps(from.add(i * from_row)) });
    // Pairs of rows interleaved, then pairs of pairs, then halves of registers.
    let pairs: [__m256; SIDE] = std::array::from_fn(|i| {
        let (a, b) = (rows[i / 2 * 2], rows[i / 2 * 2 + 1]);
        if i % 2 == 0 { _mm256_unpacklo_ps(a, b) } else { _mm256_unpackhi_ps(a, b) }
    });
    let fours: [__m256; SIDE] = std::array::from_fn(|i| {
        let first = i / 4 * 4 + i % 4 / 2;
        let (a, b) = (pairs[first], pairs[first + 2]);
        if i % 2 == 0 { _mm256_shuffle_ps::<0x44>(a, b) } else { _mm256_shuffle_ps::<0xEE>(a, b) }
    });
    for (i, (&a, &b)) in fours[..4].iter().zip(&fours[4..]).enumerate() {
        // SAFETY: the caller vouches for both places.
        unsafe {
            _mm256_storeu_ps(to.add(i * to_row), _mm256_permute2f128_ps::<0x20>(a, b));
            _mm256_storeu_ps(to.add((i + 4) * to_row), _mm256_permute2f128_ps::<0x31>(a, b));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::fence::Fenced;

    #[test]
    fn every_size_equals_the_definition() {
        for (rows, columns, gap) in (0..35).flat_map(|i| (0..35).map(move |j| (i, j, (i + j) % 3))) {
            let (from_row, to_row) = (columns + gap, rows + 2 * gap);
            let len = |count: usize, row: usize, used: usize| count.saturating_sub(1) * row + used;
            let values: Vec<f32> = (0..len(rows, from_row, columns)).map(|i| i as f32).collect();
            let from = Fenced::new(&values);
            for level in simd::available() {
                let mut to = Fenced::room(len(columns, to_row, rows));
                transpose_with(level, &from, from_row, &mut to, to_row, [rows, columns]);
                to.assert_intact();
                for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                    assert_eq!(
                        to[j * to_row + i],
                        from[i * from_row + j],
                        "{level:?} {rows}x{columns} at {i}, {j}"
                    );
                }
                let gaps = to.iter().filter(|value| value.is_nan()).count();
                assert_eq!(
                    gaps,
                    to.len() - rows * columns,
                    "{level:?} {rows}x{columns}: written between rows"
                );
            }
        }
    }
}
