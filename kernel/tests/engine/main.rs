//! Engines, tested on real cells: a compiler compiles them, a child process runs them. The modules `deaths`, `deps`, `failures`,
//! `input`, `output` and `types` are about every engine (`FERROLAB_ENGINE`), the others about the direct one.

/// Ends a test that is about the direct engine alone, and says so: why it is, stands in the table of differences in
/// docs/kernel.md.
macro_rules! only_direct {
    ($why:literal) => {
        if $crate::harness::kind() != ferrolab_kernel::engine::Kind::Direct {
            eprintln!("the direct engine only: {}", $why);
            return;
        }
    };
}
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
