//! A shadow of memory: one cell for four bytes, or for each byte once something narrower touches it.

/// What is known about each granule of some memory.
#[derive(Debug)]
pub struct Shadow<Cell> {
    /// Bytes of a granule, as a power of two: a shift is much faster than a division.
    shift: u32,
    cells: Vec<Cell>,
    bytes: usize,
}

impl<Cell: Copy + Default> Shadow<Cell> {
    pub fn new(bytes: usize) -> Self {
        Self { shift: 2, cells: vec![Cell::default(); bytes.div_ceil(4)], bytes }
    }

    /// The cells of a range that lies within the memory.
    #[inline]
    pub fn cells(&mut self, offset: usize, length: usize) -> &mut [Cell] {
        if self.shift == 2 && (offset | length) & 3 != 0 {
            self.refine();
        }
        let first = offset >> self.shift;
        &mut self.cells[first..first + (length >> self.shift)]
    }

    /// How many bytes a cell stands for.
    pub fn granule(&self) -> usize {
        1 << self.shift
    }

    /// Every cell.
    pub fn cells_mut(&mut self) -> &mut [Cell] {
        &mut self.cells
    }

    /// From now on every byte has its own cell.
    #[cold]
    pub fn refine(&mut self) {
        if self.shift == 0 {
            return;
        }
        self.shift = 0;
        let fine = self.cells.iter().flat_map(|cell| [*cell; 4]).take(self.bytes);
        self.cells = fine.collect();
    }
}
