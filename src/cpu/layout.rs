//! Between `[N, C, H, W]` and `[N, H, W, C]` in memory.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::cpu::transpose::transpose;

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

/// Every image's `rows x columns` matrix transposed.
fn swapped(x: &Array, rows: usize, columns: usize, layout: Layout) -> Array {
    let mut result = Buffer::scratch(x.len());
    let size = (rows * columns).max(1);
    let values = x.values();
    threads::chunks_mut(&mut result, size, |number, to| {
        transpose(&values[number * size..][..size], to, rows, columns);
    });
    Array::new(x.sizes(), layout, result)
}
