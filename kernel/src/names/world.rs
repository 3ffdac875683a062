//! All that can be named at a place of a cell, and how paths and types lead to it.

use crate::engine::Variable;
use super::entry::{Block, Entry, Kind};
use super::index::Index;
use super::local::Local;
use super::scan::Use;
use super::types::{Shape, returned, shape, substitute};

/// How often an alias, an import or `Deref` may lead on: enough for real code, an end for circles.
const FARTHEST: usize = 6;

/// A name with the index that holds its documentation.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub entry: &'a Entry,
    pub index: &'a Index,
}

/// A member of a type.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    pub found: Found<'a>,
    /// The type that it was found on; for trait members the type that implements the trait.
    pub of: Shape,
    /// What the words of its declaration mean for this type.
    pub meaning: Vec<(String, String)>,
    /// 0 for its own members, more for those of traits and of what it derefs to.
    pub distance: usize,
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub enum Place<'a> {
    /// A module of an index.
    Module(&'a Index, String),
    Name(Found<'a>),
}

/// All that can be named.
pub struct World<'a> {
    /// The cell, the session, the libraries: the first that knows a name wins.
    pub layers: Vec<&'a Index>,
    pub variables: &'a [Variable],
    pub uses: Vec<Use>,
    /// `let`s and parameters above the cursor, the nearest last.
    pub locals: Vec<Local>,
}

impl<'a> World<'a> {
    /// The types and traits of a name: one, and what other layers add to it by `impl`.
    pub fn classes(&self, name: &str) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for index in &self.layers {
            let Some(entry) = index.class(name) else { continue };
            found.push(Found { entry, index });
            if !entry.is_placeholder() {
                break;
            }
        }
        found
    }

    /// The type of a local or of a variable.
    pub fn type_of_variable(&self, name: &str) -> Option<String> {
        match self.locals.iter().rev().find(|local| local.name == name) {
            Some(local) => local.type_name.clone(),
            None => self.variables.iter().find(|variable| variable.name == name).map(|v| v.type_name.clone()),
        }
    }

    /// All members of a type: fields, methods, associated functions, variants.
    pub fn members(&self, type_name: &str) -> Vec<Member<'a>> {
        let mut members = Vec::new();
        if let Some(of) = shape(type_name) {
            self.collect(&of, 0, &mut members);
        }
        members
    }

    fn collect(&self, of: &Shape, distance: usize, members: &mut Vec<Member<'a>>) {
        if distance > FARTHEST {
            return;
        }
        for class in self.classes(&of.name) {
            if let Some(target) = alias(class.entry, of) {
                if let Some(of) = shape(&target) {
                    self.collect(&of, distance + 1, members);
                }
                continue;
            }
            let parameters = class.entry.class.iter().flat_map(|class| &class.parameters);
            let mut known: Vec<(String, String)> = parameters.map(ToString::to_string).zip(of.args.iter().cloned()).collect();
            known.push(("Self".to_owned(), of.text.clone()));
            known.extend(of.set.iter().map(|(name, ty)| (format!("Self::{name}"), ty.clone())));
            for (block, entry) in class.entry.members_in_blocks() {
                let mut meaning = pattern(block, of);
                meaning.extend(known.iter().cloned());
                let found = Found { entry, index: class.index };
                members.push(Member { found, of: of.clone(), meaning, distance });
            }
            for implemented in class.entry.class.iter().flat_map(|class| &class.traits) {
                let mut meaning = known.clone();
                for (name, ty) in &implemented.types {
                    meaning.push((format!("Self::{name}"), substitute(ty, &known)));
                }
                for from in self.classes(&implemented.name).into_iter().filter(|found| found.entry.kind == Kind::Trait) {
                    for entry in from.entry.members() {
                        let found = Found { entry, index: from.index };
                        members.push(Member { found, of: of.clone(), meaning: meaning.clone(), distance: distance + 1 });
                    }
                }
            }
            let deref = class.entry.class.as_ref().and_then(|class| class.deref.as_ref());
            if let Some(of) = deref.and_then(|target| shape(&substitute(target, &known))) {
                self.collect(&of, distance + 2, members);
            }
        }
    }

    /// The nearest member of a name.
    pub fn member(&self, type_name: &str, name: &str) -> Option<Member<'a>> {
        let all = self.members(type_name).into_iter().filter(|member| &*member.found.entry.name == name);
        all.min_by_key(|member| member.distance)
    }

    /// The names that need no path, without variables and keywords: nearest first.
    pub fn visible(&self) -> Vec<(String, Place<'a>, usize)> {
        let mut all = Vec::new();
        let (library, own) = self.layers.split_last().map_or((None, [].as_slice()), |(last, own)| (Some(*last), own));
        for index in own {
            all.extend(names_in(index, "", 1));
        }
        for import in &self.uses {
            match &import.name {
                Some(name) => all.extend(self.places(&import.path, 0).into_iter().map(|place| (name.clone(), place, 2))),
                None => {
                    for place in self.places(&import.path, 0) {
                        match place {
                            Place::Module(index, path) => all.extend(names_in(index, &path, 2)),
                            Place::Name(found) => all.extend(
                                found.entry.members().filter(|entry| entry.kind == Kind::Variant).map(|entry| {
                                    (entry.name.to_string(), Place::Name(Found { entry, index: found.index }), 2)
                                }),
                            ),
                        }
                    }
                }
            }
        }
        if let Some(index) = library {
            all.extend(names_in(index, "", 3));
            all.extend(names_in(index, "std::prelude::v1", 3));
            all.extend(names_in(index, "std", 3).into_iter().filter(|(_, place, _)| {
                matches!(place, Place::Name(found) if found.entry.kind == Kind::Macro)
            }));
            let roots = index.modules.keys().filter(|path| !path.is_empty() && !path.contains("::"));
            all.extend(roots.map(|path| (path.clone(), Place::Module(index, path.clone()), 3)));
            for of in ["Option", "Result"] {
                let variants = index.class(of).into_iter().flat_map(Entry::members);
                let variants = variants.filter(|entry| entry.kind == Kind::Variant);
                all.extend(variants.map(|entry| (entry.name.to_string(), Place::Name(Found { entry, index }), 3)));
            }
        }
        all
    }

    /// What a path leads to.
    pub fn places(&self, path: &[String], depth: usize) -> Vec<Place<'a>> {
        if depth > FARTHEST {
            return Vec::new();
        }
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        let mut places = self.first(first, depth);
        for word in rest {
            places = places.iter().flat_map(|place| self.inside(place, word)).collect();
        }
        places
    }

    fn first(&self, word: &str, depth: usize) -> Vec<Place<'a>> {
        let Some((library, own)) = self.layers.split_last() else { return Vec::new() };
        if matches!(word, "crate" | "self" | "super") {
            return own.iter().map(|index| Place::Module(index, String::new())).collect();
        }
        for index in own {
            let found: Vec<Place<'a>> = named(index, "", word);
            if !found.is_empty() {
                return found;
            }
        }
        for import in self.uses.iter().rev().filter(|import| import.name.as_deref() == Some(word)) {
            // `use df;` leads to itself.
            let found = if import.path.len() == 1 && import.path[0] == word { Vec::new() } else { self.places(&import.path, depth + 1) };
            if !found.is_empty() {
                return found;
            }
        }
        for import in self.uses.iter().filter(|import| import.name.is_none() && import.path.first().is_some_and(|first| first != word)) {
            let globs = self.places(&import.path, depth + 1);
            let found: Vec<Place<'a>> = globs.iter().flat_map(|place| self.inside(place, word)).collect();
            if !found.is_empty() {
                return found;
            }
        }
        let mut found: Vec<Place<'a>> = Vec::new();
        for prelude in ["std::prelude::v1", "", "std"] {
            found.extend(named(library, prelude, word));
        }
        if library.modules.contains_key(word) && !word.is_empty() {
            found.push(Place::Module(library, word.to_owned()));
        }
        for of in ["Option", "Result"] {
            let variants = library.class(of).into_iter().flat_map(Entry::members).filter(|entry| &*entry.name == word);
            found.extend(variants.map(|entry| Place::Name(Found { entry, index: library })));
        }
        found
    }

    fn inside(&self, place: &Place<'a>, word: &str) -> Vec<Place<'a>> {
        match place {
            Place::Module(index, path) => named(index, path, word),
            Place::Name(found) if found.entry.kind.is_type() => {
                let members = self.members(&found.entry.name).into_iter();
                members.filter(|member| &*member.found.entry.name == word).map(|member| Place::Name(member.found)).collect()
            }
            Place::Name(_) => Vec::new(),
        }
    }

    /// What calling a member gives.
    pub fn returned_by(&self, member: &Member<'a>, turbofish: &[String]) -> Option<String> {
        result_of(member.found.entry, &member.meaning, turbofish)
    }
}

