//! Follows `pub use` from crate to crate: which names a user reaches, by which path.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::source::Crate;
use crate::names::Index;
use crate::names::entry::{Docs, Entry, Kind};

/// A module: number of its crate, number in the crate.
type ModuleAt = (usize, usize);

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Target {
    Module(ModuleAt),
    /// The module and the number of the name in it.
    Name(ModuleAt, usize),
}

/// All crates that were read.
pub struct Crates {
    all: Vec<Crate>,
    by_name: HashMap<String, usize>,
}

/// What is in the way of endless circles: names that are being looked up.
type Busy = HashSet<(ModuleAt, String)>;

impl Crates {
    pub fn new(all: Vec<Crate>) -> Self {
        let by_name = all.iter().enumerate().map(|(at, one)| (one.name.clone(), at)).collect();
        Crates { all, by_name }
    }

    /// The index of everything that is reached from these crates.
    pub fn index(mut self, roots: &[&str]) -> Index {
        let mut waiting: VecDeque<(String, ModuleAt)> = VecDeque::new();
        let roots = roots.iter().filter_map(|name| Some((*name, *self.by_name.get(*name)?)));
        waiting.extend(roots.map(|(name, at)| (name.to_owned(), (at, 0))));
        let mut paths: HashMap<ModuleAt, String> = waiting.iter().map(|(path, at)| (*at, path.clone())).collect();
        let mut found: Vec<(String, Vec<(String, Target)>)> = Vec::new();
        while let Some((path, module)) = waiting.pop_front() {
            let names = self.public_names(module);
            for (name, target) in &names {
                if let Target::Module(child) = target
                    && !paths.contains_key(child)
                {
                    let path = format!("{path}::{name}");
                    paths.insert(*child, path.clone());
                    waiting.push_back((path, *child));
                }
            }
            found.push((path, names.into_iter().collect()));
        }
        self.gather(found, &paths)
    }

    fn gather(&mut self, found: Vec<(String, Vec<(String, Target)>)>, paths: &HashMap<ModuleAt, String>) -> Index {
        let (mut entries, mut modules) = (Vec::<Entry>::new(), BTreeMap::new());
        let mut numbers: HashMap<Target, u32> = HashMap::new();
        // A prelude is how people reach what is in it.
        let (first, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|(path, _)| path.ends_with("::prelude"));
        for (path, names) in first.into_iter().chain(rest) {
            let mut listed = Vec::new();
            for (name, target) in names {
                let number = *numbers.entry(target).or_insert_with(|| {
                    entries.push(self.entry(&name, target, &path, paths));
                    (entries.len() - 1) as u32
                });
                listed.push((Box::from(name), number));
            }
            modules.insert(path, listed);
        }
        let mut index = Index::new(entries, modules);
        // Those of the crate of a type come first: another crate's type of the same name must not get them.
        for of_crate in &mut self.all {
            for implementation in std::mem::take(&mut of_crate.impls) {
                index.implement(implementation);
            }
        }
        index
    }

    fn entry(&mut self, name: &str, target: Target, path: &str, paths: &HashMap<ModuleAt, String>) -> Entry {
        match target {
            Target::Name((of_crate, module), at) => {
                let entry = &self.all[of_crate].modules[module].names[at];
                Entry { path: format!("{path}::{name}").into(), ..entry.clone() }
            }
            Target::Module(module) => Entry {
                name: name.into(),
                kind: Kind::Module,
                declaration: format!("mod {name}").into(),
                docs: Docs::Text(self.module_docs(module)),
                path: paths.get(&module).cloned().unwrap_or_default().into(),
                ..Entry::default()
            },
        }
    }

    fn module_docs(&self, (of_crate, module): ModuleAt) -> Box<str> {
        let owner = &self.all[of_crate];
        let parent = &owner.modules[owner.modules[module].parent];
        parent.children.values().find(|child| child.module == module).map(|child| child.docs.clone()).unwrap_or_default()
    }

