//! The direct engine, tested on real cells: rustc compiles them, a child process runs them.

mod analyzer;
mod closures;
mod deaths;
mod deps;
mod ends;
mod errors;
mod failures;
mod harness;
mod input;
mod items;
mod levels;
mod macros;
mod names;
mod output;
mod panics;
mod random;
mod redefinitions;
mod settings;
mod types;
mod variables;
mod warnings;
