//! [`read`]: an array gathered from memory by strides: axes in another order, repeated, or cut; [`read_into`] for values
//! of any type.

use crate::cpu::buffer::Buffer;
use crate::cpu::threads;

/// Values a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// The values of an array of the given sizes, in row-major order, where a step along axis `i` is `strides[i]` values of
/// `from` and the first value lies at `start`. A stride of 0 repeats.
pub fn read(from: &[f32], start: usize, sizes: &[usize], strides: &[usize]) -> Buffer {
    let mut result = Buffer::scratch(sizes.iter().product());
    read_into(from, start, sizes, strides, &mut result);
    result
}

/// [`read`] into memory of as many values as the sizes say.
pub fn read_into<T: Copy + Send + Sync>(
    from: &[T],
    start: usize,
    sizes: &[usize],
    strides: &[usize],
    result: &mut [T],
) {
    if result.is_empty() {
        return;
    }
    let (sizes, strides) = merged(sizes, strides);
    let Some(((&row, &stride), (sizes, strides))) = sizes
        .split_last()
        .zip(strides.split_last())
        .map(|((row, sizes), (s, strides))| ((row, s), (sizes, strides)))
    else {
        result[0] = from[start];
        return;
    };
    let rows_from = |first: usize, block: &mut [T]| {
        let (mut index, mut rest) = (vec![0; sizes.len()], first);
        for (i, &size) in index.iter_mut().zip(sizes).rev() {
            (*i, rest) = (rest % size, rest / size);
        }
        for to in block.chunks_exact_mut(row) {
            let at = start + index.iter().zip(strides).map(|(i, stride)| i * stride).sum::<usize>();
            match stride {
                0 => to.fill(from[at]),
                1 => to.copy_from_slice(&from[at..at + row]),
                _ => to.iter_mut().zip(from[at..].iter().step_by(stride)).for_each(|(to, &from)| *to = from),
            }
            // Counts up like an odometer, the last axis fastest.
            for (i, &size) in index.iter_mut().zip(sizes).rev() {
                *i += 1;
                if *i < size {
                    break;
                }
                *i = 0;
            }
        }
    };
    if result.len() <= 2 * BLOCK {
        rows_from(0, result);
    } else {
        let rows = (BLOCK / row).max(1);
        threads::chunks_mut(result, rows * row, |i, block| rows_from(i * rows, block));
    }
}

/// How far apart the values of each axis lie in a row-major array.
pub fn row_major(sizes: &[usize]) -> Vec<usize> {
    (0..sizes.len()).map(|axis| sizes[axis + 1..].iter().product()).collect()
}

/// The same walk with as few axes as can be: neighbours that are one run of memory in one, axes of one value left out.
pub(crate) fn merged(sizes: &[usize], strides: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut axes: Vec<(usize, usize)> = Vec::with_capacity(sizes.len());
    for (&size, &stride) in sizes.iter().zip(strides).filter(|&(&size, _)| size != 1) {
        match axes.last_mut() {
            Some((before, outer)) if *outer == size * stride => (*before, *outer) = (*before * size, stride),
            _ => axes.push((size, stride)),
        }
    }
    axes.into_iter().unzip()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn neighbours_in_memory_are_one_axis() {
        assert_eq!(merged(&[2, 3, 1, 4], &[12, 4, 4, 1]), (vec![24], vec![1]));
        assert_eq!(merged(&[2, 3, 4], &[0, 4, 1]), (vec![2, 12], vec![0, 1]));
        assert_eq!(merged(&[2, 3], &[0, 0]), (vec![6], vec![0]));
        assert_eq!(merged(&[1, 1], &[7, 7]), (vec![], vec![]));
    }

    #[test]
    fn a_long_walk_in_parallel_is_that_of_the_definition() {
        let from: Vec<f32> = (0..70_000).map(|i| i as f32).collect();
        let turned = read(&from, 0, &[70, 10, 100], &[100, 7000, 1]);
        for at in [0, 99, 100, 999, 1000, 69_999, 34_567] {
            let (i, j, k) = (at / 1000, at / 100 % 10, at % 100);
            assert_eq!(turned[at], (j * 7000 + i * 100 + k) as f32);
        }
    }

    proptest! {
        #[test]
        fn equals_the_definition(
            sizes in prop::collection::vec(0usize..4, 0..5),
            strides in prop::collection::vec(0usize..5, 5),
            start in 0usize..3,
        ) {
            let from: Vec<f32> = (0..100).map(|i| i as f32).collect();
            let mut expected = vec![start];
            for (axis, &size) in sizes.iter().enumerate() {
                let step = |at: &usize| (0..size).map(|i| at + i * strides[axis]).collect::<Vec<_>>();
                expected = expected.iter().flat_map(step).collect();
            }
            let expected: Vec<f32> = expected.into_iter().map(|at| from[at]).collect();
            prop_assert_eq!(&read(&from, start, &sizes, &strides[..sizes.len()])[..], &expected[..]);
        }
    }
}
