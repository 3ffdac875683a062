//! The shelf of bundles in the user's cache: putting one there whole or not at all, and removing old ones.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::build::{Built, Toolchain};
use super::facts::Facts;
use super::{Bundle, BundleError, io_error};
use crate::files::cache_folder;
use crate::in_use;

/// A bundle that nobody has used for so long goes.
const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);
const FACTS: &str = "bundle.json";

/// `<cache>/ferrolab/bundles`.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    pub fn open() -> Result<Self, BundleError> {
        let folder = cache_folder().ok_or(BundleError::NoCache)?.join("bundles");
        fs::create_dir_all(&folder).map_err(io_error(&folder))?;
        Ok(Shelf { folder })
    }

    /// Waits until no other process builds. The lock lasts as long as the file.
    pub fn lock(&self) -> Result<File, BundleError> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(io_error(&path))?;
        file.lock().map_err(io_error(&path))?;
        Ok(file)
    }

    /// Opens a bundle and marks it as in use.
    pub fn bundle(&self, key: &str) -> Result<Bundle, BundleError> {
        let folder = self.folder.join(key);
        let in_use = in_use::mark(&folder).map_err(|_| BundleError::NotBuilt)?;
        // Read under the lock: from here on nobody removes the bundle.
        let facts = fs::read(folder.join(FACTS)).map_err(|_| BundleError::NotBuilt)?;
        let facts: Facts = serde_json::from_slice(&facts).map_err(|_| BundleError::NotBuilt)?;
        if !facts.rustc.is_file() {
            return Err(BundleError::NotBuilt);
        }
        Ok(Bundle {
            library: folder.join(&facts.library),
            flags: facts.flags(&folder),
            cell_flags: facts.cell_flags(&folder),
            links: facts.links(),
            loads: facts.loads(&folder),
            rustc: facts.rustc,
            linker: facts.linker,
            folder,
            _in_use: Arc::new(in_use),
        })
    }

    /// Gathers a bundle beside its place, then moves it there.
    pub fn put(&self, key: &str, built: &Built) -> Result<(), BundleError> {
        let folder = self.folder.join(key);
        let draft = self.folder.join(format!("{key}.draft"));
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir_all(&draft).map_err(io_error(&draft))?;
        let library = copy_into(&draft, &built.library, false)?;
        for file in &built.macros {
            copy_into(&draft, file, false)?;
        }
        for file in &built.metadata {
            copy_into(&draft, file, true)?;
        }
        // cargo may have linked the library to rustc's shared standard library: then cells are linked to that too. Or the
        // library contains the standard library. rustc would refuse to link a cell to it, because its own shared one
        // would be a second; so it gets a view of its libraries without that.
        let shared = standard_library(&built.library, &built.toolchain)?;
        if shared.is_none() {
            link_sysroot(&draft.join("sysroot"), &built.toolchain)?;
        }
        let mut facts = Facts::new(built.toolchain.rustc(), library, shared);
        let features =
            built.crates.iter().filter(|made| made.name == "ferrolab").flat_map(|made| &made.features);
        facts.make_cells_fast(&draft, &built.toolchain, features);
        let text = serde_json::to_vec_pretty(&facts).map_err(|error| io_error(&draft)(error.into()))?;
        fs::write(draft.join(FACTS), text).map_err(io_error(&draft))?;
        in_use::prepare(&draft).map_err(io_error(&draft))?;
        // What lies there cannot be opened, see `ensure`: a leftover.
        let _ = fs::remove_dir_all(&folder);
        fs::rename(&draft, &folder).map_err(io_error(&folder))
    }

    /// The key of the bundle that was built last for a recipe.
    pub fn current(&self, recipe: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(format!("current-{recipe}"))).ok()
    }

    /// Makes a bundle the current one of a recipe. The one before goes, unless a kernel uses it.
    pub fn set_current(&self, recipe: &str, key: &str) -> Result<(), BundleError> {
        let path = self.folder.join(format!("current-{recipe}"));
        let before = self.current(recipe);
        if before.as_deref() == Some(key) {
            return Ok(());
        }
        let draft = path.with_extension("draft");
        fs::write(&draft, key).and_then(|()| fs::rename(&draft, &path)).map_err(io_error(&path))?;
        if let Some(before) = before {
            in_use::remove_unused(&self.folder.join(before), Duration::ZERO);
        }
        Ok(())
    }

    /// Removes bundles that no kernel uses and none has used for a week. Called under the lock; failing is harmless.
    pub fn prune(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            in_use::remove_unused(&entry.path(), KEEP);
        }
    }
}

/// Copies a file into a folder, or links it: metadata is never changed in place, only replaced.
fn copy_into(folder: &Path, file: &Path, link: bool) -> Result<String, BundleError> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let to = folder.join(&name);
    if link && fs::hard_link(file, &to).is_ok() {
        return Ok(name);
    }
    fs::copy(file, &to).map_err(io_error(file))?;
    Ok(name)
}

/// rustc's shared standard library, if the library needs it.
fn standard_library(library: &Path, toolchain: &Toolchain) -> Result<Option<PathBuf>, BundleError> {
    let bytes = fs::read(library).map_err(io_error(library))?;
    for file in list(&toolchain.libraries())? {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        if name.starts_with("libstd-") && name.ends_with(".so") && needs(&bytes, name) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Whether a shared library names another as one that it needs: the name stands in its table of strings.
fn needs(library: &[u8], name: &str) -> bool {
    let wanted = [&[0], name.as_bytes(), &[0]].concat();
    library.windows(wanted.len()).any(|window| window == wanted)
}

/// A folder that looks like rustc's own, without its shared libraries.
fn link_sysroot(to: &Path, toolchain: &Toolchain) -> Result<(), BundleError> {
    let from = toolchain.libraries();
    let target = to.join("lib/rustlib").join(&toolchain.host);
    let libraries = target.join("lib");
    fs::create_dir_all(&libraries).map_err(io_error(&libraries))?;
    for file in list(&from)? {
        let name = file.file_name().unwrap_or_default();
        if file.extension().is_some_and(|ending| ending == "rlib" || ending == "rmeta") {
            symlink(&file, libraries.join(name)).map_err(io_error(&libraries))?;
        }
    }
    // The linker that comes with rustc.
    if let Some(tools) = from.parent().map(|folder| folder.join("bin")).filter(|folder| folder.is_dir()) {
        symlink(&tools, target.join("bin")).map_err(io_error(&target))?;
    }
    Ok(())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let entries = fs::read_dir(folder).map_err(io_error(folder))?;
    let files: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    files.map_err(io_error(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needed_library_is_found_among_the_strings() {
        assert!(needs(b"\x7fELF\0libc.so.6\0libstd-1a.so\0", "libstd-1a.so"));
        assert!(!needs(b"\x7fELF\0libc.so.6\0xlibstd-1a.so\0", "libstd-1a.so"));
    }
}
