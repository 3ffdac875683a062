//! The shared memory of a block, with a shadow that finds accesses no barrier orders.

use super::cell::Touch;
use super::fault::{FaultKind, Trouble};
use super::shadow::Shadow;

const ATOMIC: u64 = 1 << 10;
/// Several lanes of one warp.
const LANES: u64 = 1 << 11;
/// Threads of several warps.
const WARPS: u64 = 1 << 12;
const THREAD: u64 = 0x3ff;
const PHASE: u64 = 0xf_ffff << 16;

/// Tags: the epoch in the upper bits, then the warp's phase, then the thread with the marks above. Zero: nobody.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    writer: u64,
    reader: u64,
}

/// Who touches shared memory, and between which barriers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Toucher {
    /// Counts the barriers of blocks.
    pub epoch: u64,
    /// Counts the barriers of this warp.
    pub phase: u64,
    pub thread: u64,
}

impl Toucher {
    fn tag(self) -> u64 {
        self.epoch << 36 | (self.phase << 16 & PHASE) | self.thread
    }
}

#[derive(Debug)]
pub(super) struct SharedMemory {
    data: Vec<u8>,
    /// Beginning and end of each variable.
    variables: Vec<(usize, usize)>,
    shadow: Shadow<Cell>,
    /// The epoch that the running block began with: what is older, it never wrote.
    first_epoch: u64,
}

impl SharedMemory {
    pub fn new(variables: Vec<(usize, usize)>) -> Self {
        let size = variables.iter().map(|(_, end)| *end).max().unwrap_or(0).next_multiple_of(16);
        Self { data: vec![0xff; size], variables, shadow: Shadow::new(size), first_epoch: 0 }
    }

    pub fn begin_block(&mut self, epoch: u64) {
        self.first_epoch = epoch;
    }

    #[inline]
    pub fn touch(
        &mut self,
        address: u64,
        length: usize,
        touch: Touch,
        who: Toucher,
        replaced: Option<&[u8]>,
    ) -> Result<&mut [u8], Box<Trouble>> {
        let offset = address as usize;
        let inside = self.variables.iter().any(|(start, end)| *start <= offset && offset + length <= *end);
        if address > u64::from(u32::MAX) || !inside {
            return Err(self.outside(address, length));
        }
        let data = &mut self.data[offset..offset + length];
        for cell in self.shadow.cells(offset, length) {
            if let Err(conflict) = cell.touch(who, touch, self.first_epoch) {
                // Several may write the same value; what others have read must not be written at all.
                if matches!(conflict, Conflict::Other(_, true))
                    && replaced.is_some_and(|bytes| *bytes == *data)
                {
                    continue;
                }
                return Err(conflict.describe(address, length, touch, who));
            }
        }
        Ok(data)
    }

    fn outside(&self, address: u64, length: usize) -> Box<Trouble> {
        let sizes: Vec<usize> = self.variables.iter().map(|(start, end)| end - start).collect();
        let near = self.variables.iter().filter(|(start, _)| *start as u64 <= address).max();
        let place = match near {
            Some((start, end)) => {
                format!("byte {} of a variable of {} bytes", address - *start as u64, end - start)
            }
            None => "before every variable".into(),
        };
        Trouble::new(
            FaultKind::OutOfBounds,
            format!(
                "{length} bytes of shared memory at 0x{address:x}, {place} (the block's variables have {sizes:?} bytes)"
            ),
        )
    }
}

enum Conflict {
    Unwritten,
    /// The tag of the other access, and whether it wrote.
    Other(u64, bool),
}

/// Whether nothing orders an earlier access before this one.
#[inline]
fn unordered(earlier: u64, who: Toucher) -> bool {
    if earlier >> 36 != who.epoch {
        return false;
    }
    if earlier & WARPS != 0 {
        return true;
    }
    let same_warp = (earlier & THREAD) / 32 == who.thread / 32;
    let alone = earlier & LANES == 0 && earlier & THREAD == who.thread;
    let by_warp_barrier = same_warp && (earlier & PHASE) != (who.phase << 16 & PHASE);
    !alone && !by_warp_barrier
}

impl Cell {
    #[inline]
    fn touch(&mut self, who: Toucher, touch: Touch, first_epoch: u64) -> Result<(), Conflict> {
        if touch != Touch::Write && self.writer >> 36 < first_epoch {
            return Err(Conflict::Unwritten);
        }
        if unordered(self.writer, who) && !(touch == Touch::Atomic && self.writer & ATOMIC != 0) {
            return Err(Conflict::Other(self.writer, true));
        }
        match touch {
            Touch::Read | Touch::ReadOnly => {
                let earlier = self.reader;
                let mut tag = who.tag();
                if earlier >> 36 == who.epoch && earlier & (THREAD | LANES | WARPS) != who.thread {
                    let same_warp = (earlier & THREAD) / 32 == who.thread / 32;
                    tag |= if same_warp && earlier & WARPS == 0 { LANES } else { WARPS };
                }
                self.reader = tag;
            }
            Touch::Write | Touch::Atomic => {
                if unordered(self.reader, who) {
                    return Err(Conflict::Other(self.reader, false));
                }
                self.writer = who.tag() | if touch == Touch::Atomic { ATOMIC } else { 0 };
            }
        }
        Ok(())
    }
}

impl Conflict {
    fn describe(self, address: u64, length: usize, touch: Touch, who: Toucher) -> Box<Trouble> {
        let doing = match touch {
            Touch::Read | Touch::ReadOnly => "read",
            Touch::Write => "write",
            Touch::Atomic => "atomic access",
        };
        let place = format!("{doing} of {length} bytes of shared memory at 0x{address:x}");
        let Self::Other(tag, wrote) = self else {
            return Trouble::new(
                FaultKind::Uninitialised,
                format!("{place}, to which the block wrote nothing"),
            );
        };
        let done = if wrote { "wrote" } else { "read" };
        let other = tag & THREAD;
        let same_warp = tag & WARPS == 0 && other / 32 == who.thread / 32;
        let (kind, by, missing) = match (same_warp, tag & (WARPS | LANES) != 0) {
            (true, _) => {
                (FaultKind::WarpRace, format!("lane {} of the same warp", other % 32), "__syncwarp()")
            }
            (false, true) => (FaultKind::SharedRace, "threads of other warps".into(), "__syncthreads()"),
            (false, false) => {
                (FaultKind::SharedRace, format!("thread number {other} of another warp"), "__syncthreads()")
            }
        };
        Trouble::new(
            kind,
            format!("{place}, which {by} {done} with no barrier between: {missing} is missing"),
        )
    }
}
