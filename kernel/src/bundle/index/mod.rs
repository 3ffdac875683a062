//! Makes the index of names of a bundle from the sources of the crates that cells can reach.

mod resolve;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::names::Index;
use resolve::Crates;
use source::Crate;

/// The source of a crate that went into the library.
#[derive(Debug, Clone)]
pub struct CrateSource {
    /// As Rust code names it.
    pub name: String,
    /// Its `lib.rs`.
    pub root: PathBuf,
    pub features: HashSet<String>,
}

/// The crates whose names people meet. Others are below them: reading those too would double the time here, and treble the
/// memory of a language server.
pub const SHOWN: [&str; 19] = [
    "ferrolab",
    "ferrolab_datasets",
    "ferrolab_derive",
    "ferrolab_display",
    "plotters",
    "plotters_backend",
    "plotters_svg",
    "polars",
    "polars_config",
    "polars_core",
    "polars_error",
    "polars_io",
    "polars_lazy",
    "polars_ops",
    "polars_plan",
    "polars_schema",
    "polars_time",
    "polars_utils",
    "polars_dtype",
];

/// Writes the index into the folder of a bundle. Without it completion knows less; that is all, so a failure is none of
/// the build's.
pub fn write(folder: &Path, crates: &[CrateSource], rust_sources: &Path) {
    let _ = make(crates, rust_sources).save(folder);
}

/// The index of what cells reach through the library and the standard library.
pub fn make(crates: &[CrateSource], rust_sources: &Path) -> Index {
    let library = |name: &str, folder: &str| CrateSource {
        name: name.to_owned(),
        root: rust_sources.join(folder).join("src/lib.rs"),
        features: HashSet::new(),
    };
    let standard = ["core", "alloc", "std"].map(|name| library(name, name));
    let standard: Vec<CrateSource> = standard.into_iter().filter(|source| source.root.is_file()).collect();
    let mut wanted: Vec<&CrateSource> =
        crates.iter().filter(|source| SHOWN.contains(&&*source.name)).collect();
    wanted.extend(&standard);
    let next = std::sync::Mutex::new(wanted.into_iter());
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(4));
    let read = || {
        let mut mine = Vec::new();
        loop {
            let source = next.lock().ok().and_then(|mut next| next.next());
            match source {
                Some(source) => mine.push(Crate::read(source)),
                None => return mine,
            }
        }
    };
    let all: Vec<Crate> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    let mut index = Crates::new(all).index(&["ferrolab", "std"]);
    index.absorb(without_known(Index::standard(), &index));
    index
}

/// What of the short list of the standard library its source does not tell, such as the methods of whole numbers, which
/// macros write.
fn without_known(mut short: Index, known: &Index) -> Index {
    if known.modules.contains_key("std") {
        short.keep(|entry| entry.kind.is_type() && known.class(&entry.name).is_none());
    }
    short
}
