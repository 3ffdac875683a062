//! What can stand behind `::`, in cells and in `use`.

use super::{Candidate, of_entry, of_place};
use crate::names::entry::Kind;
use crate::names::text::{Sort, Token, operand_start};
use crate::names::types::parse;
use crate::names::world::{Place, World};

/// What stands in a module or a type, behind `::`.
pub(super) fn inside(world: &World<'_>, text: &str, all: &[Token<'_>]) -> Vec<Candidate> {
    if let Some(path) = in_use(all) {
        return in_path(world, &path);
    }
    match path_before(text, all, all.len() - 1) {
        Some((path, owner)) => {
            let mut found = in_path_of(world, &path, Some(&owner));
            found.retain(|candidate| !candidate.name.is_empty());
            found
        }
        None => Vec::new(),
    }
}

/// The words of the path that ends before the `::` with this number, and its text as a type.
pub fn path_before(text: &str, all: &[Token<'_>], colons: usize) -> Option<(Vec<String>, String)> {
    let start = operand_start(all, colons)?;
    let owner = &text[all[start].start..all[colons - 1].end()];
    let path: syn::Path = parse(owner)?;
    let words = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    Some((words, owner.replace("::<", "<")))
}

pub(super) fn in_path(world: &World<'_>, path: &[String]) -> Vec<Candidate> {
    in_path_of(world, path, None)
}

fn in_path_of(world: &World<'_>, path: &[String], owner: Option<&str>) -> Vec<Candidate> {
    if path.is_empty() {
        let modules = world.visible().into_iter().filter(|(_, place, _)| matches!(place, Place::Module(..)));
        let found: Vec<Candidate> =
            modules.map(|(name, place, rank)| of_place(&name, &place, rank)).collect();
        return found;
    }
    if let Some(own) =
        path.first().filter(|first| *first == "Self").and_then(|_| world.type_of_variable("Self"))
    {
        return of_type(world, &own);
    }
    let mut found = Vec::new();
    for place in world.places(path, 0) {
        match place {
            Place::Module(index, path) => {
                found.extend(
                    index
                        .module(&path)
                        .map(|(name, entry)| of_entry(name, entry, usize::from(entry.kind == Kind::Macro))),
                );
            }
            Place::Name(class) if class.entry.kind.is_type() => {
                found.extend(of_type(world, owner.unwrap_or(&class.entry.name)));
            }
            Place::Name(_) => {}
        }
    }
    found
}

fn of_type(world: &World<'_>, of: &str) -> Vec<Candidate> {
    let members = world.members(of).into_iter().filter(|member| member.found.entry.kind != Kind::Field);
    // What makes a value comes before what needs one.
    members
        .map(|m| {
            of_entry(
                &m.found.entry.name,
                m.found.entry,
                m.distance * 2 + usize::from(m.found.entry.kind == Kind::Method),
            )
        })
        .collect()
}

/// In a `use`: the words of the path so far.
pub(super) fn in_use(all: &[Token<'_>]) -> Option<Vec<String>> {
    let start =
        all.iter().rposition(|token| matches!(token.text, "use" | ";") && token.sort != Sort::Text)?;
    if !all[start].is("use") {
        return None;
    }
    let (mut path, mut marks) = (Vec::new(), Vec::new());
    for token in &all[start + 1..] {
        match token.text {
            "{" => marks.push(path.len()),
            "}" => path.truncate(marks.pop()?),
            "," => path.truncate(*marks.last()?),
            "::" => {}
            "as" => return Some(vec![String::new()]),
            word if token.sort == Sort::Word => path.push(word.to_owned()),
            _ => return None,
        }
    }
    // Without `::` behind it the last word is whole.
    Some(path)
}
