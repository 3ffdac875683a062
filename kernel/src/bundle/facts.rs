//! What is where in a bundle, and what rustc must be told of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::build::Toolchain;
use super::{instances, linker, stub};

/// The folder of the bundle with what cells are linked to.
const LINKER: &str = "linker";

/// What `bundle.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub rustc: PathBuf,
    /// `libferrolab.so`.
    pub library: String,
    /// rustc's shared standard library, if the library does not contain its own.
    standard: Option<PathBuf>,
    /// The linker to call directly; without it, rustc calls `cc`.
    pub linker: Option<PathBuf>,
    /// See [`instances`].
    instances: Option<String>,
    /// Cells are linked to stand-ins, see [`stub`].
    stubs: bool,
}

impl Facts {
    /// A bundle that does not know how to make cells fast yet.
    pub fn new(rustc: PathBuf, library: String, standard: Option<PathBuf>) -> Self {
        Facts { rustc, library, standard, linker: None, instances: None, stubs: false }
    }

    /// Makes in `folder`, where the bundle lies, what saves cells time, and keeps of it what works here.
    pub fn make_cells_fast<'a>(
        &mut self,
        folder: &Path,
        toolchain: &Toolchain,
        features: impl IntoIterator<Item = &'a String>,
    ) {
        let works = |facts: &Facts| linker::works(folder, toolchain, &facts.cell_flags(folder));
        if linker::prepare(&folder.join(LINKER), toolchain) {
            let direct = Facts { linker: Some(toolchain.linker()), ..self.clone() };
            if works(&direct) {
                *self = direct;
            }
        }
        self.instances = instances::make(folder, toolchain, &self.cell_flags(folder), features);
        if let Some(linker) = &self.linker {
            let at = folder.join(LINKER);
            let flags = linker::flags(&at, linker);
            let mut libraries = [&self.library].into_iter().chain(&self.instances);
            let made = libraries.all(|name| stub::make(&at, toolchain, &folder.join(name), &flags));
            self.stubs = made && works(&Facts { stubs: true, ..self.clone() });
        }
    }

    /// What rustc needs to know to compile a library against the bundle at `folder`.
    pub fn flags(&self, folder: &Path) -> Vec<String> {
        [vec![extern_flag("ferrolab", &folder.join(&self.library))], self.found(folder)].concat()
    }

    /// What rustc needs to know to compile a cell.
    pub fn cell_flags(&self, folder: &Path) -> Vec<String> {
        let at = if self.stubs { folder.join(LINKER) } else { folder.to_owned() };
        let mut flags = vec![extern_flag("ferrolab", &at.join(&self.library))];
        flags.extend(self.instances.iter().map(|name| extern_flag(instances::NAME, &at.join(name))));
        flags.extend(self.found(folder));
        if let Some(linker) = &self.linker {
            flags.extend(linker::flags(&folder.join(LINKER), linker));
        }
        flags
    }

    /// What the program of a cell must contain.
    pub fn links(&self) -> String {
        match self.instances {
            Some(_) => format!("extern crate {} as _; ", instances::NAME),
            None => String::new(),
        }
    }

    /// What a process that runs cells must load, in this order.
    pub fn loads(&self, folder: &Path) -> Vec<PathBuf> {
        let own = [&self.library].into_iter().chain(&self.instances).map(|name| folder.join(name));
        self.standard.iter().cloned().chain(own).collect()
    }

    /// Where rustc finds what the library is made of.
    fn found(&self, folder: &Path) -> Vec<String> {
        let mut flags = vec![format!("-Ldependency={}", folder.display())];
        if self.standard.is_none() {
            flags.push(format!("--sysroot={}", folder.join("sysroot").display()));
        }
        flags
    }
}

fn extern_flag(name: &str, file: &Path) -> String {
    format!("--extern={name}={}", file.display())
}
