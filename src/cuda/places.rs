//! Where the greatest or the smallest values along an axis lie, and values at such places: `kernels/places.cu`.

use super::launch::BLOCK;
use super::reduce::{Columns, one_thread_each};
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// Axes that are this short have one thread a result.
const SHORT: usize = 32;

/// Places along the middle one of three axes: one for each of `[outer, inner]`.
pub(crate) struct Places {
    positions: Memory<u32>,
    blocks: [usize; 3],
}

impl Gpu {
    /// Where along the middle one of three axes, which is not empty, the `greatest` or the `least` values lie.
    pub(crate) fn places_of(&'static self, name: &str, x: &Array, blocks: [usize; 3]) -> Places {
        Places { positions: self.positions(name, &x.memory(self), blocks, None, blocks[1]), blocks }
    }

    /// Places along the middle one of three axes that the host knows.
    pub(crate) fn places(
        &'static self,
        positions: impl Iterator<Item = usize>,
        blocks: [usize; 3],
    ) -> Places {
        let positions: Vec<u32> = positions.map(|position| position as u32).collect();
        Places { positions: self.upload(&positions), blocks }
    }

    /// Of so many candidates for each result, or of all positions.
    fn positions(
        &'static self,
        name: &str,
        x: &Memory,
        [outer, size, inner]: [usize; 3],
        candidates: Option<&Memory<u32>>,
        number: usize,
    ) -> Memory<u32> {
        let found = Memory::scratch(self, outer * inner);
        if one_thread_each([outer, number, inner], SHORT) {
            let launch = self.kernel("places", &format!("{name}_each")).with(found.len()).with(number);
            let launch = launch.with(size).with(inner).with(x).with(candidates);
            launch.with(&found).over(found.len());
            return found;
        }
        let columns = Columns::new([outer, number, inner]);
        let parts = Memory::scratch(self, columns.results().iter().product());
        let launch = self.kernel("places", &format!("{name}_columns")).with(columns.argument());
        let launch = launch.with(size).with(x).with(candidates).with(&parts);
        launch.blocks(columns.grid(), [BLOCK, 1, 1]);
        match columns.parts {
            1 => parts,
            several => self.positions(name, x, [outer, size, inner], Some(&parts), several),
        }
    }

    /// The values at places, as an array of the given sizes.
    pub(crate) fn picked(&'static self, x: &Array, places: &Places, sizes: &[usize]) -> Array {
        let y = self.picked_values(x, places);
        Array::on_gpu(sizes, Layout::RowMajor, y)
    }

    /// The sum of the values at places over a divisor.
    pub(crate) fn picked_sum(&'static self, x: &Array, places: &Places, divisor: f32) -> Array {
        let values = self.picked_values(x, places);
        let sum = self.axis_sum(&values, [1, values.len(), 1], divisor);
        Array::on_gpu(&[], Layout::RowMajor, sum)
    }

    fn picked_values(&'static self, x: &Array, places: &Places) -> Memory {
        let [_, size, inner] = places.blocks;
        let y = Memory::scratch(self, places.positions.len());
        let launch = self.kernel("places", "picked").with(y.len()).with(size).with(inner);
        launch.with(x.memory(self)).with(&places.positions).with(&y).over(y.len());
        y
    }

    /// A gradient of what was picked on its way back, as values in the memory order of what was picked from. It may be one
    /// for all: that of a sum over a divisor.
    pub(crate) fn picked_slope(&'static self, gradient: &Array, divisor: f32, places: &Places) -> Memory {
        let [outer, size, inner] = places.blocks;
        let dx = Memory::scratch(self, outer * size * inner);
        let one_for_all = u32::from(gradient.sizes().is_empty());
        let gradient = gradient.row_major();
        let launch = self.kernel("places", "picked_slope").with(dx.len()).with(size).with(inner);
        let launch = launch.with(gradient.memory(self)).with(one_for_all).with(divisor);
        launch.with(&places.positions).with(&dx).over(dx.len());
        dx
    }
}

impl Places {
    /// The positions along the axis, copied from the GPU.
    pub(crate) fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.positions.len()];
        self.positions.gpu().download(&self.positions, &mut positions);
        positions.into_iter().map(|position| position as usize).collect()
    }
}
