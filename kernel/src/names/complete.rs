//! What can stand at the cursor.

mod paths;

use serde_json::{Value, json};

use super::entry::{Entry, Kind};
use super::session::{Known, Layers, in_macro};
use super::text::{KEYWORDS, Sort, Token, open_brackets, operand_start, tokens};
use super::types::shape;
use super::world::{Place, World};
use crate::cell::{byte_of_char, chars_before, is_word};
use crate::messages::CompleteReply;
pub use paths::path_before;
use paths::{in_path, in_use, inside};

/// More than any type has methods; a list that is longer is no help.
const MOST: usize = 400;

/// One thing that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    /// JupyterLab's word for what it is, see [`Kind::jupyter`].
    pub kind: &'static str,
    pub signature: String,
    /// The lowest stands first.
    pub rank: usize,
}

/// What begins as the word before the cursor does. `magics` are the names of the magics, with a line about each.
pub fn complete(
    code: &str,
    cursor: Option<usize>,
    known: &Known<'_>,
    magics: &[(&str, &str)],
) -> CompleteReply {
    complete_among(code, cursor, known, magics, &[])
}

/// The same with what somebody else knows to fit there, which stands first.
pub fn complete_among(
    code: &str,
    cursor: Option<usize>,
    known: &Known<'_>,
    magics: &[(&str, &str)],
    first: &[Candidate],
) -> CompleteReply {
    let (begin, at) = word_at(code, cursor);
    let cursor = chars_before(code, at);
    let (before, word) = (&code[..at], &code[begin..at]);
    let (mut found, word) = match magic(before) {
        Some(word) => (magic_candidates(magics), word),
        None => {
            let mut found = first.to_vec();
            let behind = first.iter().map(|candidate| candidate.rank + 1).max().unwrap_or(0);
            let own = candidates(code, before, word, known).unwrap_or_default();
            found.extend(own.into_iter().map(|own| Candidate { rank: behind + own.rank, ..own }));
            (found, word)
        }
    };
    let lower = word.to_lowercase();
    // What begins exactly so, what begins so but for the case.
    let class = |name: &str| {
        if name.starts_with(word) { Some(0) } else { name.to_lowercase().starts_with(&lower).then_some(1) }
    };
    found.retain(|candidate| class(&candidate.name).is_some());
    found.sort_by(|a, b| {
        let key = |c: &Candidate| (class(&c.name), c.rank, c.name.starts_with('_'));
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    let mut seen = std::collections::HashSet::new();
    found.retain(|candidate| seen.insert(candidate.name.clone()));
    found.truncate(MOST);
    // A call that is there already needs no second `!`.
    if code[at..].starts_with('!') {
        found
            .iter_mut()
            .for_each(|candidate| candidate.name = candidate.name.trim_end_matches('!').to_owned());
    }
    let start = cursor - word.chars().count();
    let types: Vec<Value> = (found.iter())
        .map(|c| json!({"text": c.name, "type": c.kind, "signature": c.signature, "start": start, "end": cursor}))
        .collect();
    CompleteReply {
        matches: found.into_iter().map(|candidate| candidate.name).collect(),
        cursor_start: start,
        cursor_end: cursor,
        // Not in the protocol: how IPython tells JupyterLab which icon and which signature to show.
        metadata: json!({"_jupyter_types_experimental": types}),
    }
}

/// The bytes at which the word begins that ends at the cursor, and at which the cursor stands: without one, at the end.
pub fn word_at(code: &str, cursor: Option<usize>) -> (usize, usize) {
    let at = cursor.map_or(code.len(), |cursor| byte_of_char(code, cursor));
    (code[..at].trim_end_matches(is_word).len(), at)
}

/// The begun name of a magic: a line that starts with `:` and one word.
pub fn magic(before: &str) -> Option<&str> {
    let line = before.rsplit('\n').next()?.trim_start();
    let rest = line.strip_prefix(':')?;
    rest.chars().all(is_word).then_some(rest)
}

fn magic_candidates(magics: &[(&str, &str)]) -> Vec<Candidate> {
    let candidate = |(name, help): &(&str, &str)| Candidate {
        name: (*name).to_owned(),
        kind: "magic",
        signature: (*help).to_owned(),
        rank: 0,
    };
    magics.iter().map(candidate).collect()
}

fn candidates(code: &str, before: &str, word: &str, known: &Known<'_>) -> Option<Vec<Candidate>> {
    let head = &before[..before.len() - word.len()];
    let all = tokens(before);
    // In a string, a comment or a lifetime nothing is completed; a number has no names.
    let hidden = all.last().is_some_and(|last| match last.sort {
        Sort::Hidden => {
            last.end() == before.len() && !(last.text.starts_with("/*") && last.text.ends_with("*/"))
        }
        Sort::Number => last.end() == before.len(),
        _ => false,
    });
    if hidden || word.starts_with(|c: char| c.is_numeric()) || head.ends_with('\'') {
        return None;
    }
    let layers = Layers::of_cell(code);
    let world = layers.world(known, before);
    let code_tokens: Vec<Token<'_>> =
        tokens(head).into_iter().filter(|token| token.sort != Sort::Hidden).collect();
    let previous = code_tokens.last();
    match previous {
        Some(dot) if dot.is(".") => Some(members(&world, head, &code_tokens)),
        Some(colons) if colons.is("::") => Some(inside(&world, head, &code_tokens)),
        _ if in_use(&code_tokens).is_some() => Some(in_path(&world, &in_use(&code_tokens)?)),
        // A name that is just being made.
        Some(word)
            if [
                "fn", "struct", "enum", "trait", "mod", "type", "union", "let", "mut", "for", "const",
                "static",
            ]
            .iter()
            .any(|keyword| word.is(keyword)) =>
        {
            let mutable = word.is("let") || word.is("for");
            Some(if mutable { vec![keyword("mut", 0)] } else { Vec::new() })
        }
        _ => {
            let mut found = fields_of_literal(&world, head, &code_tokens).unwrap_or_default();
            found.extend(words(&world, word));
            Some(found)
        }
    }
}

fn keyword(name: &str, rank: usize) -> Candidate {
    Candidate { name: name.to_owned(), kind: "keyword", signature: String::new(), rank }
}

fn of_entry(name: &str, entry: &Entry, rank: usize) -> Candidate {
    let name = if entry.kind == Kind::Macro { format!("{name}!") } else { name.to_owned() };
    Candidate { name, kind: entry.kind.jupyter(), signature: entry.declaration.to_string(), rank }
}

fn of_place(name: &str, place: &Place<'_>, rank: usize) -> Candidate {
    match place {
        Place::Name(found) => of_entry(name, found.entry, rank),
        Place::Module(..) => {
            Candidate { name: name.to_owned(), kind: "module", signature: format!("mod {name}"), rank }
        }
    }
}

/// Fields and methods, behind a dot.
fn members(world: &World<'_>, text: &str, all: &[Token<'_>]) -> Vec<Candidate> {
    let dot = all.len() - 1;
    let in_stack = in_macro(text, "sequential");
    let of = receiver_type(world, text, all, dot);
    let Some(of) = of.or_else(|| in_stack.then(|| "Plan".to_owned())) else { return Vec::new() };
    let is_plan = in_stack && shape(&of).is_some_and(|of| of.name == "Plan");
    let found = world.members(&of).into_iter().filter(|member| {
        let entry = member.found.entry;
        matches!(entry.kind, Kind::Method | Kind::Field)
            && (!is_plan || entry.declaration.ends_with("-> Plan"))
    });
    let unsafe_last = |entry: &Entry| usize::from(entry.declaration.contains("unsafe fn"));
    found
        .map(|member| (member.found.entry, member.distance))
        .map(|(entry, distance)| of_entry(&entry.name, entry, distance + unsafe_last(entry)))
        .collect()
}

/// The type of what stands before the dot with this number.
pub fn receiver_type(world: &World<'_>, text: &str, all: &[Token<'_>], dot: usize) -> Option<String> {
    let start = operand_start(all, dot)?;
    let receiver = &text[all[start].start..all[dot - 1].end()];
    super::infer::type_of_text(world, receiver)
}

