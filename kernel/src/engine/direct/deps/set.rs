//! Built crates as cells use them: metadata, macros, and one shared library that holds the code of all of them.
//!
//! The code is in one library, so that a static variable of a crate is one for all cells. A later set contains only what is
//! new: it is linked to the sets before it, whose crates stay the same crates.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::DependencyError;
use super::tool::Tools;
use crate::bundle::short_hash;
use crate::cargo::Messages;
use crate::in_use;

/// Crates that were built together.
#[derive(Debug, Clone)]
pub struct Set {
    pub folder: PathBuf,
    /// The crate whose shared library holds their code; none if all are procedural macros.
    pub library: Option<String>,
    /// The crates' files by their names, and what they contain.
    pub files: BTreeMap<String, String>,
    /// Nobody removes it as long as this is open.
    _in_use: Arc<File>,
}

impl Set {
    /// Gathers what cargo has built, unless that was done before. `direct`: the crates that cells name, each with its file.
    pub fn gather(
        tools: &Tools<'_>,
        sets: &Path,
        built: &Messages,
        direct: &BTreeMap<String, PathBuf>,
        before: &[Set],
    ) -> Result<Set, DependencyError> {
        let (mut files, mut from) = (BTreeMap::new(), Vec::new());
        let endings = ["rmeta", "so"];
        for file in built
            .artifacts
            .iter()
            .flat_map(|artifact| endings.iter().filter_map(|ending| artifact.file(ending)))
        {
            let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
            let content = Sha256::digest(std::fs::read(file)?);
            files.insert(name.to_owned(), short_hash(&content));
            from.push(file);
        }
        // rustc takes a crate of the same name for the same crate: what contradicts cannot be linked.
        let contradicts = |old: &Set| contradict(&files, &old.files);
        let before = if before.iter().any(contradicts) { &[] } else { before };
        let libraries =
            || direct.iter().filter(|(_, file)| file.extension().is_some_and(|ending| ending == "rlib"));
        let previous: Vec<&str> = before.iter().filter_map(|set| set.library.as_deref()).collect();
        let mut text = format!("{:?} {previous:?} {:?}", tools.bundle.library, direct.keys());
        for (name, content) in &files {
            let _ = write!(text, " {name} {content}");
        }
        let key = short_hash(text.as_bytes());
        let library = libraries().next().is_some().then(|| format!("ferrolab_deps_{key}"));
        let folder = sets.join(&key);
        let mut mark = in_use::mark(&folder);
        if mark.is_err() {
            let draft = sets.join(format!("{key}.draft"));
            let _ = std::fs::remove_dir_all(&draft);
            std::fs::create_dir_all(&draft)?;
            for file in from {
                let to = draft.join(file.file_name().unwrap_or_default());
                // Metadata is never changed in place, only replaced.
                if std::fs::hard_link(file, &to).is_err() {
                    std::fs::copy(file, &to)?;
                }
            }
            if let Some(library) = &library {
                let externs = libraries().map(|(name, file)| format!("--extern={name}={}", file.display()));
                let source = source(libraries().map(|(name, _)| name.as_str()), previous.last().copied());
                link(tools, &draft, library, &source, externs.collect(), built, before)?;
            }
            in_use::prepare(&draft)?;
            // Whole or not at all. What lies there without a mark is a leftover.
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::rename(&draft, &folder)?;
            mark = in_use::mark(&folder);
        }
        Ok(Set { folder, library, files, _in_use: Arc::new(mark?) })
    }

    /// Whether a file of this set is another one under the same name in an older set: rustc takes both for one crate, so a
    /// process cannot use both.
    pub fn contradicts(&self, older: &Set) -> bool {
        contradict(&self.files, &older.files)
    }
}

fn contradict(new: &BTreeMap<String, String>, old: &BTreeMap<String, String>) -> bool {
    new.iter().any(|(name, content)| old.get(name).is_some_and(|other| other != content))
}

/// The library's own source: it brings the crates together.
fn source<'a>(crates: impl Iterator<Item = &'a str>, before: Option<&str>) -> String {
    let mut source = "#![allow(warnings)]\nextern crate ferrolab as _;\n".to_owned();
    if let Some(before) = before {
        let _ = writeln!(source, "extern crate {before} as _;");
    }
    for name in crates {
        let _ = writeln!(source, "pub extern crate {name};");
    }
    source
}

fn link(
    tools: &Tools<'_>,
    folder: &Path,
    name: &str,
    source: &str,
    externs: Vec<String>,
    built: &Messages,
    before: &[Set],
) -> Result<(), DependencyError> {
    let file = folder.join("lib.rs");
    std::fs::write(&file, source)?;
    let mut arguments: Vec<String> =
        ["--crate-type=dylib", "--edition=2024", "-Cprefer-dynamic", "-Copt-level=3"]
            .map(str::to_owned)
            .into();
    arguments.extend([
        format!("--crate-name={name}"),
        format!("-Cmetadata={name}"),
        format!("--out-dir={}", folder.display()),
        file.display().to_string(),
    ]);
    // Not the linker of cells: it knows no libraries of the system, and a crate may need one.
    arguments.extend(tools.bundle.flags.iter().cloned());
    arguments.extend(externs);
    let mut folders: Vec<&Path> = built
        .artifacts
        .iter()
        .flat_map(|artifact| &artifact.files)
        .filter_map(|file| file.parent())
        .collect();
    folders.sort_unstable();
    folders.dedup();
    arguments.extend(folders.iter().map(|folder| format!("-Ldependency={}", folder.display())));
    let native = built.scripts.iter().flat_map(|script| &script.linked_paths);
    arguments.extend(native.map(|native| format!("-L{native}")));
    for set in before {
        arguments.push(format!("-L{}", set.folder.display()));
        arguments.push(format!("-Clink-arg=-Wl,-rpath,{}", set.folder.display()));
    }
    tools.rustc(&arguments)
}