/// What calling a function gives, with the words of its declaration in their meaning.
pub fn result_of(entry: &Entry, meaning: &[(String, String)], turbofish: &[String]) -> Option<String> {
    let (result, generics) = returned(&entry.declaration)?;
    let own = generics.into_iter().zip(turbofish.iter().cloned());
    let meaning: Vec<(String, String)> = own.chain(meaning.iter().cloned()).collect();
    Some(substitute(&result, &meaning))
}

fn names_in<'a>(index: &'a Index, path: &str, rank: usize) -> Vec<(String, Place<'a>, usize)> {
    index.module(path).map(|(name, entry)| (name.to_owned(), place(index, entry), rank)).collect()
}

fn named<'a>(index: &'a Index, path: &str, word: &str) -> Vec<Place<'a>> {
    index.module(path).filter(|(name, _)| *name == word).map(|(_, entry)| place(index, entry)).collect()
}

fn place<'a>(index: &'a Index, entry: &'a Entry) -> Place<'a> {
    match entry.kind {
        Kind::Module => Place::Module(index, entry.path.to_string()),
        _ => Place::Name(Found { entry, index }),
    }
}

/// The target of an alias, with its arguments.
pub fn alias(entry: &Entry, of: &Shape) -> Option<String> {
    if entry.kind != Kind::Alias {
        return None;
    }
    let (_, target) = entry.declaration.split_once(" = ")?;
    let parameters = entry.class.iter().flat_map(|class| &class.parameters).map(ToString::to_string);
    let meaning: Vec<(String, String)> = parameters.zip(of.args.iter().cloned()).collect();
    Some(substitute(target, &meaning))
}

/// What the parameters of an `impl<T> Name<T>` mean for a type.
fn pattern(block: &Block, of: &Shape) -> Vec<(String, String)> {
    let Some(written) = shape(&block.of) else { return Vec::new() };
    let words = written.args.into_iter().zip(of.args.iter().cloned());
    words.filter(|(word, _)| word.chars().all(|c| c.is_alphanumeric() || c == '_')).collect()
}
