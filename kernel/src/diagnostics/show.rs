//! Draws an error in the manner of rustc: headline, the user's lines with carets, notes, suggestions.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::clean::{clean, is_noise};
use super::{Diagnostic, Locate, Shown, Span};
use crate::cell::{CellText, Place};

/// A width that fits the output area of a notebook.
const WIDTH: usize = 110;

/// Draws one error or warning of rustc's.
pub fn error(message: &Diagnostic, locate: Locate<'_>, hint: Option<String>) -> Shown {
    let marks = marks(message, locate);
    let place = marks.iter().find(|mark| mark.primary).or(marks.first()).map(|mark| mark.place.clone());
    let headline = headline(message);
    let code = message.code().map(str::to_owned);

    let level = if message.level == "warning" { Level::WARNING } else { Level::ERROR };
    let mut title = level.primary_title(clean(&message.message));
    if let Some(code) = &code {
        title = title.id(code.clone());
    }
    let mut main = Group::with_title(title).elements(snippets(&marks));
    let mut suggestions = Vec::new();
    // The notes below a failed constant tell of our own code; guesses which name was meant mislead where the hint tells.
    let mislead = code.as_deref() == Some("E0080") || (hint.is_some() && is_unknown_name(message));
    for child in message.children.iter().filter(|_| !mislead) {
        match note(child, locate) {
            Some(Note::Message(group)) => main = main.element(group),
            Some(Note::Group(group)) => suggestions.push(group),
            None => {}
        }
    }
    if let Some(hint) = hint {
        main = main.element(Level::HELP.message(hint));
    }
    let mut report = vec![main];
    report.append(&mut suggestions);
    Shown { code, headline, place, text: renderer().render(&report) }
}

/// Draws a failure of a running cell.
pub fn failure(
    name: &str,
    message: &str,
    place: Option<&Place>,
    label: &str,
    notes: &[String],
    help: Option<&str>,
) -> String {
    let mut group =
        Group::with_title(Level::ERROR.with_name(name.to_owned()).primary_title(message.to_owned()));
    if let Some(place) = place {
        let mark = Mark { place: place.clone(), primary: true, label: Some(label.to_owned()) };
        group = group.elements(snippets(&[mark]));
    }
    group = group.elements(notes.iter().map(|note| Level::NOTE.message(note.clone())));
    group = group.elements(help.map(|help| Level::HELP.message(help.to_owned())));
    renderer().render(&[group])
}

/// A sentence beside the error, in a quiet colour.
pub fn aside(text: &str) -> String {
    format!("\u{1b}[2m{text}\u{1b}[0m")
}

fn renderer() -> Renderer {
    Renderer::styled().term_width(WIDTH)
}

fn is_unknown_name(message: &Diagnostic) -> bool {
    matches!(message.code(), Some("E0423" | "E0425"))
}

/// The one line that stands for an error: rustc's, and for "mismatched types" which.
fn headline(message: &Diagnostic) -> String {
    let text = clean(&message.message);
    match message.primary().find_map(|span| span.label.as_deref()) {
        Some(label) if message.code() == Some("E0308") => format!("{text}: {}", clean(label)),
        _ => text,
    }
}

/// A place with carets under it.
struct Mark {
    place: Place,
    primary: bool,
    label: Option<String>,
}

/// The places of a message that are in cells. A place inside a macro of a library stands for the macro's call; one inside a macro
/// of a cell is shown with the call.
fn marks(message: &Diagnostic, locate: Locate<'_>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut calls: Vec<Mark> = Vec::new();
    for span in &message.spans {
        let mut places = span.outwards().filter_map(locate);
        let Some(place) = places.next() else { continue };
        if let Some(call) = places.last().filter(|call| *call != place)
            && !calls.iter().any(|known| known.place == call)
        {
            calls.push(Mark { place: call, primary: false, label: Some("in this call".to_owned()) });
        }
        let label = span.label.as_deref().map(clean).filter(|label| !is_noise(label));
        marks.push(Mark { place, primary: span.is_primary, label });
    }
    marks.append(&mut calls);
    if !marks.iter().any(|mark| mark.primary)
        && let Some(first) = marks.first_mut()
    {
        first.primary = true;
    }
    marks
}

/// One snippet for each cell, that of the primary place first.
fn snippets(marks: &[Mark]) -> Vec<Snippet<'static, Annotation<'static>>> {
    let mut cells: Vec<&CellText> = Vec::new();
    let (primary, others): (Vec<&Mark>, Vec<&Mark>) = marks.iter().partition(|mark| mark.primary);
    for mark in primary.into_iter().chain(others) {
        if !cells.iter().any(|cell| std::ptr::eq(*cell, &*mark.place.cell)) {
            cells.push(&mark.place.cell);
        }
    }
    let of = |cell: &CellText| {
        let inside = marks.iter().filter(|mark| std::ptr::eq(&*mark.place.cell, cell));
        source(cell).annotations(inside.map(|mark| {
            let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(mark.place.range.clone());
            match &mark.label {
                Some(label) => annotation.label(label.clone()),
                None => annotation,
            }
        }))
    };
    cells.into_iter().map(of).collect()
}

fn source<T: Clone>(cell: &CellText) -> Snippet<'static, T> {
    Snippet::source(cell.text.clone()).path(format!("cell {}", cell.number))
}

enum Note {
    /// A line below the message.
    Message(annotate_snippets::Message<'static>),
    /// A paragraph with source of its own.
    Group(Group<'static>),
}

/// A note or help below an error.
fn note(child: &Diagnostic, locate: Locate<'_>) -> Option<Note> {
    let level = if child.level == "help" { Level::HELP } else { Level::NOTE };
    let text = clean(&child.message);
    if is_noise(&text) {
        return None;
    }
    if child.spans.is_empty() {
        return Some(Note::Message(level.message(text)));
    }
    let patches: Option<Vec<(Place, &Span)>> =
        child.spans.iter().map(|span| Some((locate(span)?, span))).collect();
    match patches {
        Some(patches) if patches.iter().all(|(_, span)| span.suggested_replacement.is_some()) => {
            let (first, _) = patches.first()?;
            let cell = first.cell.clone();
            let patches = patches.into_iter().map(|(place, span)| {
                Patch::new(place.range, clean(span.suggested_replacement.as_deref().unwrap_or("")))
            });
            Some(Note::Group(level.secondary_title(text).element(source(&cell).patches(patches))))
        }
        _ => {
            let marks = marks(child, locate);
            if !marks.is_empty() {
                Some(Note::Group(level.secondary_title(text).elements(snippets(&marks))))
            } else if child.level == "help"
                && child.spans.iter().all(|span| span.suggested_replacement.is_none())
            {
                Some(Note::Message(level.message(text)))
            } else {
                // A note about a line of a library, or a change to generated text.
                None
            }
        }
    }
}
