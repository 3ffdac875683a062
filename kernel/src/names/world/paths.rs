//! Names that need no path, and what paths lead to.

use super::{FARTHEST, Found, Place, World};
use crate::names::entry::{Entry, Kind};
use crate::names::index::Index;

impl<'a> World<'a> {
    /// The names that need no path, without variables and keywords: nearest first.
    pub fn visible(&self) -> Vec<(String, Place<'a>, usize)> {
        let mut all = Vec::new();
        let (library, own) =
            self.layers.split_last().map_or((None, [].as_slice()), |(last, own)| (Some(*last), own));
        for index in own {
            all.extend(names_in(index, "", 1));
        }
        for import in &self.uses {
            match &import.name {
                Some(name) => {
                    all.extend(self.places(&import.path, 0).into_iter().map(|place| (name.clone(), place, 2)))
                }
                None => {
                    for place in self.places(&import.path, 0) {
                        match place {
                            Place::Module(index, path) => all.extend(names_in(index, &path, 2)),
                            Place::Name(found) => all.extend(
                                found.entry.members().filter(|entry| entry.kind == Kind::Variant).map(
                                    |entry| {
                                        (
                                            entry.name.to_string(),
                                            Place::Name(Found { entry, index: found.index }),
                                            2,
                                        )
                                    },
                                ),
                            ),
                        }
                    }
                }
            }
        }
        if let Some(index) = library {
            // `[T]` and `[T; N]` have names only here.
            let is_name = |name: &str| !matches!(name, "slice" | "array");
            all.extend(names_in(index, "", 3).into_iter().filter(|(name, ..)| is_name(name)));
            all.extend(names_in(index, "std::prelude::v1", 3));
            all.extend(names_in(index, "std", 3).into_iter().filter(
                |(_, place, _)| matches!(place, Place::Name(found) if found.entry.kind == Kind::Macro),
            ));
            let roots = index.modules.keys().filter(|path| !path.is_empty() && !path.contains("::"));
            all.extend(roots.map(|path| (path.clone(), Place::Module(index, path.clone()), 3)));
            for of in ["Option", "Result"] {
                let variants = index.class(of).into_iter().flat_map(Entry::members);
                let variants = variants.filter(|entry| entry.kind == Kind::Variant);
                all.extend(
                    variants.map(|entry| (entry.name.to_string(), Place::Name(Found { entry, index }), 3)),
                );
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
            let found = if import.path.len() == 1 && import.path[0] == word {
                Vec::new()
            } else {
                self.places(&import.path, depth + 1)
            };
            if !found.is_empty() {
                return found;
            }
        }
        for import in self
            .uses
            .iter()
            .filter(|import| import.name.is_none() && import.path.first().is_some_and(|first| first != word))
        {
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
            let variants =
                library.class(of).into_iter().flat_map(Entry::members).filter(|entry| &*entry.name == word);
            found.extend(variants.map(|entry| Place::Name(Found { entry, index: library })));
        }
        found
    }

    fn inside(&self, place: &Place<'a>, word: &str) -> Vec<Place<'a>> {
        match place {
            Place::Module(index, path) => named(index, path, word),
            Place::Name(found) if found.entry.kind.is_type() => {
                let members = self.members(&found.entry.name).into_iter();
                members
                    .filter(|member| &*member.found.entry.name == word)
                    .map(|member| Place::Name(member.found))
                    .collect()
            }
            Place::Name(_) => Vec::new(),
        }
    }
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
