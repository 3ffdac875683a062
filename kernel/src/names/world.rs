//! All that can be named at a place of a cell, and how paths and types lead to it.

mod paths;

use super::entry::{Block, Entry, Kind};
use super::index::Index;
use super::local::Local;
use super::scan::Use;
use super::types::{Shape, returned, shape, substitute, tuple};
use crate::cell::is_word;
use crate::engine::Variable;

/// How often an alias, an import or `Deref` may lead on: enough for real code, an end for circles.
const FARTHEST: usize = 6;

/// Traits whose methods people write as signs, in format strings, or not at all.
const OPERATORS: [&str; 22] = [
    "Add",
    "AddAssign",
    "Debug",
    "Deserialize",
    "Display",
    "Div",
    "DivAssign",
    "Drop",
    "Eq",
    "Hash",
    "Index",
    "IndexMut",
    "Mul",
    "MulAssign",
    "Neg",
    "Not",
    "PartialEq",
    "PartialOrd",
    "Rem",
    "Serialize",
    "Sub",
    "SubAssign",
];

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
            let mut known: Vec<(String, String)> =
                parameters.map(ToString::to_string).zip(of.args.iter().cloned()).collect();
            known.push(("Self".to_owned(), of.text.clone()));
            known.extend(of.set.iter().map(|(name, ty)| (format!("Self::{name}"), ty.clone())));
            for block in class.entry.class.iter().flat_map(|class| &class.blocks) {
                let Some(mut meaning) = self.pattern(block, of) else { continue };
                meaning.extend(known.iter().cloned());
                for entry in &block.members {
                    let found = Found { entry, index: class.index };
                    members.push(Member { found, of: of.clone(), meaning: meaning.clone(), distance });
                }
            }
            let traits = class.entry.class.iter().flat_map(|class| &class.traits);
            for implemented in traits.filter(|implemented| !OPERATORS.contains(&&*implemented.name)) {
                let mut meaning = known.clone();
                for (name, ty) in &implemented.types {
                    meaning.push((format!("Self::{name}"), substitute(ty, &known)));
                }
                for from in self
                    .classes(&implemented.name)
                    .into_iter()
                    .filter(|found| found.entry.kind == Kind::Trait)
                {
                    for entry in from.entry.members() {
                        let found = Found { entry, index: from.index };
                        members.push(Member {
                            found,
                            of: of.clone(),
                            meaning: meaning.clone(),
                            distance: distance + 1,
                        });
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

    /// What the parameters of an `impl<T> Name<T>` mean for a type; `None` if the `impl` is for others of the same name.
    fn pattern(&self, block: &Block, of: &Shape) -> Option<Vec<(String, String)>> {
        let Some(written) = shape(&block.of) else { return Some(Vec::new()) };
        let mut meaning = Vec::new();
        for (word, arg) in written.args.into_iter().zip(&of.args) {
            // `impl Tensor<(N, C)>` has nothing for `Tensor<Rank4<…>>`.
            let ranks = (self.elements(&word), self.elements(arg));
            if matches!(ranks, (Some(written), Some(here)) if written != here) {
                return None;
            }
            if word.chars().all(is_word) {
                meaning.push((word, arg.clone()));
            }
        }
        Some(meaning)
    }

    /// How many elements a tuple has; `None` for other types.
    fn elements(&self, type_name: &str) -> Option<usize> {
        let target = || {
            let of = shape(type_name)?;
            self.classes(&of.name).first().and_then(|class| alias(class.entry, &of))
        };
        tuple(type_name).or_else(|| tuple(&target()?)).map(|elements| elements.len())
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
