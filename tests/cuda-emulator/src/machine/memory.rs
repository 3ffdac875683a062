//! Global memory: allocations at addresses that are never used twice, each with a shadow.
//!
//! The shadow remembers for each word whether it was ever written, and which block of the running launch wrote or read it.

use super::cell::{ATOMIC, Cell, Conflict, HOST, Running, Touch};
use super::fault::{FaultKind, Trouble};
use super::shadow::Shadow;

/// Where the first allocation lies.
const FIRST_ADDRESS: u64 = 0x7f00_0000_0000;
/// Bytes between allocations: an index that runs astray meets no neighbour.
pub(super) const GAP: u64 = 1 << 20;
const ALIGNMENT: u64 = 256;
/// What fresh memory holds: not-a-number for every float.
pub(super) const POISON: u8 = 0xff;
/// How many freed allocations are remembered, for messages.
const REMEMBERED: usize = 1 << 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its stream has not come to the allocation yet.
    Pending,
    Live,
    Freed,
}

#[derive(Debug)]
pub(super) struct Allocation {
    pub start: u64,
    pub size: usize,
    pub state: State,
    pub read_only: bool,
    pub data: Vec<u8>,
    pub shadow: Shadow<Cell>,
}

/// The device's global memory.
#[derive(Debug)]
pub struct Memory {
    pub(super) allocations: Vec<Allocation>,
    next: u64,
    limit: usize,
    used: usize,
    peak: usize,
    running: Running,
    last_tag: u32,
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
                // Several may write the same value; what others have read must not be written at all.
                if matches!(conflict, Conflict::Writer(_)) && replaced.is_some_and(|bytes| *bytes == *data) {
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
