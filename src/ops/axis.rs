//! What operations along one axis share: [`around`], the axis between what lies before and behind it.

/// `[outer, size, inner]`: how many blocks of a row-major array the axis cuts it into, the axis's size, and how many
/// values one step along it takes.
///
/// ***Panics*** with the name of the operation if there is no such axis.
#[track_caller]
pub(crate) fn around(operation: &str, sizes: &[usize], axis: usize) -> [usize; 3] {
    assert!(axis < sizes.len(), "{operation}: there is no axis {axis} in the shape {sizes:?}");
    [sizes[..axis].iter().product(), sizes[axis], sizes[axis + 1..].iter().product()]
}

/// The sizes without one axis.
pub(crate) fn without(sizes: &[usize], axis: usize) -> Vec<usize> {
    [&sizes[..axis], &sizes[axis + 1..]].concat()
}

/// The sizes with another one along an axis.
pub(crate) fn with(sizes: &[usize], axis: usize, size: usize) -> Vec<usize> {
    let mut sizes = sizes.to_vec();
    sizes[axis] = size;
    sizes
}
