//! Decoded instructions. Every operand is a register: immediates and special registers are preset ones.

use super::Type;
use crate::operations::{AtomicOperation, Operation};

/// The number of a register of a kernel.
pub type Register = usize;

/// A decoded instruction and where it came from.
#[derive(Clone, Debug)]
pub struct Instruction {
    pub line: u32,
    pub guard: Option<Guard>,
    pub action: Action,
}

/// The predicate of a guarded instruction.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    pub register: Register,
    pub negated: bool,
}

/// A state space of PTX. `Parameter` is that of the kernel's own parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Generic,
    Global,
    Shared,
    Local,
    Parameter,
    Constant,
}

/// Where a memory instruction goes.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    pub space: Space,
    pub base: Register,
    pub offset: i64,
    /// The base is a 32-bit register, so the address wraps at 32 bits.
    pub narrow: bool,
    /// Through the read-only cache, whose data must not change while the kernel runs.
    pub read_only: bool,
}

/// How many of a warp's threads a vote wants, or what it tells about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoteMode {
    All,
    Any,
    Uniform,
    Ballot,
}

/// What a block's barrier does beside waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarrierKind {
    Sync,
    /// Counts without waiting.
    Arrive,
    CountTrue,
    AllTrue,
    AnyTrue,
}

/// What an instruction does.
#[derive(Clone)]
pub enum Action {
    /// A pure function of registers.
    Compute {
        operation: Operation,
        to: Register,
        sources: [Register; 3],
    },
    /// Registers from consecutive elements of memory; `None` drops an element.
    Load {
        access: Access,
        kind: Type,
        to: Vec<Option<Register>>,
    },
    /// Consecutive elements of memory from registers.
    Store {
        access: Access,
        kind: Type,
        from: Vec<Register>,
    },
    /// Memory read and written at once.
    Atomic {
        access: Access,
        kind: Type,
        operation: AtomicOperation,
        to: Option<Register>,
        values: [Register; 2],
    },
    /// Orders memory accesses; shows data to other blocks together with an atomic.
    Fence,
    /// A value from another lane.
    Shuffle {
        mode: ShuffleMode,
        to: Option<Register>,
        valid: Option<Register>,
        sources: [Register; 3],
        members: Register,
    },
    Vote {
        mode: VoteMode,
        to: Register,
        source: Register,
        negated: bool,
        members: Register,
    },
    /// The lanes that hold the same value; with `all`, only if every lane does.
    Match {
        all: bool,
        kind: Type,
        to: Register,
        same: Option<Register>,
        source: Register,
        members: Register,
    },
    /// A value combined over the lanes of a warp.
    Reduce {
        operation: AtomicOperation,
        kind: Type,
        to: Register,
        source: Register,
        members: Register,
    },
    ActiveMask {
        to: Register,
    },
    WarpBarrier {
        members: Register,
    },
    /// A barrier of the block. Without `count` it waits for every thread.
    Barrier {
        kind: BarrierKind,
        number: Register,
        count: Option<Register>,
        aligned: bool,
        to: Option<Register>,
        predicate: Option<Guard>,
    },
    Branch {
        target: usize,
    },
    BranchTable {
        index: Register,
        targets: Vec<usize>,
    },
    Exit,
    /// A trap, or a failed assertion of the kernel.
    Trap {
        assertion: bool,
    },
    /// Instructions executed so far, for `%clock`.
    Clock {
        to: Register,
    },
    Nothing,
}

/// How a shuffle finds the lane to read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShuffleMode {
    Up,
    Down,
    Butterfly,
    Index,
}

impl Action {
    /// Names the registers that it writes.
    pub(super) fn results(&self, mut visit: impl FnMut(Register)) {
        match self {
            Self::Compute { to, .. }
            | Self::Vote { to, .. }
            | Self::Reduce { to, .. }
            | Self::ActiveMask { to }
            | Self::Clock { to } => visit(*to),
            Self::Load { to, .. } => to.iter().flatten().for_each(|to| visit(*to)),
            Self::Atomic { to, .. } | Self::Barrier { to, .. } => to.iter().for_each(|to| visit(*to)),
            Self::Shuffle { to, valid, .. } => to.iter().chain(valid).for_each(|to| visit(*to)),
            Self::Match { to, same, .. } => [*to].iter().chain(same).for_each(|to| visit(*to)),
            Self::Store { .. }
            | Self::Fence
            | Self::WarpBarrier { .. }
            | Self::Branch { .. }
            | Self::BranchTable { .. }
            | Self::Exit
            | Self::Trap { .. }
            | Self::Nothing => {}
        }
    }

    /// Whether the action needs all its lanes at once, so that a guard splits them off.
    pub fn moves_control(&self) -> bool {
        matches!(
            self,
            Self::Branch { .. }
                | Self::BranchTable { .. }
                | Self::Exit
                | Self::Barrier { .. }
                | Self::WarpBarrier { .. }
                | Self::Shuffle { .. }
                | Self::Vote { .. }
                | Self::Match { .. }
                | Self::Reduce { .. }
        )
    }
}

impl std::fmt::Debug for Action {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compute { to, sources, .. } => write!(formatter, "Compute {to} from {sources:?}"),
            Self::Load { access, kind, to } => write!(formatter, "Load {kind:?} {access:?} to {to:?}"),
            Self::Store { access, kind, from } => {
                write!(formatter, "Store {kind:?} {access:?} from {from:?}")
            }
            Self::Branch { target } => write!(formatter, "Branch {target}"),
            _ => formatter.write_str("Action"),
        }
    }
}
