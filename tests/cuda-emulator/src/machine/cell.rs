//! A cell of the shadow of global memory: whether it was written, and which blocks of the running launch touched it.

use std::collections::HashSet;

use super::fault::{FaultKind, Trouble};

/// Marks a writer that wrote by an atomic instruction.
pub(super) const ATOMIC: u32 = 1 << 31;
/// The tag of what the host wrote.
pub(super) const HOST: u32 = 1;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    /// Zero: never written. From the launch's base on: the block that wrote last, perhaps with `ATOMIC`.
    pub writer: u32,
    /// The block that read last; the launch's base itself stands for several.
    pub reader: u32,
}

/// The running launch, as far as memory is concerned.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The tag of its first block is one more.
    pub base: u32,
    /// The tag of the block that runs now.
    pub block: u32,
    /// The block fenced what it wrote; an atomic then shows it to others.
    pub fenced: bool,
    /// The block executed an atomic, so it may see what others have shown.
    pub acquired: bool,
    pub shown: HashSet<u32>,
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

pub(super) enum Conflict {
    Unwritten,
    Writer(u32),
    Reader(u32),
    Changed,
}

impl Cell {
    #[inline]
    pub fn touch(&mut self, running: &Running, touch: Touch) -> Result<(), Conflict> {
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
    pub fn describe(self, base: u32, address: u64, length: usize, touch: Touch) -> Box<Trouble> {
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
