//! Follows `pub use` from crate to crate: which names a user reaches, by which path.

use std::cell::RefCell;
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

/// The crates that the standard library is made of. What is written on a type in one is the type's in all.
const STANDARD: [&str; 3] = ["core", "alloc", "std"];

/// Types without a declaration, whose methods stand in the source of the standard library. Those of whole numbers do not:
/// macros write them.
const PRIMITIVES: [&str; 7] = ["array", "bool", "char", "f32", "f64", "slice", "str"];

/// All crates that were read.
pub struct Crates {
    all: Vec<Crate>,
    by_name: HashMap<String, usize>,
    /// Names that were looked up. Those that are being looked up lead nowhere: globs go in circles.
    known: RefCell<HashMap<(ModuleAt, String), BTreeSet<Target>>>,
}

impl Crates {
    pub fn new(all: Vec<Crate>) -> Self {
        let by_name = all.iter().enumerate().map(|(at, one)| (one.name.clone(), at)).collect();
        Crates { all, by_name, known: RefCell::default() }
    }

    /// The index of everything that is reached from these crates.
    pub fn index(mut self, roots: &[&str]) -> Index {
        let mut waiting: VecDeque<(String, ModuleAt)> = VecDeque::new();
        let roots = roots.iter().filter_map(|name| Some((*name, *self.by_name.get(*name)?)));
        waiting.extend(roots.map(|(name, at)| (name.to_owned(), (at, 0))));
        let mut paths: HashMap<ModuleAt, String> =
            waiting.iter().map(|(path, at)| (*at, path.clone())).collect();
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

    fn gather(
        &mut self,
        found: Vec<(String, Vec<(String, Target)>)>,
        paths: &HashMap<ModuleAt, String>,
    ) -> Index {
        let (mut entries, mut modules) = (Vec::<Entry>::new(), BTreeMap::new());
        let mut homes: HashMap<(usize, Box<str>), u32> = HashMap::new();
        let mut numbers: HashMap<Target, u32> = HashMap::new();
        // A prelude is how people reach what is in it.
        let (first, rest): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|(path, _)| path.ends_with("::prelude") || path.ends_with("::prelude::v1"));
        for (path, names) in first.into_iter().chain(rest) {
            let mut listed = Vec::new();
            for (name, target) in names {
                let number = *numbers.entry(target).or_insert_with(|| {
                    let (number, entry) = (entries.len() as u32, self.entry(&name, target, &path, paths));
                    if let Target::Name((of_crate, _), _) = target
                        && entry.kind.is_type()
                    {
                        homes.entry((of_crate, entry.name.clone())).or_insert(number);
                    }
                    entries.push(entry);
                    number
                });
                listed.push((Box::from(name), number));
            }
            modules.insert(path, listed);
        }
        if self.by_name.contains_key("core") {
            let mut listed = Vec::new();
            for name in PRIMITIVES {
                listed.push((name.into(), entries.len() as u32));
                let declaration = format!("primitive type {name}").into();
                entries.push(Entry { name: name.into(), declaration, ..Entry::default() });
            }
            modules.insert(String::new(), listed);
        }
        let mut index = Index::new(entries, modules);
        for at in 0..self.all.len() {
            let standard = STANDARD.contains(&self.all[at].name.as_str());
            for implementation in std::mem::take(&mut self.all[at].impls) {
                // Another crate may have a type of the same name: methods are written in the crate of their type.
                match homes.get(&(at, implementation.of.as_str().into())) {
                    Some(home) => index.implement_at(*home as usize, implementation),
                    None if implementation.of_trait.is_some() || standard => index.implement(implementation),
                    None => {}
                }
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
                docs: Docs::Text(self.all[module.0].modules[module.1].docs.clone()),
                path: paths.get(&module).cloned().unwrap_or_default().into(),
                ..Entry::default()
            },
        }
    }

    /// What can be named in a module from outside. Names without the globs win over those by globs.
    fn public_names(&self, module: ModuleAt) -> BTreeSet<(String, Target)> {
        let mut seen = HashSet::new();
        let mut names = BTreeMap::new();
        self.collect(module, &mut seen, &mut names);
        names
            .into_iter()
            .flat_map(|(name, targets)| targets.into_iter().map(move |target| (name.clone(), target)))
            .collect()
    }

    fn collect(
        &self,
        module: ModuleAt,
        seen: &mut HashSet<ModuleAt>,
        names: &mut BTreeMap<String, BTreeSet<Target>>,
    ) {
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
                let targets = self.resolve(module, &import.path);
                own.entry(name.clone()).or_default().extend(targets);
            }
        }
        for (name, targets) in own {
            names.entry(name).or_insert(targets);
        }
        for import in here.uses.iter().filter(|import| import.public && import.name.is_none()) {
            for target in self.resolve(module, &import.path) {
                if let Target::Module(target) = target {
                    self.collect(target, seen, names);
                }
            }
        }
    }

    /// What a path in a module leads to: mostly one thing, or a type and a macro of one name.
    fn resolve(&self, module: ModuleAt, path: &[String]) -> BTreeSet<Target> {
        if let [first, name, rest @ ..] = path
            && first.is_empty()
        {
            return match self.extern_crate(name) {
                Some(Target::Module(root)) => self.resolve(root, rest),
                _ => BTreeSet::new(),
            };
        }
        let mut places = BTreeSet::from([Target::Module(module)]);
        for (at, word) in path.iter().enumerate() {
            let mut next = BTreeSet::new();
            for place in &places {
                let Target::Module(place) = *place else { continue };
                match word.as_str() {
                    "crate" => drop(next.insert(Target::Module((place.0, 0)))),
                    "self" => drop(next.insert(Target::Module(place))),
                    "super" => drop(
                        next.insert(Target::Module((place.0, self.all[place.0].modules[place.1].parent))),
                    ),
                    _ => next.extend(self.lookup(place, word)),
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
    fn lookup(&self, module: ModuleAt, name: &str) -> BTreeSet<Target> {
        let question = (module, name.to_owned());
        if let Some(known) = self.known.borrow().get(&question) {
            return known.clone();
        }
        self.known.borrow_mut().insert(question.clone(), BTreeSet::new());
        let here = &self.all[module.0].modules[module.1];
        let own = here.names.iter().enumerate().filter(|(_, entry)| &*entry.name == name);
        let mut found: BTreeSet<Target> = own.map(|(at, _)| Target::Name(module, at)).collect();
        found.extend(here.children.get(name).map(|child| Target::Module((module.0, child.module))));
        for import in here.uses.iter().filter(|import| import.name.as_deref() == Some(name)) {
            // `use polars_io as io;` names a crate, `pub use df;` must not lead back to itself.
            found.extend(self.resolve(module, &import.path));
        }
        if found.is_empty() {
            for import in here.uses.iter().filter(|import| import.name.is_none()) {
                for target in self.resolve(module, &import.path) {
                    if let Target::Module(target) = target {
                        found.extend(self.lookup(target, name));
                    }
                }
            }
        }
        self.known.borrow_mut().insert(question, found.clone());
        found
    }
}
