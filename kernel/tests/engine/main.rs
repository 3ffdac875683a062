//! The direct engine, tested on real cells: rustc compiles them, a child process runs them.

mod errors;
mod failures;
mod harness;
mod items;
mod names;
mod output;
mod variables;