    /// What can be named in a module from outside. Names without the globs win over those by globs.
    fn public_names(&self, module: ModuleAt) -> BTreeSet<(String, Target)> {
        let mut seen = HashSet::new();
        let mut names = BTreeMap::new();
        self.collect(module, &mut seen, &mut names);
        names.into_iter().flat_map(|(name, targets)| targets.into_iter().map(move |target| (name.clone(), target))).collect()
    }

    fn collect(&self, module: ModuleAt, seen: &mut HashSet<ModuleAt>, names: &mut BTreeMap<String, BTreeSet<Target>>) {
        if !seen.insert(module) {
            return;
        }
        let here = &self.all[module.0].modules[module.1];
        let mut own: BTreeMap<String, BTreeSet<Target>> = BTreeMap::new();
        for (at, entry) in here.names.iter().enumerate() {
            own.entry(entry.name.to_string()).or_default().insert(Target::Name(module, at));
        }
        for (name, child) in here.children.iter().filter(|(_, child)| child.public) {
            own.entry(name.clone()).or_default().insert(Target::Module((module.0, child.module)));
        }
        for import in here.uses.iter().filter(|import| import.public) {
            if let Some(name) = import.name.as_ref().filter(|name| *name != "_") {
                let targets = self.resolve(module, &import.path, &mut Busy::new());
                own.entry(name.clone()).or_default().extend(targets);
            }
        }
        for (name, targets) in own {
            names.entry(name).or_insert(targets);
        }
        for import in here.uses.iter().filter(|import| import.public && import.name.is_none()) {
            for target in self.resolve(module, &import.path, &mut Busy::new()) {
                if let Target::Module(target) = target {
                    self.collect(target, seen, names);
                }
            }
        }
    }

    /// What a path in a module leads to: mostly one thing, or a type and a macro of one name.
    fn resolve(&self, module: ModuleAt, path: &[String], busy: &mut Busy) -> BTreeSet<Target> {
        let mut places = BTreeSet::from([Target::Module(module)]);
        for (at, word) in path.iter().enumerate() {
            let mut next = BTreeSet::new();
            for place in &places {
                let Target::Module(place) = *place else { continue };
                match word.as_str() {
                    "crate" => drop(next.insert(Target::Module((place.0, 0)))),
                    "self" => drop(next.insert(Target::Module(place))),
                    "super" => drop(next.insert(Target::Module((place.0, self.all[place.0].modules[place.1].parent)))),
                    _ => next.extend(self.lookup(place, word, busy)),
                }
            }
            if at == 0 && next.is_empty() {
                next.extend(self.extern_crate(word));
            }
            places = next;
        }
        places
    }

    fn extern_crate(&self, name: &str) -> Option<Target> {
        let found = self.by_name.get(name).or_else(|| self.by_name.get(&format!("polars_{name}")));
        found.map(|at| Target::Module((*at, 0)))
    }

    /// One name in a module, private ones too.
    fn lookup(&self, module: ModuleAt, name: &str, busy: &mut Busy) -> BTreeSet<Target> {
        if !busy.insert((module, name.to_owned())) {
            return BTreeSet::new();
        }
        let here = &self.all[module.0].modules[module.1];
        let own = here.names.iter().enumerate().filter(|(_, entry)| &*entry.name == name);
        let mut found: BTreeSet<Target> = own.map(|(at, _)| Target::Name(module, at)).collect();
        found.extend(here.children.get(name).map(|child| Target::Module((module.0, child.module))));
        for import in here.uses.iter().filter(|import| import.name.as_deref() == Some(name)) {
            // `use polars_io as io;` names a crate, `pub use df;` must not lead back to itself.
            found.extend(self.resolve(module, &import.path, busy));
        }
        if found.is_empty() {
            for import in here.uses.iter().filter(|import| import.name.is_none()) {
                for target in self.resolve(module, &import.path, busy) {
                    if let Target::Module(target) = target {
                        found.extend(self.lookup(target, name, busy));
                    }
                }
            }
        }
        busy.remove(&(module, name.to_owned()));
        found
    }
}
