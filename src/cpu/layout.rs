//! Between `[N, C, H, W]` and `[N, H, W, C]` in memory, and transposed matrices.

use rayon::prelude::*;

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;

/// A row-major copy of a channels-last array.
pub fn to_row_major(x: &Array) -> Array {
    let [_, c, h, w] = sizes4(x);
    swapped(x, h * w, c, Layout::RowMajor)
}

/// A channels-last copy of a row-major array of four dimensions.
pub fn to_channels_last(x: &Array) -> Array {
    let [_, c, h, w] = sizes4(x);
    swapped(x, c, h * w, Layout::ChannelsLast)
}

/// The sizes of an array of four dimensions.
pub fn sizes4(x: &Array) -> [usize; 4] {
    match *x.sizes() {
        [n, c, h, w] => [n, c, h, w],
        ref other => panic!("expected [batch, channels, height, width], got {other:?}"),
    }
}

/// Writes the transpose of a `rows x columns` matrix.
pub fn transpose(from: &[f32], to: &mut [f32], rows: usize, columns: usize) {
    crate::cpu::transpose::transpose(from, columns, to, rows, [rows, columns]);
}

/// Every image's `rows x columns` matrix transposed.
fn swapped(x: &Array, rows: usize, columns: usize, layout: Layout) -> Array {
    /// Values that a thread takes at a time, where a picture has more.
    const BLOCK: usize = 32 * 1024;
    let mut result = Buffer::scratch(x.len());
    let size = (rows * columns).max(1);
    let at_a_time = BLOCK.div_ceil(rows.max(1)).min(columns).max(1);
    result.par_chunks_mut(size).zip(x.values().par_chunks(size)).for_each(|(to, from)| {
        let blocks = to.par_chunks_mut(at_a_time * rows).enumerate();
        blocks.for_each(|(block, to)| {
            let from = &from[block * at_a_time..];
            crate::cpu::transpose::transpose(from, columns, to, rows, [rows, to.len() / rows]);
        });
    });
    Array::new(x.sizes(), layout, result)
}
