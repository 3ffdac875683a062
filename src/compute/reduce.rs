//! Sums.

use crate::array::Array;
use crate::cpu::reduce;

/// The sum of the rows of a matrix, as `x` lies in memory: one value a column.
pub(crate) fn row_sum(x: &Array, columns: usize) -> Array {
    reduce::row_sum(x.values(), columns)
}
