//! Where the values of rows stand when these are in order: `kernels/sort.cu`.

use super::launch::BLOCK;
use super::words::sizes;
use super::{Gpu, Memory};
use crate::array::Array;

/// Keys that a block puts in order.
const TILE: usize = 2048;

impl Gpu {
    /// The positions of the first `wanted` values of every row of `x` when it is in order, the smallest first, or the greatest if
    /// `descending`. Equal values keep their order, a NaN counts as the greatest.
    pub(crate) fn order(&'static self, x: &Array, wanted: usize, descending: bool) -> Vec<usize> {
        let columns = x.sizes().last().copied().unwrap_or(1);
        if x.is_empty() || wanted == 0 {
            return Vec::new();
        }
        let (rows, length) = (x.len() / columns, columns.next_power_of_two());
        let keys = rows * length;
        let whole = keys.next_multiple_of(TILE);
        // Kernels count to 2^31, and the last tile may reach over the keys.
        sizes([whole]);
        let numbers = sizes([keys, length, columns, usize::from(descending)]);
        let positions: Memory<u32> = Memory::scratch(self, rows * wanted);
        // Rows that fit into tiles never leave these.
        let kept: Option<Memory<u64>> = (length > TILE).then(|| Memory::scratch(self, keys));
        let (tiles, block) = ([whole / TILE, 1, 1], [BLOCK, 1, 1]);
        let launch = self.kernel("sort", "sort_tiles").with(numbers).with(x.row_major().memory(self));
        launch.with(kept.as_ref()).with(wanted).with(&positions).blocks(tiles, block);
        let mut sorted = TILE;
        while sorted < length {
            sorted *= 2;
            let mut distance = sorted / 2;
            while distance >= TILE {
                let launch = self.kernel("sort", "sort_step").with(keys / 2).with(numbers);
                launch.with(kept.as_ref()).with(distance).with(sorted).over(keys / 2);
                distance /= 2;
            }
            let launch = self.kernel("sort", "sort_within_tiles").with(numbers);
            launch.with(kept.as_ref()).with(sorted).with(wanted).with(&positions).blocks(tiles, block);
        }
        let mut found = vec![0; positions.len()];
        self.download(&positions, &mut found);
        found.into_iter().map(|position: u32| position as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::Device;
    use crate::ops::{argsort, topk};
    use crate::random::Generator;
    use crate::raw::Raw;

    /// Few different values, so that many are equal, and some that are none.
    fn values(sizes: &[usize]) -> Raw {
        let mut x = Generator::new(5).uniform(sizes, -40.0, 40.0);
        for (i, x) in x.values_mut().iter_mut().enumerate() {
            *x = match i % 11 {
                3 => f32::NAN,
                5 => f32::INFINITY,
                7 => f32::NEG_INFINITY,
                8 => -0.0,
                9 => 0.0,
                _ => x.round(),
            };
        }
        Raw::new(x)
    }

    #[test]
    fn rows_of_every_length_come_in_the_cpus_order() {
        if crate::cuda::active().is_none() {
            return;
        }
        for sizes in [[3, 1], [5, 2], [700, 3], [2, 100], [3, 2048], [2, 2049], [1, 9000]] {
            let x = values(&sizes);
            for descending in [false, true] {
                let expected = Device::Cpu.scope(|| argsort(&x, descending));
                assert!(argsort(&x, descending) == expected, "{sizes:?}, descending: {descending}");
            }
            for k in [1, sizes[1] / 2, sizes[1]] {
                let expected = Device::Cpu.scope(|| topk(&x, k).1);
                assert!(topk(&x, k).1 == expected, "the {k} greatest of {sizes:?}");
            }
        }
    }
}
