//! The library that cells are compiled against: built once, kept in the user's cache, shared by all kernels.
//!
//! A bundle is a folder that holds everything rustc and a child process need, so that neither looks into a target folder
//! that cargo may be changing:
//!
//! ```text
//! <cache>/ferrolab/bundles/<key>/
//!     bundle.json           what is where, by which compiler
//!     libferrolab.so        the library: tensors, tables, charts, runtime, and the standard library
//!     libferrolab_instances.so   generic functions of many cells, compiled once
//!     lib*.rmeta, lib*.so   metadata of its dependencies, procedural macros
//!     sysroot/              rustc's own libraries, by links
//!     linker/               what a cell is linked to
//!     crates.json           the crates it is made of: for `:dep`
//!     names-1.json, .txt    the names that cells can use, and their documentation: for completion
//!     rust-project-1.json   its crates and where their sources lie: for rust-analyzer
//!     in-use                locked, shared, by every kernel that uses the bundle
//! ```

mod build;
mod crates;
mod facts;
mod folder;
mod index;
mod instances;
mod linker;
mod project;
mod stub;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::names::Index;
use build::Recipe;
pub(crate) use build::short_hash;
pub use crates::BundledCrate;
pub(crate) use project::crates_of;
pub use project::{Crate, Dependency, Project, Source};

/// A built library. It stays on the disk as long as this value lives, whatever else is built meanwhile.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub folder: PathBuf,
    /// The compiler that built it. Cells need this very one.
    pub rustc: PathBuf,
    /// What rustc needs to know to compile a library against it.
    pub flags: Vec<String>,
    /// The same for a cell: it takes the shortest way.
    pub cell_flags: Vec<String>,
    /// What the program of a cell must contain.
    pub links: String,
    /// `libferrolab.so`.
    pub library: PathBuf,
    /// What a process that runs cells must load, in this order.
    pub loads: Vec<PathBuf>,
    /// The linker of cells, if it is called directly.
    linker: Option<PathBuf>,
    _in_use: Arc<File>,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("found no folder for caches: set HOME or XDG_CACHE_HOME")]
    NoCache,
    #[error(
        "expected the source of ferrolab at {0}, found no Cargo.toml: set FERROLAB_SOURCE to the folder of the project"
    )]
    NoSource(PathBuf),
    #[error("could not start `{program}`: {error}: install Rust from https://rustup.rs")]
    NoTool { program: String, error: io::Error },
    #[error("building the library failed:\n{0}")]
    Build(String),
    #[error("cargo built the library and told of no {0}: this version of cargo is not known to ferrolab")]
    Incomplete(&'static str),
    #[error("the library is not built yet: run `ferrolab install` or `cargo lab`")]
    NotBuilt,
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

impl Bundle {
    /// The folder with the project's source: `FERROLAB_SOURCE`, what a wheel has put beside this program, or where this
    /// program was built.
    pub fn source() -> PathBuf {
        let built = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned();
        std::env::var_os("FERROLAB_SOURCE").map(PathBuf::from).or_else(installed_source).unwrap_or_else(built)
    }

    /// Builds the library of the project at `source` where needed, and gives it. `report` gets cargo's progress, line by
    /// line. Other processes that ask for the same meanwhile wait for this one.
    ///
    /// `FERROLAB_FEATURES` holds more arguments for cargo, such as `--no-default-features`.
    pub fn ensure(source: &Path, report: &mut dyn FnMut(&str)) -> Result<Bundle, BundleError> {
        let recipe = Recipe::new(source)?;
        let shelf = folder::Shelf::open()?;
        let _lock = shelf.lock()?;
        let built = recipe.build(report)?;
        let key = built.key();
        let bundle = match shelf.bundle(&key) {
            Ok(bundle) => bundle,
            Err(_) => {
                report("   Gathering the library for cells");
                shelf.put(&key, &built)?;
                shelf.bundle(&key)?
            }
        };
        if !Index::exists(&bundle.folder) {
            report("   Indexing the names of the library");
            index::write(&bundle.folder, &built.crates, &built.toolchain.rust_sources());
        }
        if !crates::exists(&bundle.folder) {
            crates::write(&bundle.folder, recipe.source(), recipe.arguments(), &built.messages.artifacts);
        }
        if !Project::exists(&bundle.folder) {
            project::write(&bundle.folder, source, &built);
        }
        shelf.set_current(&recipe.name(), &key)?;
        shelf.prune();
        Ok(bundle)
    }

    /// Has the system read into memory what the first cell needs besides the library's metadata, in the background: from a cold
    /// disk that takes seconds.
    pub fn read_ahead(&self) {
        let tools = self.rustc.parent().and_then(Path::parent).map(|sysroot| sysroot.join("lib"));
        let tools = tools.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let files: Vec<PathBuf> = tools
            .map(|entry| entry.path())
            .filter(|file| file.extension().is_some_and(|ending| ending == "so"))
            .chain(self.linker.clone())
            .collect();
        let work = move || files.iter().for_each(|file| read_ahead(file));
        // Without it the first cell is slower, that is all.
        let _ = std::thread::Builder::new().name("read-ahead".to_owned()).spawn(work);
    }

    /// The crates that it is made of.
    pub fn crates(&self) -> Vec<BundledCrate> {
        crates::load(&self.folder)
    }

    /// The library that was built last from [`Bundle::source`], without building anything.
    pub fn find() -> Result<Bundle, BundleError> {
        let recipe = Recipe::new(&Self::source())?;
        let shelf = folder::Shelf::open()?;
        shelf.bundle(&shelf.current(&recipe.name()).ok_or(BundleError::NotBuilt)?)
    }
}

/// The source in the Python environment that this program is installed in: `bin/ferrolab`, `share/ferrolab/source`.
fn installed_source() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let source = program.parent()?.parent()?.join("share/ferrolab/source");
    source.join("Cargo.toml").is_file().then_some(source)
}

#[cfg(target_os = "linux")]
fn read_ahead(file: &Path) {
    if let Ok(file) = File::open(file) {
        let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::WillNeed);
    }
}

#[cfg(not(target_os = "linux"))]
fn read_ahead(_: &Path) {}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.to_owned();
    |error| BundleError::Io { path, error }
}
