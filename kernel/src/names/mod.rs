//! Completion and inspection: from the text of the cell, what the session defines, and an index of the libraries.
//!
//! ```text
//!  sources of the library ── scan ── index (a file of the bundle) ──┐
//!  items and imports of the session ── scan ── index ───────────────┼─ world ── complete, inspect
//!  text of the cell ── text: tokens ── local: lets, items ──────────┘    └ infer, types: what stands before a dot
//! ```
//!
//! Nothing here asks a compiler, and nothing waits: what cannot be told is not offered. Positions count Unicode code points,
//! as in the protocol.

mod complete;
pub mod docs;
pub mod entry;
mod index;
mod infer;
mod inspect;
mod local;
pub mod scan;
mod session;
mod show;
mod signature;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod world;

pub use complete::{Candidate, complete, complete_among, magic, word_at};
pub use index::Index;
pub use inspect::{inspect, inspect_among};
pub use session::{Known, Names};
pub use show::Sheet;
