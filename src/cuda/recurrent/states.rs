//! [`States`]: where the states of all sequences lie.

use crate::cpu::recurrent::{Cell, Run};
use crate::cuda::Memory;

/// Where the first sequence's h begins, where its c begins, and how far the next ones are.
#[derive(Clone, Copy)]
pub(super) struct States<'a> {
    h: (&'a Memory, usize),
    c: Option<(&'a Memory, usize)>,
    pub(super) stride: usize,
}

impl<'a> States<'a> {
    /// In two memories, from the same place on.
    pub(super) fn apart(h: &'a Memory, c: Option<&'a Memory>, place: usize, stride: usize) -> Self {
        States { h: (h, place), c: c.map(|c| (c, place)), stride }
    }

    /// c, if there is one, behind h.
    pub(super) fn side_by_side(run: &Run, memory: &'a Memory, place: usize, stride: usize) -> Self {
        let c = (run.cell == Cell::Lstm).then_some((memory, place + run.hidden));
        States { h: (memory, place), c, stride }
    }

    /// The last rows of a result.
    pub(super) fn ends(run: &Run, y: &'a Memory) -> Self {
        let outputs = run.rows() - run.cell.states();
        States::side_by_side(run, y, outputs * run.hidden, run.rows() * run.hidden)
    }

    /// The kernels' `States`.
    pub(super) fn pointers(&self) -> [u64; 2] {
        let address = |(memory, place): (&Memory, usize)| memory.address() + 4 * place as u64;
        [address(self.h), self.c.map_or(0, address)]
    }
}
