//! What is at the cursor.

use serde_json::json;

use super::complete::{path_before, receiver_type};
use super::entry::{Entry, Kind};
use super::session::{Known, Layers, in_macro};
use super::show::{Sheet, bundle};
use super::text::{Sort, Token, open_brackets, tokens};
use super::types::shape;
use super::world::{Found, Member, Place, World};
use crate::messages::InspectReply;

/// The word under the cursor, or the function whose call it is in; at level 1 all that is known of it.
pub fn inspect(
    code: &str,
    cursor: Option<usize>,
    level: u8,
    known: &Known<'_>,
    magics: &[(&str, &str)],
) -> InspectReply {
    let at = cursor.and_then(|cursor| code.char_indices().nth(cursor)).map_or(code.len(), |(at, _)| at);
    let sheet = magic_sheet(code, at, magics).or_else(|| look(code, at, known));
    let data = sheet.map(|sheet| bundle(&sheet, level > 0)).unwrap_or_default();
    InspectReply { found: !data.is_empty(), data, metadata: json!({}) }
}

fn magic_sheet(code: &str, at: usize, magics: &[(&str, &str)]) -> Option<Sheet> {
    let start = code[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = code[start..].lines().next()?.trim_start();
    let name = line.strip_prefix(':')?.split_whitespace().next()?;
    let (name, help) = magics.iter().find(|(known, _)| *known == name)?;
    Some(Sheet { declaration: format!(":{name}"), docs: (*help).to_owned(), ..Sheet::default() })
}

fn look(code: &str, at: usize, known: &Known<'_>) -> Option<Sheet> {
    let all: Vec<Token<'_>> = tokens(code)
        .into_iter()
        .filter(|token| token.sort != Sort::Hidden || (token.start < at && at < token.end()))
        .collect();
    if all.iter().any(|token| token.sort == Sort::Hidden && token.start < at && at < token.end()) {
        return None;
    }
    let layers = Layers::of_cell(code);
    let world = layers.world(known, code.get(..at)?);
    let here =
        all.iter().position(|token| token.sort == Sort::Word && token.start <= at && at <= token.end());
    if let Some(sheet) = here.and_then(|here| sheet(&world, code, &all, here)) {
        return Some(sheet);
    }
    // In the parentheses of a call: the function, from the inside out.
    let before = all.iter().take_while(|token| token.end() <= at).count();
    let calls = open_brackets(&all[..before]).into_iter().rev();
    calls.filter_map(|open| called(&all, open)).find_map(|name| sheet(&world, code, &all, name))
}

/// The name of the function whose arguments begin with this bracket.
fn called(all: &[Token<'_>], open: usize) -> Option<usize> {
    let mut at = open.checked_sub(1)?;
    if all[at].is("!") {
        at = at.checked_sub(1)?;
    } else if all[at].is(">") {
        // `collect::<Vec<_>>(`
        let mut depth = 0usize;
        while at > 0 {
            match all[at].text {
                ">" => depth += 1,
                "<" => depth -= 1,
                _ => {}
            }
            at -= 1;
            if depth == 0 {
                break;
            }
        }
        at = if all[at].is("::") { at.checked_sub(1)? } else { at };
    } else if !all[open].is("(") && !all[open].is("{") {
        return None;
    }
    all[at].is_name().then_some(at)
}

fn sheet(world: &World<'_>, code: &str, all: &[Token<'_>], at: usize) -> Option<Sheet> {
    let word = &all[at];
    let previous = at.checked_sub(1).map(|before| &all[before]);
    if previous.is_some_and(|sign| sign.is(".")) {
        let of = receiver_type(world, code, all, at - 1);
        let in_stack = in_macro(code.get(..word.start)?, "sequential");
        let of = of.or_else(|| in_stack.then(|| "Plan".to_owned()))?;
        return world.member(&of, word.text).map(|member| of_member(&member));
    }
    if previous.is_some_and(|sign| sign.is("::")) {
        let (mut path, owner) = path_before(code, all, at - 1)?;
        let is_class = |place: &Place<'_>| matches!(place, Place::Name(found) if found.entry.kind.is_type());
        if path.first().is_some_and(|first| first == "Self") || world.places(&path, 0).iter().any(is_class) {
            let owner = if owner == "Self" { world.type_of_variable("Self")? } else { owner };
            return world.member(&owner, word.text).map(|member| of_member(&member));
        }
        path.push(word.text.to_owned());
        return world.places(&path, 0).first().map(|place| of_place(word.text, place));
    }
    let is_macro = all.get(at + 1).is_some_and(|next| next.is("!"));
    let is_local = world.locals.iter().any(|local| local.name == word.text);
    if !is_macro && (is_local || world.variables.iter().any(|variable| variable.name == word.text)) {
        return Some(variable(world, word.text));
    }
    if word.text == "Self" {
        return None;
    }
    let places = world.places(&[word.text.to_owned()], 0);
    let wanted = |place: &&Place<'_>| matches!(place, Place::Name(found) if (found.entry.kind == Kind::Macro) == is_macro);
    places.iter().find(wanted).or(places.first()).map(|place| of_place(word.text, place))
}

fn variable(world: &World<'_>, name: &str) -> Sheet {
    let known = world.variables.iter().find(|variable| variable.name == name);
    let mutable = if known.is_some_and(|variable| variable.mutable) { "mut " } else { "" };
    let type_name = world.type_of_variable(name);
    let shown = type_name.as_deref().map(|ty| format!(": {ty}")).unwrap_or_default();
    // What the type is for, in a few words.
    let class =
        type_name.as_deref().and_then(shape).and_then(|of| world.classes(&of.name).into_iter().next());
    let docs = class.map(|class| class.index.docs(class.entry)).unwrap_or_default();
    let note =
        class.filter(|class| !class.entry.is_placeholder()).map(|class| class.entry.declaration.to_string());
    Sheet {
        declaration: format!("let {mutable}{name}{shown}"),
        note: note.filter(|_| !docs.is_empty()),
        docs,
        ..Sheet::default()
    }
}

fn of_place(name: &str, place: &Place<'_>) -> Sheet {
    match place {
        Place::Name(found) => of_entry(*found),
        Place::Module(index, path) => {
            let docs = index
                .named(path.rsplit("::").next().unwrap_or(name))
                .find(|entry| &*entry.path == path.as_str());
            Sheet {
                declaration: format!("mod {name}"),
                docs: docs.map(|entry| index.docs(entry)).unwrap_or_default(),
                path: path.clone(),
                ..Sheet::default()
            }
        }
    }
}

fn of_entry(found: Found<'_>) -> Sheet {
    let Entry { declaration, path, source, .. } = found.entry;
    Sheet {
        declaration: declaration.to_string(),
        docs: found.index.docs(found.entry),
        path: path.to_string(),
        note: None,
        source: source.as_ref().map(|source| (source.cell, source.text.to_string())),
    }
}

fn of_member(member: &Member<'_>) -> Sheet {
    Sheet { note: Some(format!("in {}", member.of.short())), ..of_entry(member.found) }
}
