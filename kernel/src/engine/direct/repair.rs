//! Errors that are not the user's: a variable that the cell moves, borrows or never sets cannot be put into the store; an
//! item of an earlier cell may not fit a redefinition. The program is changed and compiled again.

use std::collections::HashSet;
use std::sync::Arc;

use super::program::{Draft, Way};
use super::source::{Program, Role};
use crate::cell::CellText;
use crate::diagnostics::{Diagnostic, Span};

/// What the repairs of a cell have changed that somebody must know.
#[derive(Debug, Default)]
pub struct Repairs {
    /// Sentences for the user.
    pub notes: Vec<String>,
    /// Variables that will not be there after the cell, with the reason.
    pub lost: Vec<(String, String)>,
}

/// Changes a draft so that these errors will not come again. False if they are the user's own.
pub fn repair(
    draft: &mut Draft<'_>,
    errors: &[Diagnostic],
    program: &Program,
    redefines: bool,
    repairs: &mut Repairs,
) -> bool {
    let mut changed = false;
    let packed = draft.packed.clone();
    for error in errors.iter().filter(|error| error.is_error()) {
        if stays_unboxed(draft, error, program) {
            changed = true;
            continue;
        }
        changed |= match role(error, program) {
            // What a macro seemed to define: a guess that was wrong is nobody's loss.
            Some(Role::Pack(name)) if error.code() == Some("E0425") => {
                draft.packed.retain(|packed| *packed != name);
                draft.packed.len() < packed.len()
            }
            Some(Role::Pack(name)) => unpack(draft, &name, error, repairs),
            // If something borrows from it, that is to leave.
            Some(Role::Keep(name)) => {
                unpack_borrower(draft, error, program, &packed, repairs) || let_go(draft, &name)
            }
            Some(Role::Take(name)) => cannot_take(draft, &name, repairs),
            Some(Role::Import(text)) => drop_import(draft, &text, repairs),
            Some(Role::Plain) | None => unpack_borrower(draft, error, program, &packed, repairs),
        };
    }
    drop_items(draft, errors, program, redefines, repairs) || changed
}

/// Which of the places that an error shows is the one to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blame {
    /// Moved, or without a value: the generated line uses it.
    User,
    /// `let v = …; let r = &v;`: putting `v` away fails, because `r` is put away later. `r` is the one to leave.
    LaterUser,
    /// What is put away must not borrow from what ends with the cell.
    Borrower,
    /// An unsized or otherwise odd value.
    Value,
}

/// Whom an error blames; `None` for errors that are the user's own.
fn blame(error: &Diagnostic) -> Option<Blame> {
    Some(match error.code()? {
        "E0381" | "E0382" | "E0425" => Blame::User,
        "E0505" | "E0499" | "E0502" | "E0503" | "E0506" | "E0713" => Blame::LaterUser,
        "E0310" | "E0373" | "E0515" | "E0521" | "E0597" | "E0716" | "E0621" => Blame::Borrower,
        "E0277" | "E0308" => Blame::Value,
        _ => return None,
    })
}

/// What the generated line does that an error complains of.
fn role(error: &Diagnostic, program: &Program) -> Option<Role> {
    // Errors about borrows mention where a variable was declared, too: that line is not to blame.
    let blamed = blame(error);
    let declared = blamed.is_some_and(|blamed| blamed != Blame::Value);
    let to_blame = |role: &&Role| match role {
        Role::Plain => false,
        Role::Take(_) | Role::Import(_) => !declared,
        Role::Pack(_) | Role::Keep(_) => true,
    };
    let of = |span: &Span| program.role(span.byte_start).filter(to_blame).cloned();
    let primary = error.primary().find_map(of);
    let secondary = error.spans.iter().filter(|span| !span.is_primary).find_map(of);
    if let Some(Role::Take(_) | Role::Import(_)) = primary {
        // The type of a variable cannot be written here; what was imported is there no more.
        return primary;
    }
    match blamed? {
        Blame::User => primary,
        Blame::LaterUser => secondary.or(primary),
        Blame::Borrower => primary.or(secondary),
        Blame::Value => primary.filter(|role| matches!(role, Role::Pack(_))),
    }
}

fn unpack(draft: &mut Draft<'_>, name: &str, error: &Diagnostic, repairs: &mut Repairs) -> bool {
    let number = draft.cell.number;
    let before = draft.packed.len();
    draft.packed.retain(|packed| packed != name);
    let why = match error.code() {
        Some("E0382") => format!("it was moved in cell {number}"),
        Some("E0381") => format!("it was not given a value in cell {number}"),
        _ if owns_nothing(draft, name) => format!(
            "it could not be kept after cell {number}, because it borrows a variable. Write `move` before the `|` of its closure \
             (`async move` for a block): then it owns what it uses"
        ),
        _ => format!(
            "it could not be kept after cell {number}, because it borrows from another variable. Keep that variable and \
             borrow again, or keep a copy (`.clone()`, `.to_vec()`, `.to_owned()`)"
        ),
    };
    if draft.packed.len() == before {
        return false;
    }
    repairs.lost.push((name.to_owned(), why));
    true
}

/// A variable that was to become another type and cannot, whatever the reason: a signature that cannot be written so, a trait that has no
/// objects. It stays what it is, and is explained when it is asked for.
fn stays_unboxed(draft: &mut Draft<'_>, error: &Diagnostic, program: &Program) -> bool {
    if !matches!(blame(error), None | Some(Blame::Value)) {
        return false;
    }
    let boxed = |span: &Span| match program.role(span.byte_start)? {
        Role::Pack(name) => Some(name.clone()),
        _ => None,
    };
    let names: Vec<String> = error.primary().filter_map(boxed).collect();
    names.iter().any(|name| draft.boxed.remove(name).is_some())
}

