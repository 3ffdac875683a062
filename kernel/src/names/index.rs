//! A set of names: those of the libraries, kept in two files of the bundle, or those of a session.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::entry::{Docs, Entry, Kind};
use super::scan::{Choice, Implementation, Scan, scan};
use crate::files::write_whole;

/// The names, and the texts of their documentation, which are read from the disk when they are asked for. The number is to
/// be raised when other things are written into them: then each bundle gets new ones.
const NAMES: &str = "names-1.json";
const TEXTS: &str = "names-1.txt";

/// What is used most of the standard library, for when its source is not there.
const STANDARD: &str = include_str!("../assets/standard_library.txt");

/// Names with a way to find them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Index {
    pub entries: Vec<Entry>,
    /// For each module, by the path of [`Entry::path`]: the names in it, and which entries they are.
    pub modules: BTreeMap<String, Vec<(Box<str>, u32)>>,
    #[serde(skip)]
    by_name: HashMap<Box<str>, Vec<u32>>,
    #[serde(skip)]
    texts: Option<File>,
}

impl Index {
    /// Makes the names of `entries` findable.
    pub fn new(entries: Vec<Entry>, modules: BTreeMap<String, Vec<(Box<str>, u32)>>) -> Self {
        let mut index = Index { entries, modules, by_name: HashMap::new(), texts: None };
        index.sort_names();
        index
    }

    fn sort_names(&mut self) {
        self.by_name.clear();
        for (at, entry) in self.entries.iter().enumerate() {
            self.by_name.entry(entry.name.clone()).or_default().push(at as u32);
        }
    }

    /// One that is made of nothing but a source: names without modules stand in the module with the empty path.
    pub fn of_source(text: &str) -> Option<Self> {
        Some(Self::of_scan(scan(text, &Choice::default())?))
    }

    /// One that is made of what a source contains. Modules inside stand at their path from the source's root.
    pub fn of_scan(scan: Scan) -> Self {
        let (mut entries, mut modules) = (Vec::new(), BTreeMap::new());
        let mut impls = Vec::new();
        gather(scan, String::new(), &mut entries, &mut modules, &mut impls);
        let mut index = Self::new(entries, modules);
        for implementation in impls {
            if index.class_at(&implementation.of).is_none() {
                let placeholder = Entry { name: implementation.of.as_str().into(), ..Entry::default() };
                index.by_name.entry(placeholder.name.clone()).or_default().push(index.entries.len() as u32);
                index.entries.push(placeholder);
            }
            index.implement(implementation);
        }
        index
    }

    /// Adds an `impl` to its type, if that is here.
    pub fn implement(&mut self, implementation: Implementation) {
        if let Some(of) = self.class_at(&implementation.of) {
            self.implement_at(of, implementation);
        }
    }

    /// Adds an `impl` to the type with this number.
    pub fn implement_at(&mut self, number: usize, implementation: Implementation) {
        let class = self.entries[number].class_mut();
        if !implementation.block.members.is_empty() {
            class.blocks.push(implementation.block);
        }
        class.traits.extend(implementation.of_trait);
        class.deref = implementation.deref.or(class.deref.take());
    }

    fn class_at(&self, name: &str) -> Option<usize> {
        let all = self.by_name.get(name)?;
        all.iter().map(|at| *at as usize).find(|at| self.entries[*at].kind.is_type())
    }

    /// The standard library in short.
    pub fn standard() -> Self {
        let mut index = Self::of_source(STANDARD).unwrap_or_default();
        for entry in &mut index.entries {
            if entry.kind == Kind::Struct && entry.name.starts_with(char::is_lowercase) {
                entry.declaration = format!("primitive type {}", entry.name).into();
            }
        }
        index
    }

