//! Global memory: allocations at addresses that are never used twice, each with a shadow.
//!
//! The shadow remembers for each word whether it was ever written, and which block of the running launch wrote or read it.

use std::collections::HashSet;

use super::fault::{FaultKind, Trouble};
use super::shadow::Shadow;

/// Where the first allocation lies.
const FIRST_ADDRESS: u64 = 0x7f00_0000_0000;
/// Bytes between allocations: an index that runs astray meets no neighbour.
const GAP: u64 = 1 << 20;
const ALIGNMENT: u64 = 256;
/// What fresh memory holds: not-a-number for every float.
const POISON: u8 = 0xff;
/// How many freed allocations are remembered, for messages.
const REMEMBERED: usize = 1 << 14;

/// Marks a writer that wrote by an atomic instruction.
const ATOMIC: u32 = 1 << 31;
/// The tag of what the host wrote.
const HOST: u32 = 1;

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// Zero: never written. From the launch's base on: the block that wrote last, perhaps with `ATOMIC`.
    writer: u32,
    /// The block that read last; the launch's base itself stands for several.
    reader: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its stream has not come to the allocation yet.
    Pending,
    Live,
    Freed,
}

#[derive(Debug)]
struct Allocation {
    start: u64,
    size: usize,
    state: State,
    read_only: bool,
    data: Vec<u8>,
    shadow: Shadow<Cell>,
}

/// The running launch, as far as memory is concerned.
#[derive(Debug, Default)]
struct Running {
    /// The tag of its first block is one more.
    base: u32,
    /// The tag of the block that runs now.
    block: u32,
    /// The block fenced what it wrote; an atomic then shows it to others.
    fenced: bool,
    /// The block executed an atomic, so it may see what others have shown.
    acquired: bool,
    shown: HashSet<u32>,
}

/// The device's global memory.
#[derive(Debug)]
pub struct Memory {
    allocations: Vec<Allocation>,
    next: u64,
    limit: usize,
    used: usize,
    peak: usize,
    running: Running,
    last_tag: u32,
}

/// What a kernel does to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    Read,
    /// Through the cache for data that does not change.
    ReadOnly,
    Write,
    Atomic,
}

impl Memory {
    /// Memory of this many bytes.
    pub fn new(limit: usize) -> Self {
        let running = Running::default();
        Self {
            allocations: Vec::new(),
            next: FIRST_ADDRESS,
            limit,
            used: 0,
            peak: 0,
            running,
            last_tag: HOST,
        }
    }

    /// Bytes that are allocated now.
    pub fn used(&self) -> usize {
        self.used
    }

    /// The most bytes that were ever allocated at once.
    pub fn peak(&self) -> usize {
        self.peak
    }

