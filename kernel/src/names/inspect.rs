//! What is at the cursor.

use serde_json::json;

use super::complete::{path_before, receiver_type, word_at};
use super::entry::{Entry, Kind};
use super::session::{Known, Layers, in_macro};
use super::show::{Sheet, bundle};
use super::signature;
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
    inspect_among(code, cursor, level, known, magics, Others::default())
}

/// What somebody else knows of the thing at the cursor, and of the function whose arguments it stands among.
pub type Others<'a> = (Option<&'a Sheet>, Option<&'a Sheet>);

/// The same with what somebody else knows, who knows better.
pub fn inspect_among(
    code: &str,
    cursor: Option<usize>,
    level: u8,
    known: &Known<'_>,
    magics: &[(&str, &str)],
    others: Others<'_>,
) -> InspectReply {
    let (_, at) = word_at(code, cursor);
    let sheet = magic_sheet(code, at, magics).or_else(|| look(code, at, known, others));
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

fn look(code: &str, at: usize, known: &Known<'_>, (hover, call): Others<'_>) -> Option<Sheet> {
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
    let of_word = here.and_then(|here| sheet(&world, code, &all, here));
    // A variable of the session is known best by the session.
    let is_variable = here.is_some_and(|here| is_variable(&world, &all, here));
    let hover_of_word = hover.filter(|_| here.is_some() && !(is_variable && of_word.is_some()));
    if let Some(sheet) = join(hover_of_word, of_word) {
        return Some(sheet);
    }
    // In the parentheses of a call: the function, from the inside out.
    let before = all.iter().take_while(|token| token.end() <= at).count();
    let calls = open_brackets(&all[..before]).into_iter().rev();
    let of_call = calls.filter_map(|open| Some((open, called(&all, open)?))).find_map(|(open, name)| {
        let sheet = sheet(&world, code, &all, name)?;
        let method = name > 0 && all[name - 1].is(".");
        let active = signature::active(&sheet.declaration, &all, open, at, method);
        Some(Sheet { active, ..sheet })
    });
    join(call, of_call).or_else(|| hover.cloned())
}

/// Two that know of one thing: what the first says, and what only the second says.
fn join(better: Option<&Sheet>, own: Option<Sheet>) -> Option<Sheet> {
    let (Some(better), Some(own)) = (better, &own) else { return better.cloned().or(own) };
    let own = own.clone();
    Some(Sheet {
        declaration: better.declaration.clone(),
        active: better.active.clone(),
        docs: if better.docs.is_empty() { own.docs } else { better.docs.clone() },
        path: if own.path.is_empty() { better.path.clone() } else { own.path },
        note: better.note.clone().or(own.note),
        source: own.source,
    })
}

/// Whether the word names a variable of an earlier cell.
fn is_variable(world: &World<'_>, all: &[Token<'_>], at: usize) -> bool {
    let name = all[at].text;
    let belongs = at > 0 && (all[at - 1].is(".") || all[at - 1].is("::"));
    !belongs
        && world.variables.iter().any(|variable| variable.name == name)
        && !world.locals.iter().any(|local| local.name == name)
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
        source: source.as_ref().map(|source| (source.cell, source.text.to_string())),
        ..Sheet::default()
    }
}

fn of_member(member: &Member<'_>) -> Sheet {
    Sheet { note: Some(format!("in {}", member.of.short())), ..of_entry(member.found) }
}
