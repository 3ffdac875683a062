//! A shadow of memory: one cell for four bytes, or for each byte once something narrower touches it.

/// What is known about each granule of some memory.
#[derive(Debug)]
pub struct Shadow<Cell> {
    granule: usize,
    cells: Vec<Cell>,
    bytes: usize,
}

impl<Cell: Copy + Default> Shadow<Cell> {
    pub fn new(bytes: usize) -> Self {
        Self { granule: 4, cells: vec![Cell::default(); bytes.div_ceil(4)], bytes }
    }

    /// The cells of a range that lies within the memory.
    #[inline]
    pub fn cells(&mut self, offset: usize, length: usize) -> &mut [Cell] {
        if self.granule == 4 && (offset | length) & 3 != 0 {
            self.refine();
        }
        let first = offset / self.granule;
        &mut self.cells[first..first + length / self.granule]
    }

    /// Every cell.
    pub fn cells_mut(&mut self) -> &mut [Cell] {
        &mut self.cells
    }

    fn refine(&mut self) {
        self.granule = 1;
        let fine = self.cells.iter().flat_map(|cell| [*cell; 4]).take(self.bytes);
        self.cells = fine.collect();
    }
}