/// The fields of a struct whose literal is being written.
fn fields_of_literal(world: &World<'_>, text: &str, all: &[Token<'_>]) -> Option<Vec<Candidate>> {
    let open = *open_brackets(all).last()?;
    if !all[open].is("{") || !matches!(all.last()?.text, "{" | ",") {
        return None;
    }
    let start = operand_start(all, open)?;
    let introduces = |word: &Token<'_>| {
        matches!(
            word.text,
            "struct"
                | "enum"
                | "impl"
                | "for"
                | "trait"
                | "union"
                | "mod"
                | "->"
                | "match"
                | "if"
                | "while"
                | "in"
        )
    };
    if start.checked_sub(1).is_some_and(|before| introduces(&all[before])) || all[open - 1].sort != Sort::Word
    {
        return None;
    }
    let name = &text[all[start].start..all[open - 1].end()];
    let of = if name == "Self" { world.type_of_variable("Self")? } else { name.to_owned() };
    let written = |field: &str| {
        all[open..].windows(2).any(|pair| pair[0].is(field) && matches!(pair[1].text, ":" | ","))
    };
    let fields = world.members(&of).into_iter().filter(|member| member.found.entry.kind == Kind::Field);
    Some(
        fields
            .filter(|field| !written(&field.found.entry.name))
            .map(|field| of_entry(&field.found.entry.name, field.found.entry, 0))
            .collect(),
    )
}

/// Variables, items, imported names, keywords.
fn words(world: &World<'_>, word: &str) -> Vec<Candidate> {
    let variable = |name: &str, type_name: &str| Candidate {
        name: name.to_owned(),
        kind: "instance",
        signature: type_name.to_owned(),
        rank: 1,
    };
    let mut found: Vec<Candidate> = Vec::new();
    for local in world.locals.iter().rev().filter(|local| local.name != "Self") {
        found.push(variable(&local.name, local.type_name.as_deref().unwrap_or("")));
    }
    found.extend(world.variables.iter().map(|v| variable(&v.name, &v.type_name)));
    for (name, place, rank) in world.visible() {
        // Without a begun word the list would be all there is.
        if !word.is_empty() || rank < 2 {
            found.push(of_place(&name, &place, rank + 1));
        }
    }
    if !word.is_empty() {
        found.extend(KEYWORDS.iter().map(|name| keyword(name, 5)));
    }
    found
}
