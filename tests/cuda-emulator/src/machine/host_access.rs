//! What the host does with global memory: reads, writes and copies, and where a range lies.

use super::cell::{Cell, HOST};
use super::fault::{FaultKind, Trouble};
use super::memory::{GAP, Memory, POISON, State};

impl Memory {
    /// Writes from the host.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Box<Trouble>> {
        self.span(address, bytes.len(), "write")?.copy_from_slice(bytes);
        Ok(())
    }

    /// The bytes of a range that the host is about to write.
    pub fn span(&mut self, address: u64, length: usize, doing: &str) -> Result<&mut [u8], Box<Trouble>> {
        if length == 0 {
            return Ok(&mut []);
        }
        let (index, offset) = self.locate(address, length, doing)?;
        let allocation = &mut self.allocations[index];
        allocation.shadow.cells(offset, length).fill(Cell { writer: HOST, reader: 0 });
        Ok(&mut allocation.data[offset..offset + length])
    }

    /// Bytes for the host, every one of which must have been written.
    pub fn read(&mut self, address: u64, length: usize) -> Result<&[u8], Box<Trouble>> {
        if length == 0 {
            return Ok(&[]);
        }
        let (index, offset) = self.locate(address, length, "read")?;
        let allocation = &mut self.allocations[index];
        let cells = allocation.shadow.cells(offset, length);
        if let Some(cell) = cells.iter().position(|cell| cell.writer == 0) {
            let granule = allocation.shadow.granule();
            return Err(Trouble::new(
                FaultKind::Uninitialised,
                format!(
                    "{length} bytes at 0x{address:x} are read, but nothing was written to what begins {} bytes from there",
                    cell * granule
                ),
            ));
        }
        Ok(&allocation.data[offset..offset + length])
    }

    /// Whether a range lies within one allocation that is not freed; it may still wait for its stream.
    pub fn check(&self, address: u64, length: usize) -> Result<(), Box<Trouble>> {
        if length == 0 {
            return Ok(());
        }
        match self.locate(address, length, "copy or set") {
            Err(trouble) if self.is_pending(address) && trouble.kind == FaultKind::UseAfterFree => Ok(()),
            result => result.map(|_| ()),
        }
    }

    fn is_pending(&self, address: u64) -> bool {
        let before = self.allocations.partition_point(|allocation| allocation.start <= address);
        before > 0 && self.allocations[before - 1].state == State::Pending
    }

    /// Copies within the device; bytes that were never written stay so.
    pub fn copy(&mut self, to: u64, from: u64, length: usize) -> Result<(), Box<Trouble>> {
        if length == 0 {
            return Ok(());
        }
        let (source, source_offset) = self.locate(from, length, "copy from")?;
        let (target, target_offset) = self.locate(to, length, "copy to")?;
        let bytes = self.allocations[source].data[source_offset..source_offset + length].to_vec();
        // Both sides must speak of the same granules.
        let is_coarse = |index: usize| self.allocations[index].shadow.granule() == 4;
        let aligned = (source_offset | target_offset | length) & 3 == 0;
        let step = if aligned && is_coarse(source) && is_coarse(target) { 4 } else { 1 };
        // A cell of bytes is wanted where one side has them already, or where a granule would be cut.
        if step == 1 {
            self.allocations[source].shadow.refine();
            self.allocations[target].shadow.refine();
        }
        let mut written = Vec::with_capacity(length / step);
        for offset in (0..length).step_by(step) {
            written.push(self.allocations[source].shadow.cells(source_offset + offset, step)[0].writer != 0);
        }
        let allocation = &mut self.allocations[target];
        for (index, written) in written.into_iter().enumerate() {
            let cell = Cell { writer: if written { HOST } else { 0 }, reader: 0 };
            allocation.shadow.cells(target_offset + index * step, step).fill(cell);
        }
        allocation.data[target_offset..target_offset + length].copy_from_slice(&bytes);
        Ok(())
    }

    /// Makes a range as if nothing had ever been written to it, as a pool may do with what it hands out again.
    pub fn forget(&mut self, address: u64, length: usize) -> Result<(), Box<Trouble>> {
        if length == 0 {
            return Ok(());
        }
        let (index, offset) = self.locate(address, length, "forget")?;
        let allocation = &mut self.allocations[index];
        allocation.shadow.cells(offset, length).fill(Cell::default());
        allocation.data[offset..offset + length].fill(POISON);
        Ok(())
    }

    /// The allocation that a range lies in, and where it begins there; or in words why there is none.
    pub(super) fn locate(
        &self,
        address: u64,
        length: usize,
        doing: &str,
    ) -> Result<(usize, usize), Box<Trouble>> {
        let outside = |what: String| {
            Trouble::new(
                FaultKind::OutOfBounds,
                format!("{doing} of {length} bytes at 0x{address:x}, {what}"),
            )
        };
        let after = self.allocations.partition_point(|allocation| allocation.start <= address);
        let near =
            after.checked_sub(1).map(|index| (index, (address - self.allocations[index].start) as usize));
        let inside =
            near.filter(|(index, offset)| offset.saturating_add(length) <= self.allocations[*index].size);
        let Some((index, offset)) = inside else {
            let next = self.allocations.get(after).filter(|next| next.start - address < GAP / 2);
            return Err(outside(match (near, next) {
                _ if address < 4096 => "a null pointer".into(),
                (_, Some(next)) => {
                    format!("{} bytes before an allocation of {} bytes", next.start - address, next.size)
                }
                (Some((index, offset)), _) if offset < self.allocations[index].size + GAP as usize => {
                    let size = self.allocations[index].size;
                    format!(
                        "{} bytes beyond the end of an allocation of {size} bytes",
                        offset + length - size
                    )
                }
                _ => "which is in no allocation".into(),
            }));
        };
        let allocation = &self.allocations[index];
        let dead = |what| {
            let text = format!(
                "{doing} of {length} bytes at 0x{address:x}, in an allocation of {} bytes that {what}",
                allocation.size
            );
            Trouble::new(FaultKind::UseAfterFree, text)
        };
        match allocation.state {
            State::Live => Ok((index, offset)),
            State::Freed => Err(dead("was freed")),
            State::Pending => Err(dead("its stream has not allocated yet")),
        }
    }
}
