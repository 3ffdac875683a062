//! The machine: memory with shadows, warps of 32 lanes, blocks with barriers, and the checks no GPU makes.

mod access;
mod block;
mod cell;
mod execute;
mod fault;
mod host_access;
mod launch;
mod memory;
mod random;
mod shadow;
mod shared;
mod warp;
mod warp_wide;

pub use fault::{Fault, FaultKind, Trouble};
pub use launch::{Launch, LaunchReport, MOST_SHARED, MOST_SHARED_BY_DEFAULT};
pub use memory::Memory;
pub use random::Random;
