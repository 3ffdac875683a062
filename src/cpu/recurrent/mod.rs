//! Recurrent cells over all steps of a batch. A block of sequences goes through all steps by itself, so that no thread waits
//! for another; the blocks depend on the sizes alone, and with them all sums.

mod backward;
mod cells;
mod forward;
#[cfg(test)]
mod tests;
mod weights;

use crate::cpu::buffer::Buffer;
#[cfg(test)]
use backward::Gradients;
pub use backward::{Wanted, backward};
pub use cells::Cell;
pub use forward::forward;

/// Fewest sequences of a block: as many rows as keep a tile busy.
const LEAST_ROWS: usize = 8;

/// Most blocks, of each of which there are gradients of the weights; and most values of these together.
const MOST_BLOCKS: usize = 16;
const MOST_VALUES: usize = 16 << 20;

/// Fewest blocks for many sequences, however great the weights are.
const FEWEST_BLOCKS: usize = 4;

/// What a run is.
#[derive(Clone, Debug)]
pub struct Run {
    pub cell: Cell,
    pub batch: usize,
    pub steps: usize,
    pub inputs: usize,
    pub hidden: usize,
    /// How many steps each sequence has.
    pub lengths: Vec<usize>,
    pub reverse: bool,
    /// Whether the result has the output of every step.
    pub outputs: bool,
    /// Whether it has the states that the sequences end in.
    pub ends: bool,
}

/// `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
pub type Parameters<'a> = [&'a [f32]; 4];

/// What the gradient needs, block by block: of every step the input and `h` side by side, `c`, and what the gates let
/// through.
pub struct Trace<T = Buffer> {
    pub rows: T,
    pub cells: T,
    pub gates: T,
}

impl Run {
    /// Values of the state of one sequence.
    pub fn state(&self) -> usize {
        self.cell.states() * self.hidden
    }

    /// Rows of the result of one sequence: one a step, then the last states.
    pub fn rows(&self) -> usize {
        let (outputs, ends) = (usize::from(self.outputs), usize::from(self.ends));
        outputs * self.steps + ends * self.cell.states()
    }

    /// Values of an input and a hidden state side by side.
    fn row(&self) -> usize {
        self.inputs + self.hidden
    }

    /// Values of the gates of one step.
    fn gates(&self) -> usize {
        self.cell.computed() * self.hidden
    }

    /// Values of `c`.
    fn cells(&self) -> usize {
        if self.cell == Cell::Lstm { self.hidden } else { 0 }
    }

    /// The place in the sequence that a step treats.
    pub fn place(&self, step: usize) -> usize {
        if self.reverse { self.steps - 1 - step } else { step }
    }

    /// How many sequences a block has.
    fn block(&self) -> usize {
        let weights = self.cell.gates() * self.hidden * self.row();
        let most = (MOST_VALUES / weights).clamp(FEWEST_BLOCKS, MOST_BLOCKS);
        self.batch.div_ceil(most).max(LEAST_ROWS)
    }

    /// The first sequence of every block and how many it has.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let (batch, block) = (self.batch, self.block());
        (0..batch).step_by(block).map(move |first| (first, block.min(batch - first)))
    }
}

/// The next values of what is left.
fn next<'a>(rest: &mut &'a mut [f32], count: usize) -> &'a mut [f32] {
    rest.split_off_mut(..count).unwrap_or_else(|| unreachable!("as many values as the blocks need"))
}
