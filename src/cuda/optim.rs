//! Steps of optimisers, `kernels/optim.cu`: all parameters in one launch.

use std::sync::Arc;

use super::{Gpu, Memory};

/// Values that a block changes: `CHUNK` of the kernels.
const CHUNK: usize = 4096;

/// Numbers of a row of the kernels' table, of 64 bits.
const ROW: usize = 5;

/// The parameters of a launch, with their gradients and what is remembered of them. The memory stays alive until then.
#[derive(Default)]
pub(crate) struct Rows {
    table: Vec<u64>,
    blocks: usize,
    kept: Vec<Arc<Memory>>,
}

impl Rows {
    /// Adds a parameter. At most two slots.
    pub(crate) fn push(&mut self, values: Arc<Memory>, gradient: Arc<Memory>, slots: &[Arc<Memory>]) {
        let len = values.len();
        assert!(len < 1 << 31, "a GPU takes parameters of fewer than 2^31 values, got {len}");
        let all = [&values, &gradient].into_iter().chain(slots);
        assert!(
            all.clone().all(|memory| memory.len() == len) && slots.len() <= 2,
            "as the kernels read them"
        );
        self.table.extend(all.map(|memory| memory.address()));
        self.table.resize(self.table.len().next_multiple_of(ROW) - 1, 0);
        self.table.push(len as u64 | (self.blocks as u64) << 32);
        self.blocks += len.div_ceil(CHUNK);
        self.kept.extend([values, gradient].into_iter().chain(slots.iter().cloned()));
    }
}

/// The table of the launch before, which mostly is that of the next.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<u64>,
    memory: Option<Memory<u64>>,
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
        let there = table.memory.as_ref().is_some_and(|memory| std::ptr::eq(memory.gpu(), self));
        if !there || table.rows != rows.table {
            *table = Table { memory: Some(self.upload(&rows.table)), rows: rows.table };
        }
        let launch = self.kernel("optim", name).with(table.memory.as_ref()).with(table.rows.len() / ROW);
        launch.with(numbers.map(f32::to_bits)).blocks([rows.blocks, 1, 1], [256, 1, 1]);
    }
}
