//! How a result is cut into tiles: [`Cut`], and the columns of one tile, [`Panel`].

use super::tile::Kernels;

/// Rows and registers shared out evenly over tiles.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    tiles: usize,
    rows: usize,
    registers: usize,
    all_registers: usize,
}

impl Cut {
    pub(super) fn new(rows: usize, all_registers: usize, registers: usize, most_rows: usize) -> Cut {
        Cut { tiles: rows.div_ceil(most_rows), rows, registers, all_registers }
    }

    /// Tenths of a cycle for one step of the sum over all tiles, estimated: two multiplications, two loads and five
    /// instructions a cycle, and no fewer than ten multiplications, or they wait for their results.
    pub(super) fn cost(&self) -> usize {
        let tile = |rows: usize, registers: usize| {
            let (products, loads) = (rows * registers, rows + registers);
            (5 * products.max(10)).max(5 * loads).max(2 * (products + loads + 4))
        };
        let panel = |registers: usize| self.rows().map(|(_, rows)| tile(rows, registers)).sum::<usize>();
        let whole = self.all_registers / self.registers;
        // What is left is cut into panels of 2 registers and 1, see `panels`.
        let left = self.all_registers % self.registers;
        let rest = [1, 2].into_iter().filter(|registers| left & registers > 0).map(panel);
        whole * panel(self.registers) + rest.sum::<usize>()
    }

    /// Tiles of the same width for another number of rows.
    pub fn for_rows(self, rows: usize, kernels: &Kernels) -> Cut {
        Cut::new(rows, self.all_registers, self.registers, kernels.most_rows(self.registers))
    }

    /// The first row and the number of rows of every tile: as even as can be.
    pub fn rows(self) -> impl Iterator<Item = (usize, usize)> {
        let at = move |tile: usize| tile * self.rows / self.tiles;
        (0..self.tiles).map(move |tile| (at(tile), at(tile + 1) - at(tile)))
    }

    /// Registers a tile is wide.
    pub fn registers(self) -> usize {
        self.registers
    }

    /// The columns of the result, tile by tile.
    pub fn panels(self, kernels: &Kernels) -> impl Iterator<Item = Panel> {
        let lanes = kernels.lanes;
        let mut next = 0;
        std::iter::from_fn(move || {
            let left = self.all_registers - next;
            let registers = if left == 0 { return None } else { self.registers.min(1 << left.ilog2()) };
            let panel = Panel { column: next * lanes, registers, width: registers * lanes };
            next += registers;
            Some(panel)
        })
    }
}

/// The columns of one tile.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// The first of them.
    pub column: usize,
    pub registers: usize,
    /// How many the registers hold.
    pub width: usize,
}