/// Whether the value of a variable is made by a closure or an async block without `move`.
fn owns_nothing(draft: &Draft<'_>, name: &str) -> bool {
    let new = draft.parsed.variables.iter().find(|new| new.name == name && new.unnamed);
    let text = new.and_then(|new| draft.cell.text.get(new.statement.clone())).unwrap_or_default();
    text.contains(['|', '{']) && !text.contains("move ")
}

/// `let names: Vec<&str> = words.iter()…`: a borrow in the user's own text that would have to live for ever, because the
/// variable that it goes into is to be kept. That variable is the one to leave. `packed` are those that were to be kept
/// when the errors came: several errors may blame one of them.
fn unpack_borrower(
    draft: &mut Draft<'_>,
    error: &Diagnostic,
    program: &Program,
    packed: &[String],
    repairs: &mut Repairs,
) -> bool {
    if !matches!(error.code(), Some("E0373" | "E0505" | "E0506" | "E0515" | "E0521" | "E0597" | "E0716")) {
        return false;
    }
    // The place of a declaration tells what is borrowed from, not who borrows.
    let declares = |span: &Span| span.label.as_deref().is_some_and(|label| label.contains("declared here"));
    let places: Vec<usize> = (error.spans.iter().filter(|span| !declares(span)))
        .filter_map(|span| program.place(span.byte_start..span.byte_end))
        .filter(|place| Arc::ptr_eq(&place.cell, &draft.cell))
        .map(|place| place.range.start)
        .collect();
    let borrows = |statement: &std::ops::Range<usize>| places.iter().any(|place| statement.contains(place));
    let variables = draft.parsed.variables.iter();
    let names: Vec<String> = variables
        .filter(|variable| packed.contains(&variable.name) && borrows(&variable.statement))
        .map(|variable| variable.name.clone())
        .collect();
    for name in &names {
        unpack(draft, name, error, repairs);
    }
    !names.is_empty()
}

/// A variable that is there no more when it should be put back.
fn let_go(draft: &mut Draft<'_>, name: &str) -> bool {
    let assigned = draft.parsed.assigned.contains(name);
    let Some(loaded) = draft.loaded.iter_mut().find(|loaded| loaded.name == name) else { return false };
    let next = match loaded.way {
        // `model = train(model);`: the cell may own it and still give it back.
        Way::Around if assigned => Way::Through,
        Way::Around | Way::Through | Way::Replaced => Way::Into,
        Way::Into => return false,
    };
    loaded.way = next;
    true
}

/// A variable whose type cannot be written outside of the cell that made it.
fn cannot_take(draft: &mut Draft<'_>, name: &str, repairs: &mut Repairs) -> bool {
    let Some(at) = draft.loaded.iter().position(|loaded| loaded.name == name) else { return false };
    let loaded = draft.loaded.remove(at);
    let why = format!(
        "its type `{}` is private to a library, so other cells cannot use it. Keep what you need of it in a variable of \
         another type",
        loaded.variable.type_name
    );
    repairs.lost.push((name.to_owned(), why));
    true
}

fn drop_import(draft: &mut Draft<'_>, text: &str, repairs: &mut Repairs) -> bool {
    repairs.notes.push(format!("`{text}` does not fit the new definitions and is dropped"));
    draft.table = draft.table.without_import(text);
    true
}

/// Drops items of earlier cells: those that do not fit a redefinition, and those that define the same as this cell in
/// other words (`impl fmt::Display for P`, `impl std::fmt::Display for P`).
fn drop_items(
    draft: &mut Draft<'_>,
    errors: &[Diagnostic],
    program: &Program,
    redefines: bool,
    repairs: &mut Repairs,
) -> bool {
    let mut stale = HashSet::new();
    for error in errors.iter().filter(|error| error.is_error()) {
        let earlier = |span: &Span| earlier_item(span, program, &draft.cell);
        match error.code() {
            Some("E0119" | "E0201" | "E0255" | "E0428" | "E0592") => {
                stale.extend(error.spans.iter().filter_map(earlier));
            }
            _ if redefines => {
                let unfit: Vec<String> = error.primary().filter_map(earlier).collect();
                for item in unfit.iter().filter_map(|key| draft.table.get(key)) {
                    let title = &item.title;
                    let note = format!(
                        "`{title}` does not fit the new definitions and is dropped: run its cell again"
                    );
                    if !repairs.notes.contains(&note) {
                        repairs.notes.push(note);
                    }
                }
                stale.extend(unfit);
            }
            _ => {}
        }
    }
    if stale.is_empty() {
        return false;
    }
    draft.table = draft.table.without(&stale);
    true
}

/// The items of earlier cells that all of these errors are about; `None` if one is about something else.
pub fn broken_items(
    errors: &[Diagnostic],
    program: &Program,
    cell: &Arc<CellText>,
) -> Option<HashSet<String>> {
    let errors = errors.iter().filter(|error| error.is_error() && !error.spans.is_empty());
    let items: Option<HashSet<String>> =
        errors.flat_map(Diagnostic::primary).map(|span| earlier_item(span, program, cell)).collect();
    items.filter(|items| !items.is_empty())
}

/// The item of an earlier cell that holds a place of an error.
fn earlier_item(span: &Span, program: &Program, cell: &Arc<CellText>) -> Option<String> {
    let span = span.outwards().find(|span| span.file_name == cell.file_name())?;
    let place = program.place(span.byte_start..span.byte_end)?;
    if Arc::ptr_eq(&place.cell, cell) {
        return None;
    }
    program.item(span.byte_start).map(str::to_owned)
}
