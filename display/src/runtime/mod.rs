//! The runtime of a cell: where its variables live, how it ends, how its last expression is shown.
//!
//! Everything here is called by code that the kernel generates, or by the tiny host process that loads the library.
//! Users have no reason to name it.
//!
//! The host and the cells are separate dynamic libraries, but the runtime is compiled once, into `libferrolab.so`, and
//! with it one standard library: one stdout buffer, one panic hook, one interrupt flag for all cells.

pub mod attempt;
mod child;
mod executor;
pub mod facts;
pub mod failure;
pub mod foreign;
mod frames;
pub mod interrupt;
mod panic;
pub mod result;
mod stdin;
pub mod store;
pub mod streams;

pub use attempt::{End, at, attempt};
pub use executor::{block_on, interruptible};
pub use failure::CellFailure;
pub use interrupt::{poll, watch};
pub use store::Store;

/// The type `!`. It cannot be written in stable Rust, except as what a function returns; there it can be asked for.
pub type Never = <fn() -> ! as Returns>::Value;

/// The type that a function returns.
pub trait Returns {
    type Value;
}

impl<T> Returns for fn() -> T {
    type Value = T;
}

/// The function that a cell's library exports.
pub type CellFunction = fn(&mut Store) -> End;
