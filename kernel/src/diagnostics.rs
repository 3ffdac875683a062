//! Errors for people: rustc's messages and the failures of running cells, shown on the lines of the user's own cells.

mod clean;
mod rustc;
mod show;

pub use rustc::{Code, Diagnostic, Expansion, Span};

use std::collections::HashSet;
use std::sync::Arc;

use crate::cell::{CellText, Place};
use crate::engine::CellError;

/// Most errors that are shown for one cell. The others mostly follow from the first.
const MOST: usize = 8;

/// Finds the cell's text for bytes of the generated program.
pub type Locate<'a> = &'a dyn Fn(&Span) -> Option<Place>;

/// An error with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// rustc's code, such as `E0308`.
    pub code: Option<String>,
    /// One line.
    pub headline: String,
    /// Where it is, if it is in a cell.
    pub place: Option<Place>,
    /// The whole, in ANSI colours.
    pub text: String,
}

/// The errors among rustc's messages, each once, as the reply to the user.
///
/// `hint` may add a sentence to an error, for what rustc cannot know: why a variable of an earlier cell is gone.
pub fn compile_error(
    messages: &[Diagnostic],
    locate: Locate<'_>,
    hint: &dyn Fn(&Diagnostic) -> Option<String>,
) -> CellError {
    let mut seen = HashSet::new();
    let mut shown: Vec<Shown> = Vec::new();
    for message in messages.iter().filter(|message| message.is_error()) {
        let error = show::error(message, locate, hint(message));
        let place = error.place.as_ref().map(|place| (place.cell.number, place.range.clone()));
        if seen.insert((error.code.clone(), error.headline.clone(), place)) {
            shown.push(error);
        }
    }
    // Evaluation errors of constants come once for each use of the constant; those without a line of the user's repeat
    // one that has.
    if shown.iter().any(|error| error.place.is_some()) {
        shown.retain(|error| error.place.is_some() || error.code.as_deref() != Some("E0080"));
    }
    let (ename, evalue) = match shown.first() {
        Some(first) => {
            // Without a code: the parser's, or the linker's.
            let kind = if first.place.is_some() { "SyntaxError" } else { "CompileError" };
            (first.code.clone().unwrap_or_else(|| kind.to_owned()), first.headline.clone())
        }
        None => ("CompileError".to_owned(), "the cell does not compile".to_owned()),
    };
    let more = shown.len().saturating_sub(MOST);
    let mut traceback: Vec<String> = shown.into_iter().take(MOST).map(|error| error.text).collect();
    if more > 0 {
        traceback.push(format!("… and {more} more errors"));
    }
    if explained(messages, &ename) {
        let aside = show::aside(&format!("`:explain {ename}` tells more"));
        traceback.last_mut().into_iter().for_each(|last| *last += &format!("\n{aside}"));
    }
    CellError { ename, evalue, traceback }
}

/// A warning about this cell's own text, drawn; `None` if it is about another.
pub fn warning(message: &Diagnostic, locate: Locate<'_>, cell: &Arc<CellText>) -> Option<String> {
    let shown = show::error(message, locate, None);
    shown.place.filter(|place| Arc::ptr_eq(&place.cell, cell)).map(|_| shown.text)
}

/// Whether rustc has an explanation of a code that helps. That of E0080, by which the library refuses wrong shapes, tells of
/// constants in general, where our own sentence says it all.
fn explained(messages: &[Diagnostic], code: &str) -> bool {
    let mut known = messages.iter().filter_map(|message| message.code.as_ref());
    code != "E0080" && known.any(|known| known.code == code && known.explanation.is_some())
}

/// A failure of a running cell, or a syntax error found by our own parser.
///
/// `label` stands under the place, `notes` below.
pub fn failure(ename: &str, evalue: &str, place: Option<&Place>, label: &str, notes: &[String]) -> CellError {
    failure_with_help(ename, evalue, place, label, notes, None)
}

/// The same, with what can be done about it.
pub fn failure_with_help(
    ename: &str,
    evalue: &str,
    place: Option<&Place>,
    label: &str,
    notes: &[String],
    help: Option<&str>,
) -> CellError {
    CellError {
        ename: ename.to_owned(),
        evalue: evalue.to_owned(),
        traceback: vec![show::failure(ename, evalue, place, label, notes, help)],
    }
}

#[cfg(test)]
mod tests;