    /// All entries of a name.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.by_name.get(name).into_iter().flatten().filter_map(|at| self.entries.get(*at as usize))
    }

    /// The type or trait of a name.
    pub fn class(&self, name: &str) -> Option<&Entry> {
        self.class_at(name).and_then(|at| self.entries.get(at))
    }

    /// The names in a module, with what they name.
    pub fn module(&self, path: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let names = self.modules.get(path).into_iter().flatten();
        names.filter_map(|(name, at)| Some((&**name, self.entries.get(*at as usize)?)))
    }

    /// The documentation of an entry of this index, or nothing if it cannot be read.
    pub fn docs(&self, entry: &Entry) -> String {
        match &entry.docs {
            Docs::Text(text) => text.to_string(),
            Docs::Stored(start, length) => {
                let mut bytes = vec![0; *length as usize];
                let read = self.texts.as_ref().map(|file| file.read_exact_at(&mut bytes, u64::from(*start)));
                match read {
                    Some(Ok(())) => String::from_utf8(bytes).unwrap_or_default(),
                    _ => String::new(),
                }
            }
        }
    }

    /// Drops all entries but some, and the modules.
    pub fn keep(&mut self, wanted: impl Fn(&Entry) -> bool) {
        self.modules.clear();
        self.entries.retain(wanted);
        self.sort_names();
    }

    /// Adds the names of another index whose types are not here.
    pub fn absorb(&mut self, other: Index) {
        let start = self.entries.len() as u32;
        for (path, names) in other.modules {
            let names = names.into_iter().map(|(name, at)| (name, at + start));
            self.modules.entry(path).or_default().extend(names);
        }
        self.entries.extend(other.entries);
        self.sort_names();
    }

    /// Reads the index of a bundle; `None` if it is missing or damaged.
    pub fn load(folder: &Path) -> Option<Self> {
        let bytes = fs::read(folder.join(NAMES)).ok()?;
        let mut index: Index = serde_json::from_slice(&bytes).ok()?;
        let whole = index.modules.values().flatten().all(|(_, at)| (*at as usize) < index.entries.len());
        index.texts = File::open(folder.join(TEXTS)).ok();
        index.sort_names();
        whole.then_some(index)
    }

    /// Whether a bundle has one.
    pub fn exists(folder: &Path) -> bool {
        folder.join(NAMES).is_file()
    }

    /// Writes it into the folder of a bundle. The texts go first: with the names the index is there.
    pub fn save(mut self, folder: &Path) -> io::Result<()> {
        let mut texts = String::new();
        self.entries.iter_mut().for_each(|entry| store(entry, &mut texts));
        write_whole(&folder.join(TEXTS), texts.as_bytes())?;
        write_whole(&folder.join(NAMES), &serde_json::to_vec(&self)?)
    }
}

fn store(entry: &mut Entry, texts: &mut String) {
    if let Docs::Text(text) = &entry.docs
        && !text.is_empty()
    {
        let start = texts.len() as u32;
        texts.push_str(text);
        entry.docs = Docs::Stored(start, text.len() as u32);
    }
    for block in entry.class.iter_mut().flat_map(|class| &mut class.blocks) {
        block.members.iter_mut().for_each(|member| store(member, texts));
    }
}

fn gather(
    scan: Scan,
    path: String,
    entries: &mut Vec<Entry>,
    modules: &mut BTreeMap<String, Vec<(Box<str>, u32)>>,
    impls: &mut Vec<Implementation>,
) {
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") };
    let mut names = Vec::new();
    for mut entry in scan.names.into_iter().chain(scan.macros) {
        if !path.is_empty() {
            entry.path = within(&entry.name).into();
        }
        names.push((entry.name.clone(), entries.len() as u32));
        entries.push(entry);
    }
    for module in scan.modules {
        let inside = within(&module.name);
        names.push((module.name.clone().into(), entries.len() as u32));
        entries.push(Entry {
            name: module.name.clone().into(),
            kind: Kind::Module,
            declaration: format!("mod {}", module.name).into(),
            docs: Docs::Text(module.docs),
            path: inside.clone().into(),
            ..Entry::default()
        });
        gather(module.inside.unwrap_or_default(), inside, entries, modules, impls);
    }
    impls.extend(scan.impls);
    modules.entry(path).or_default().extend(names);
}
