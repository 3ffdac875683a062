//! The direct engine, tested on real cells: rustc compiles them, a child process runs them.

mod analyzer;
mod deaths;
mod errors;
mod failures;
mod harness;
mod input;
mod items;
mod names;
mod output;
mod panics;
mod types;
mod variables;
