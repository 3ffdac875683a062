//! What the user reads when a cell has failed.

use std::collections::BTreeSet;
use std::sync::Arc;

use ferrolab_display::frame::{Outcome, Panic};

use super::calls::{Call, sentence};
use super::compile::CompileError;
use super::death::Death;
use super::parse::NewVariable;
use super::programs::{Programs, to_end_of_line};
use super::variables::Variables;
use crate::cell::{CellText, Place, byte_at, line_and_column};
use crate::diagnostics::{Diagnostic, failure, failure_with_help};
use crate::engine::CellError;

/// The error of a cell that has run; `None` if it ran to its end. `calls` led to its panic.
pub fn error(
    outcome: &Outcome,
    cell: &Arc<CellText>,
    programs: &Programs,
    calls: &[Call],
) -> Option<CellError> {
    match outcome {
        Outcome::Ok => None,
        Outcome::Panic { panic, statement } => {
            let mut notes = Vec::new();
            let in_cell = panic.location.as_ref().and_then(|location| programs.find(location));
            let (place, label) = match in_cell {
                Some(place) => (Some(place), "panicked here"),
                None => {
                    notes.extend(
                        panic.location.as_ref().map(|at| format!("the panic is at {}:{}", at.file, at.line)),
                    );
                    let innermost = calls.first().and_then(|call| call.place.clone());
                    (innermost.or_else(|| statement_at(cell, *statement)), "while this was running")
                }
            };
            notes.extend(sentence(calls));
            if panic.thread != "main" {
                notes.push(format!("it happened in the thread `{}`", panic.thread));
            }
            Some(failure("panic", &panic.message, place.as_ref(), label, &notes))
        }
        Outcome::Error { kind, message, causes, location } => {
            let place = programs.find(location);
            let causes = untold(message, causes);
            Some(failure(kind, message, place.as_ref(), "the cell ended at this `?`", &causes))
        }
        Outcome::Interrupted { statement } => {
            let place = statement_at(cell, *statement);
            Some(failure(
                "Interrupted",
                "the cell was interrupted, variables are kept",
                place.as_ref(),
                "while this was running",
                &[],
            ))
        }
        Outcome::Load { message } => {
            let text = format!("the compiled cell could not be loaded: {message}");
            Some(failure("LoadError", &text, None, "", &[]))
        }
    }
}

/// The causes of an error, without those that its message tells already.
fn untold(message: &str, causes: &[String]) -> Vec<String> {
    let new = causes.iter().filter(|cause| !message.contains(cause.trim()));
    new.map(|cause| format!("caused by: {cause}")).collect()
}

/// A panic that the cell survived, as Rust itself would report it, but with the cell's own line.
pub fn describe_panic(panic: &Panic, programs: &Programs) -> String {
    let at = match panic.location.as_ref().map(|location| (location, programs.find(location))) {
        Some((_, Some(Place { cell, range }))) => {
            let (line, column) = line_and_column(&cell.text, range.start);
            format!(" at cell {}:{line}:{column}", cell.number)
        }
        Some((location, None)) => format!(" at {}:{}:{}", location.file, location.line, location.column),
        None => String::new(),
    };
    format!("thread '{}' panicked{at}:\n{}\n", panic.thread, panic.message)
}

/// The process has ended, with all variables: `lost`, and the cells that made them.
pub fn died(death: &Death, ename: &str, lost: &[(String, u32)], programs: &Programs) -> CellError {
    let location = death.panic.as_ref().and_then(|panic| panic.location.as_ref());
    let place = location.and_then(|location| programs.find(location));
    let mut notes = Vec::new();
    let mut rest = "functions, types and imports are still there".to_owned();
    if !lost.is_empty() {
        let names: Vec<&str> = lost.iter().map(|(name, _)| name.as_str()).collect();
        notes.push(format!("lost variables: {}", names.join(", ")));
        let cells: BTreeSet<u32> = lost.iter().map(|(_, cell)| *cell).collect();
        let list: Vec<String> = cells.iter().map(u32::to_string).collect();
        let word = if list.len() == 1 { "cell" } else { "cells" };
        rest += &format!("; to have the variables again, run {word} {}", list.join(", "));
    }
    notes.push(rest);
    failure_with_help(ename, &death.what, place.as_ref(), "panicked here", &notes, death.help.as_deref())
}

/// rustc did not do its work.
pub fn compile_failed(error: &CompileError) -> CellError {
    match error {
        CompileError::Interrupted => {
            failure("Interrupted", "the cell was interrupted while it compiled", None, "", &[])
        }
        CompileError::Rustc(text) => failure("CompileError", &format!("rustc failed: {text}"), None, "", &[]),
        CompileError::Errors(_) => failure("CompileError", "the cell does not compile", None, "", &[]),
    }
}

/// An error of our own parser, for the rare text that rustc accepts and syn does not.
pub fn syntax_error(cell: &Arc<CellText>, error: &syn::Error) -> CellError {
    let range = error.span().byte_range();
    let range = range.start.min(cell.text.len())..range.end.min(cell.text.len());
    let place = Place { cell: cell.clone(), range };
    failure("SyntaxError", &error.to_string(), Some(&place), "", &[])
}

/// What rustc cannot know about an error: the history of a variable.
pub fn hint(
    error: &Diagnostic,
    variables: &Variables,
    new: &[NewVariable],
    lost_now: &[(String, String)],
) -> Option<String> {
    let name = error.message.split('`').nth(1).unwrap_or_default();
    match error.code()? {
        "E0425" if variables.get(name).is_some() || new.iter().any(|new| new.name == name) => Some(format!(
            "functions do not see the variables of a notebook: give `{name}` as an argument, or make it a `const` or a `static`"
        )),
        "E0425" | "E0423" => {
            let now = lost_now.iter().find(|(lost, _)| lost == name).map(|(_, why)| why.as_str());
            let why = now.or_else(|| variables.why_gone(name))?;
            Some(format!("there was a variable `{name}`: {why}"))
        }
        "E0384" | "E0594" | "E0596" => {
            variables.get(name).filter(|variable| !variable.mutable)?;
            Some(format!(
                "`{name}` was made without `mut` in an earlier cell: write `let mut {name} = {name};` first"
            ))
        }
        "E0282" | "E0283" | "E0284" => Some(
            "each cell is compiled by itself, so a later cell cannot tell the type: name it here, or use the value in this \
             cell"
                .to_owned(),
        ),
        _ => None,
    }
}

/// The statement of a cell that begins on a line, to the end of that.
pub fn statement_at(cell: &Arc<CellText>, line: u32) -> Option<Place> {
    let start = byte_at(&cell.text, line as usize, 1)?;
    let indent = cell.text[start..].len() - cell.text[start..].trim_start_matches([' ', '\t']).len();
    Some(to_end_of_line(cell.clone(), start + indent))
}

#[cfg(test)]
mod tests {
    use super::untold;

    #[test]
    fn a_cause_is_told_once() {
        let causes = ["no such file".to_owned(), "no memory".to_owned()];
        assert_eq!(untold("cannot read a.csv: no such file", &causes), ["caused by: no memory"]);
    }
}
