//! The modules of a crate, read from its files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::CrateSource;
use crate::names::entry::Entry;
use crate::names::scan::{Choice, Implementation, Scan, Use, scan};

/// One module.
#[derive(Debug, Default)]
pub struct Module {
    pub names: Vec<Entry>,
    pub uses: Vec<Use>,
    pub docs: Box<str>,
    /// Whether they may be named from outside, and their places in [`Crate::modules`].
    pub children: BTreeMap<String, Child>,
    pub parent: usize,
}

/// A module in another.
#[derive(Debug)]
pub struct Child {
    pub public: bool,
    pub module: usize,
}

/// A crate; its first module is the root.
#[derive(Debug)]
pub struct Crate {
    pub name: String,
    pub modules: Vec<Module>,
    pub impls: Vec<Implementation>,
}

impl Crate {
    /// Reads all files that belong to a crate. What cannot be read is left out.
    pub fn read(source: &CrateSource) -> Crate {
        let mut reader = Reader {
            choice: Choice { public: true, features: source.features.clone() },
            made: Crate { name: source.name.clone(), modules: vec![Module::default()], impls: Vec::new() },
            macros: Vec::new(),
            seen: HashSet::new(),
        };
        let folder = source.root.parent().unwrap_or(Path::new("")).to_owned();
        reader.file(&source.root, &folder, 0);
        let Reader { mut made, macros, .. } = reader;
        made.modules[0].names.extend(macros);
        made
    }
}

struct Reader {
    choice: Choice,
    made: Crate,
    macros: Vec<Entry>,
    seen: HashSet<PathBuf>,
}

impl Reader {
    /// Reads the file of a module; those of its own modules lie in `folder`.
    fn file(&mut self, file: &Path, folder: &Path, module: usize) {
        if !self.seen.insert(file.to_owned()) {
            return;
        }
        let Ok(text) = std::fs::read_to_string(file) else { return };
        if let Some(found) = scan(&text, &self.choice) {
            self.module(found, file, folder, module);
        }
    }

    fn module(&mut self, found: Scan, file: &Path, folder: &Path, at: usize) {
        self.made.impls.extend(found.impls);
        self.macros.extend(found.macros);
        self.made.modules[at].names = found.names;
        self.made.modules[at].uses = found.uses;
        if !found.docs.is_empty() {
            self.made.modules[at].docs = found.docs;
        }
        for child in found.modules {
            let number = self.made.modules.len();
            self.made.modules.push(Module { parent: at, docs: child.docs, ..Module::default() });
            let place = Child { public: child.public, module: number };
            self.made.modules[at].children.insert(child.name.clone(), place);
            let inner = folder.join(&child.name);
            match (child.inside, child.path) {
                (Some(inside), _) => self.module(inside, file, &inner, number),
                (None, Some(path)) => {
                    let file = file.parent().unwrap_or(Path::new("")).join(path);
                    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
                    self.file(&file, &folder, number);
                }
                (None, None) => {
                    let flat = folder.join(format!("{}.rs", child.name));
                    let file = if flat.is_file() { flat } else { inner.join("mod.rs") };
                    self.file(&file, &inner, number);
                }
            }
        }
    }
}
