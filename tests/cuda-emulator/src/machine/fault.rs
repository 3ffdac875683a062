//! What went wrong, where, and in words.

/// What the machine found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An access outside of every allocation, or across the end of one.
    OutOfBounds,
    /// An address that is no multiple of the access's size.
    Misaligned,
    /// An access to memory that was freed, or that its stream has not allocated yet.
    UseAfterFree,
    /// Memory freed twice, or an address freed that no allocation starts at.
    InvalidFree,
    /// A read of memory that nothing was ever written to.
    Uninitialised,
    /// A write to constant memory, or through the read-only cache to memory that the same kernel writes.
    ReadOnly,
    /// Two warps touch the same shared bytes without a barrier between them, and one of them writes.
    SharedRace,
    /// Two lanes of a warp do so without a warp barrier between them.
    WarpRace,
    /// Two blocks of one launch touch the same global bytes, and one of them writes.
    BlockRace,
    /// Threads of a block wait at different barriers, or for threads that never come.
    DivergentBarrier,
    /// A shuffle or vote names lanes that do not take part, or reads from one.
    InactiveLane,
    /// The kernel executed more instructions than the limit allows.
    Endless,
    /// The kernel executed `trap`.
    Trap,
    /// An assertion of the kernel failed.
    Assertion,
    /// A launch with dimensions, parameters or shared memory that the device or the kernel does not allow.
    InvalidLaunch,
    /// An index into a table of branch targets that has no such entry.
    InvalidBranch,
}

/// A fault with everything that is known about it.
///
/// Its text names the kernel, the line of the PTX text, the block, the thread and the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}{}: {what}", self.place())]
pub struct Fault {
    pub kind: FaultKind,
    /// The kernel, or the call of the driver.
    pub kernel: String,
    /// The line of the PTX text, counted from 1; 0 if the fault belongs to no instruction.
    pub line: u32,
    /// That line.
    pub instruction: String,
    pub block: Option<[u32; 3]>,
    pub thread: Option<[u32; 3]>,
    /// The finding in words.
    pub what: String,
}

impl Fault {
    /// A fault that belongs to no instruction.
    pub fn outside(kernel: &str, trouble: Trouble) -> Self {
        let Trouble { kind, what } = trouble;
        Self {
            kind,
            kernel: kernel.into(),
            line: 0,
            instruction: String::new(),
            block: None,
            thread: None,
            what,
        }
    }

    fn place(&self) -> String {
        let mut place = format!(" in `{}`", self.kernel);
        if self.line > 0 {
            place += &format!(", PTX line {} `{}`", self.line, self.instruction);
        }
        for (name, at) in [("block", self.block), ("thread", self.thread)] {
            if let Some([x, y, z]) = at {
                place += &format!(", {name} ({x}, {y}, {z})");
            }
        }
        place
    }
}

/// A fault before it is known which instruction it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub kind: FaultKind,
    pub what: String,
}

impl Trouble {
    pub fn new(kind: FaultKind, what: impl Into<String>) -> Box<Self> {
        Box::new(Self { kind, what: what.into() })
    }
}