    pub fn reset_peak(&mut self) {
        self.peak = self.used;
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Frees everything.
    pub fn clear(&mut self) {
        self.allocations.clear();
        self.used = 0;
    }

    /// How many allocations are alive.
    pub fn live(&self) -> usize {
        self.allocations.iter().filter(|allocation| allocation.state != State::Freed).count()
    }

    /// Allocates; `None` if there is not enough memory.
    pub fn allocate(&mut self, size: usize) -> Option<u64> {
        if size > self.limit - self.used {
            return None;
        }
        self.forget_old();
        let start = self.next;
        self.next = (start + size as u64 + GAP).next_multiple_of(ALIGNMENT);
        self.allocations.push(Allocation {
            start,
            size,
            state: State::Live,
            read_only: false,
            data: vec![POISON; size],
            shadow: Shadow::new(size),
        });
        self.used += size;
        self.peak = self.peak.max(self.used);
        Some(start)
    }

    /// Lets an allocation wait for its stream, or brings it to life, empty.
    pub fn set_pending(&mut self, start: u64, pending: bool) {
        if let Some(index) = self.starting_at(start) {
            let allocation = &mut self.allocations[index];
            if allocation.state == State::Freed {
                self.used += allocation.size;
                self.peak = self.peak.max(self.used);
            }
            if pending || allocation.state == State::Freed {
                allocation.data = vec![POISON; allocation.size];
                allocation.shadow = Shadow::new(allocation.size);
            }
            allocation.state = if pending { State::Pending } else { State::Live };
        }
    }

    pub fn set_read_only(&mut self, start: u64) {
        if let Some(index) = self.starting_at(start) {
            self.allocations[index].read_only = true;
        }
    }

    /// Frees what starts at this address.
    pub fn free(&mut self, start: u64) -> Result<(), Box<Trouble>> {
        let wrong = |what| Trouble::new(FaultKind::InvalidFree, what);
        let Some(index) = self.starting_at(start) else {
            return Err(wrong(format!("0x{start:x} is freed, but no allocation starts there")));
        };
        let allocation = &mut self.allocations[index];
        if allocation.state == State::Freed {
            return Err(wrong(format!(
                "0x{start:x}, an allocation of {} bytes, is freed twice",
                allocation.size
            )));
        }
        allocation.state = State::Freed;
        allocation.data = Vec::new();
        allocation.shadow = Shadow::new(0);
        self.used -= allocation.size;
        Ok(())
    }

    /// The size of the live allocation that starts here.
    pub fn size_of(&self, start: u64) -> Option<usize> {
        let index = self.starting_at(start)?;
        (self.allocations[index].state != State::Freed).then(|| self.allocations[index].size)
    }

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

    /// Begins a launch of this many blocks; nothing of earlier launches can race with it.
    pub(super) fn begin_launch(&mut self, blocks: u32) {
        if self.last_tag.checked_add(blocks + 2).is_none_or(|last| last >= ATOMIC) {
            self.restart_tags();
        }
        let base = self.last_tag + 1;
        self.last_tag = base + blocks;
        self.running = Running { base, ..Running::default() };
    }

    /// All further accesses are those of this block.
    pub(super) fn begin_block(&mut self, block: u32) {
        self.running.block = self.running.base + 1 + block;
        (self.running.fenced, self.running.acquired) = (false, false);
    }

    pub(super) fn fence(&mut self) {
        self.running.fenced = true;
    }

    /// An access of the running block, checked. `replaced` is what a write puts there, to let equal values pass.
    #[inline]
    pub(super) fn touch(
        &mut self,
        hint: &mut usize,
        address: u64,
        length: usize,
        touch: Touch,
        replaced: Option<&[u8]>,
    ) -> Result<&mut [u8], Box<Trouble>> {
        let known = self.allocations.get(*hint).filter(|allocation| {
            let offset = address.wrapping_sub(allocation.start);
            allocation.state == State::Live
                && offset < allocation.size as u64
                && offset as usize + length <= allocation.size
        });
        let offset = match known {
            Some(allocation) => (address - allocation.start) as usize,
            None => {
                let doing = if matches!(touch, Touch::Read | Touch::ReadOnly) { "read" } else { "write" };
                let (index, offset) = self.locate(address, length, doing)?;
                *hint = index;
                offset
            }
        };
        let allocation = &mut self.allocations[*hint];
        let data = &mut allocation.data[offset..offset + length];
        if allocation.read_only && matches!(touch, Touch::Write | Touch::Atomic) {
            return Err(Trouble::new(
                FaultKind::ReadOnly,
                format!("a write to constant memory at 0x{address:x}"),
            ));
        }
        let running = &mut self.running;
        if touch == Touch::Atomic {
            running.acquired = true;
            if running.fenced {
                running.shown.insert(running.block);
            }
        }
        for cell in allocation.shadow.cells(offset, length) {
            if let Err(conflict) = cell.touch(running, touch) {
                if replaced.is_some_and(|bytes| *bytes == *data) {
                    continue;
                }
                return Err(conflict.describe(running.base, address, length, touch));
            }
        }
        Ok(data)
    }

    fn starting_at(&self, start: u64) -> Option<usize> {
        self.allocations.binary_search_by_key(&start, |allocation| allocation.start).ok()
    }

    fn locate(&self, address: u64, length: usize, doing: &str) -> Result<(usize, usize), Box<Trouble>> {
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

    fn restart_tags(&mut self) {
        for allocation in &mut self.allocations {
            for cell in allocation.shadow.cells_mut() {
                *cell = Cell { writer: cell.writer.min(HOST), reader: 0 };
            }
        }
        self.last_tag = HOST;
    }

    fn forget_old(&mut self) {
        if self.allocations.len() > 2 * REMEMBERED {
            let mut freed =
                self.allocations.iter().filter(|allocation| allocation.state == State::Freed).count();
            self.allocations.retain(|allocation| {
                let old = allocation.state == State::Freed && freed > REMEMBERED / 2;
                freed -= usize::from(old);
                !old
            });
        }
    }
}

enum Conflict {
    Unwritten,
    Writer(u32),
    Reader(u32),
    Changed,
}

impl Cell {
    #[inline]
    fn touch(&mut self, running: &Running, touch: Touch) -> Result<(), Conflict> {
        let (base, block) = (running.base, running.block);
        let writer = self.writer & !ATOMIC;
        let visible = |tag: u32| running.acquired && running.shown.contains(&tag);
        if touch != Touch::Write && self.writer == 0 {
            return Err(Conflict::Unwritten);
        }
        if touch == Touch::ReadOnly && writer > base {
            return Err(Conflict::Changed);
        }
        if writer > base
            && writer != block
            && !(touch == Touch::Atomic && self.writer & ATOMIC != 0)
            && !visible(writer)
        {
            return Err(Conflict::Writer(writer));
        }
        match touch {
            Touch::Read | Touch::ReadOnly => {
                if self.reader < base {
                    self.reader = block;
                } else if self.reader != block {
                    self.reader = base;
                }
            }
            Touch::Write | Touch::Atomic => {
                if self.reader >= base && self.reader != block && !visible(self.reader) {
                    return Err(Conflict::Reader(self.reader));
                }
                self.writer = if touch == Touch::Atomic { block | ATOMIC } else { block };
            }
        }
        Ok(())
    }
}

impl Conflict {
    fn describe(self, base: u32, address: u64, length: usize, touch: Touch) -> Box<Trouble> {
        let doing = match touch {
            Touch::Read | Touch::ReadOnly => "read",
            Touch::Write => "write",
            Touch::Atomic => "atomic access",
        };
        let place = format!("{doing} of {length} bytes at 0x{address:x}");
        match self {
            Self::Unwritten => {
                Trouble::new(FaultKind::Uninitialised, format!("{place}, to which nothing was ever written"))
            }
            Self::Changed => Trouble::new(
                FaultKind::ReadOnly,
                format!("{place} through the read-only cache, but the same kernel wrote there"),
            ),
            Self::Writer(tag) => Trouble::new(
                FaultKind::BlockRace,
                format!("{place}, which block number {} of the same launch wrote", tag - base - 1),
            ),
            Self::Reader(tag) if tag == base => Trouble::new(
                FaultKind::BlockRace,
                format!("{place}, which several blocks of the same launch read"),
            ),
            Self::Reader(tag) => Trouble::new(
                FaultKind::BlockRace,
                format!("{place}, which block number {} of the same launch read", tag - base - 1),
            ),
        }
    }
}
