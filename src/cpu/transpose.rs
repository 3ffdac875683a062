//! Transposed matrices, tile by tile in registers.

use crate::cpu::simd::{self, Level};

/// Rows and columns of a tile.
pub const TILE: usize = 16;

/// A square of values.
pub type Tile = [[f32; TILE]; TILE];

/// Writes the transpose of a `rows x columns` matrix.
pub fn transpose(from: &[f32], to: &mut [f32], rows: usize, columns: usize) {
    match (rows, columns) {
        (0, _) | (_, 0) => {}
        (2, _) => transpose_few::<2>(from, to, columns),
        (3, _) => transpose_few::<3>(from, to, columns),
        (4, _) => transpose_few::<4>(from, to, columns),
        _ => transpose_to(&from[..rows * columns], columns, rows, to, |column| column * rows),
    }
}

/// [`transpose`] of so few rows that they fill no tile, such as the channels of a picture.
fn transpose_few<const ROWS: usize>(from: &[f32], to: &mut [f32], columns: usize) {
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &from[row * columns..][..columns]);
    for (column, to) in to[..ROWS * columns].as_chunks_mut::<ROWS>().0.iter_mut().enumerate() {
        *to = rows.map(|row| row[column]);
    }
}

/// Transposes a matrix of so many rows, which lie `stride` values apart: its column `i` goes to `to`, from `place(i)` on.
/// There are as many columns as the last row has values.
///
/// ***Panics*** if a column does not fit.
#[inline]
pub fn transpose_to(
    from: &[f32],
    stride: usize,
    rows: usize,
    to: &mut [f32],
    place: impl Fn(usize) -> usize,
) {
    let columns = from.len() - (rows - 1) * stride;
    let level = simd::level();
    let mut tile: Tile = [[0.0; TILE]; TILE];
    for row in (0..rows).step_by(TILE) {
        let height = TILE.min(rows - row);
        for column in (0..columns).step_by(TILE) {
            let width = TILE.min(columns - column);
            if width < 4 || height < 4 {
                for j in column..column + width {
                    for (i, to) in to[place(j) + row..][..height].iter_mut().enumerate() {
                        *to = from[(row + i) * stride + j];
                    }
                }
                continue;
            }
            for (i, line) in tile[..height].iter_mut().enumerate() {
                let from = &from[(row + i) * stride + column..];
                match from.first_chunk::<TILE>() {
                    // What lies behind the last column is not used.
                    Some(whole) => *line = *whole,
                    None => line[..width].copy_from_slice(&from[..width]),
                }
            }
            turn(level, &mut tile);
            for (j, line) in tile[..width].iter().enumerate() {
                let to = &mut to[place(column + j) + row..];
                if height == TILE {
                    to[..TILE].copy_from_slice(line);
                } else {
                    to[..height].copy_from_slice(&line[..height]);
                }
            }
        }
    }
}

/// Weaves up to [`TILE`] rows, which lie `stride` values apart, into each other: first the first value of each, then the
/// second, as many as `to` has room for.
///
/// ***Panics*** if a row is shorter.
#[inline]
pub fn weave(from: &[f32], stride: usize, rows: usize, to: &mut [f32]) {
    assert!((1..=TILE).contains(&rows), "a tile has up to {TILE} rows, got {rows}");
    let (depth, level) = (to.len() / rows, simd::level());
    let mut tile: Tile = [[0.0; TILE]; TILE];
    for k in (0..depth).step_by(TILE) {
        let width = TILE.min(depth - k);
        for (i, line) in tile[..rows].iter_mut().enumerate() {
            let from = &from[i * stride + k..];
            match from.first_chunk::<TILE>() {
                Some(whole) => *line = *whole,
                None => line[..width].copy_from_slice(&from[..width]),
            }
        }
        turn(level, &mut tile);
        for (j, line) in tile[..width].iter().enumerate() {
            let to = &mut to[(k + j) * rows..];
            match to.first_chunk_mut::<TILE>() {
                // What is too much is written over by the next.
                Some(whole) => *whole = *line,
                None => to[..rows].copy_from_slice(&line[..rows]),
            }
        }
    }
}

/// Transposes a tile.
#[inline]
pub fn turn(level: Level, tile: &mut Tile) {
    match level {
        // SAFETY: levels are found on this machine.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { turn_avx512(tile) },
        _ => turn_portable(tile),
    }
}

fn turn_portable(tile: &mut Tile) {
    let from = *tile;
    *tile = std::array::from_fn(|i| std::array::from_fn(|j| from[j][i]));
}

/// Pairs of rows woven into each other, pairs of pairs, then quarters of registers twice.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn turn_avx512(tile: &mut Tile) {
    use std::arch::x86_64::*;
    // SAFETY: a row is sixteen values.
    let rows: [__m512; TILE] = std::array::from_fn(|i| unsafe { _mm512_loadu_ps(tile[i].as_ptr()) });
    let mut woven = [_mm512_setzero_ps(); TILE];
    for i in 0..TILE / 2 {
        woven[2 * i] = _mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
        woven[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
    // Of each four rows, columns 0 4 8 12, then 1 5 9 13 and so on.
    let mut fours = [_mm512_setzero_ps(); TILE];
    for i in 0..TILE / 4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|j| _mm512_castps_pd(woven[4 * i + j]));
        fours[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        fours[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        fours[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        fours[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
    for j in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| fours[4 * i + j]);
        let (low, high) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d));
        let (low2, high2) = (_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d));
        let columns = [
            _mm512_shuffle_f32x4::<0x88>(low, high),
            _mm512_shuffle_f32x4::<0x88>(low2, high2),
            _mm512_shuffle_f32x4::<0xdd>(low, high),
            _mm512_shuffle_f32x4::<0xdd>(low2, high2),
        ];
        for (i, column) in columns.into_iter().enumerate() {
            // SAFETY: a row is sixteen values.
            unsafe { _mm512_storeu_ps(tile[4 * i + j].as_mut_ptr(), column) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_turned_with_every_instruction_set() {
        let tile: Tile = std::array::from_fn(|i| std::array::from_fn(|j| (i * TILE + j) as f32));
        for level in simd::available() {
            let mut turned = tile;
            turn(level, &mut turned);
            for (i, row) in turned.iter().enumerate() {
                assert!(
                    row.iter().enumerate().all(|(j, &value)| value == tile[j][i]),
                    "{level:?}, row {i}: {row:?}"
                );
            }
        }
    }

    #[test]
    fn rows_of_any_number_and_length_are_woven() {
        for (rows, depth) in (1..=TILE).flat_map(|rows| [1, 3, 15, 16, 17, 40].map(|depth| (rows, depth))) {
            let from: Vec<f32> = (0..rows * depth).map(|i| i as f32).collect();
            let mut to = vec![f32::NAN; rows * depth];
            weave(&from, depth, rows, &mut to);
            for (at, &value) in to.iter().enumerate() {
                assert_eq!(value, from[at % rows * depth + at / rows], "{rows} x {depth}, value {at}");
            }
        }
    }

    #[test]
    fn matrices_of_any_size_are_transposed() {
        for (rows, columns) in (1..=67).flat_map(|size| {
            [(size, 5), (2, size), (3, size), (4, size), (size, 16), (40, size), (size, 68 - size)]
        }) {
            let from: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let mut to = vec![f32::NAN; from.len()];
            transpose(&from, &mut to, rows, columns);
            for (at, &value) in to.iter().enumerate() {
                assert_eq!(value, from[at % rows * columns + at / rows], "{rows} x {columns}, value {at}");
            }
        }
    }
}
