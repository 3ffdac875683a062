//! Instances of generic functions that many cells use, compiled once into a library of their own. rustc takes instances from
//! the crates it knows, if those are compiled with as little optimisation as the cell; the library itself is not.

use std::path::Path;

use super::build::Toolchain;

/// The name of the crate in cells.
pub const NAME: &str = "ferrolab_instances";
const SOURCE: &str = include_str!("../assets/instances.rs");

/// Compiles them into `folder` for a library with these features. Tells the name of the file; nothing if that fails: cells
/// then compile for themselves what they need.
pub fn make<'a>(
    folder: &Path,
    toolchain: &Toolchain,
    flags: &[String],
    features: impl IntoIterator<Item = &'a String>,
) -> Option<String> {
    let features = features.into_iter().map(|name| format!("--cfg=feature={name:?}"));
    let flags: Vec<String> = flags.iter().cloned().chain(features).collect();
    toolchain.compile(folder, (NAME, SOURCE), "dylib", &flags).then(|| format!("lib{NAME}.so"))
}
