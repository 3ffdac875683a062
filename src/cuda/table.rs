//! Launches over many arrays at once, `kernels/rows.cuh`: steps of optimisers, `kernels/optim.cu`, and what is done to all
//! gradients, `kernels/gradients.cu`.

use std::sync::Arc;

use super::launch::Launch;
use super::{Gpu, Memory};

/// Values that a block takes: `CHUNK` of the kernels.
const CHUNK: usize = 4096;

/// Numbers of 64 bits of a row of the kernels' table.
const ROW: usize = 5;

/// The arrays of a launch, which stay alive until then.
#[derive(Default)]
pub(crate) struct Rows {
    table: Vec<u64>,
    blocks: usize,
    kept: Vec<Arc<Memory>>,
}

impl Rows {
    /// Adds a row: values and, for an optimiser, their gradient and what is remembered of them, all of the same length.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Arc<Memory>>) {
        let (first, begin) = (self.kept.len(), self.table.len());
        self.kept.extend(row);
        let row = &self.kept[first..];
        let len = row[0].len();
        assert!(len < 1 << 31, "a GPU takes arrays of fewer than 2^31 values, got {len}");
        assert!(row.len() < ROW && row.iter().all(|memory| memory.len() == len), "as the kernels read them");
        self.table.extend(row.iter().map(|memory| memory.address()));
        self.table.resize(begin + ROW - 1, 0);
        self.table.push(len as u64 | (self.blocks as u64) << 32);
        self.blocks += len.div_ceil(CHUNK);
    }
}

impl FromIterator<Arc<Memory>> for Rows {
    /// A row for each array.
    fn from_iter<I: IntoIterator<Item = Arc<Memory>>>(arrays: I) -> Rows {
        let mut rows = Rows::default();
        arrays.into_iter().for_each(|array| rows.push([array]));
        rows
    }
}

/// The table of the launch before, which mostly is that of the next.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<u64>,
    memory: Option<Memory<u64>>,
}

impl Table {
    /// The first arguments of a kernel.
    fn given<'a>(&'a mut self, launch: Launch<'a>, gpu: &'static Gpu, rows: &Rows) -> Launch<'a> {
        let there = self.memory.as_ref().is_some_and(|memory| std::ptr::eq(memory.gpu(), gpu));
        if !there || self.rows != rows.table {
            *self = Table { memory: Some(gpu.upload(&rows.table)), rows: rows.table.clone() };
        }
        launch.with(self.memory.as_ref()).with(self.rows.len() / ROW)
    }
}

impl Gpu {
    /// Moves parameters by an optimiser's rule, which is the kernel `name` with its numbers.
    pub(crate) fn optimise<const N: usize>(
        &'static self,
        name: &str,
        numbers: [f32; N],
        rows: Rows,
        table: &mut Table,
    ) {
        let launch = table.given(self.kernel("optim", name), self, &rows);
        launch.with(numbers.map(f32::to_bits)).blocks([rows.blocks, 1, 1], [256, 1, 1]);
    }

    /// Multiplies arrays in place. The number becomes 1 where that gives an infinity or NaN, otherwise it stays 0.
    pub(crate) fn scale(&'static self, rows: Rows, factor: f32) -> Memory<u32> {
        let found = Memory::zeros(self, 1);
        let mut table = Table::default();
        let launch = table.given(self.kernel("gradients", "scale"), self, &rows);
        launch.with(factor).with(&found).blocks([rows.blocks, 1, 1], [256, 1, 1]);
        found
    }

    /// The sum of the squares of all values of arrays.
    pub(crate) fn squares(&'static self, rows: Rows) -> f64 {
        let (sums, total) = (Memory::<f64>::scratch(self, rows.blocks), Memory::<f64>::scratch(self, 1));
        let mut table = Table::default();
        let launch = table.given(self.kernel("gradients", "squares"), self, &rows);
        launch.with(&sums).blocks([rows.blocks, 1, 1], [256, 1, 1]);
        let launch = self.kernel("gradients", "total").with(rows.blocks).with(&sums).with(&total);
        launch.blocks([1, 1, 1], [256, 1, 1]);
        let mut number = [0.0];
        self.download(&total, &mut number);
        number[0]
    }
}
