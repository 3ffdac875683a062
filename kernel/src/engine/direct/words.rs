//! What rustc says of the code around a cell, in the words of a cell: its reader knows of no function around it.

use super::source::Program;
use crate::diagnostics::Diagnostic;

/// Puts an error in the words of a cell.
pub fn of_cells(mut error: Diagnostic, program: &Program) -> Diagnostic {
    let of_user = |byte: usize| program.place(byte..byte).is_some() && program.role(byte).is_none();
    match error.code() {
        // The closure that they stand in is generated, if it is not told of as the user's.
        Some("E0267") if error.spans.iter().all(|span| span.is_primary || !of_user(span.byte_start)) => {
            let word = error.message.split('`').nth(1).unwrap_or("break").to_owned();
            error.message = format!("`{word}` outside of a loop or labeled block");
            if let Some(code) = &mut error.code {
                code.code = "E0268".to_owned();
            }
            error.spans.retain(|span| span.is_primary);
            for span in &mut error.spans {
                span.label = Some(format!("cannot `{word}` outside of a loop or labeled block"));
            }
        }
        Some("E0277") if error.spans.iter().any(|span| tells_of_cell(span.label.as_deref())) => {
            error.message = error.message.replace("in a closure that returns `Result`", "in a cell");
            error.message = error.message.replace("in an async block that returns `Result`", "in a cell");
            for span in &mut error.spans {
                if tells_of_cell(span.label.as_deref()) {
                    span.label = Some("use `.ok_or(\"why\")?` to say what is missing".to_owned());
                }
            }
        }
        // It names files beside the generated source.
        Some("E0583") => {
            let name = error.message.split('`').nth(1).unwrap_or("name").to_owned();
            error.message = format!("the module `{name}` has no text");
            for span in &mut error.spans {
                span.label = Some("a cell has no files of its own".to_owned());
            }
            error.children.clear();
            error.children.push(Diagnostic::help(format!(
                "write the module here: `mod {name} {{ … }}`; or make it a crate in a folder, and write `:dep ./{name}`"
            )));
        }
        _ => {}
    }
    error
}

/// Without the errors that only follow from a character that begins no word of Rust, such as a quotation mark of a text
/// processor: each of the others comes of what the first made of the rest.
pub fn without_echoes(errors: &mut Vec<Diagnostic>) {
    let strange =
        |error: &Diagnostic| error.is_error() && error.message.starts_with("unknown start of token");
    if let Some(at) = errors.iter().position(strange) {
        *errors = vec![errors.swap_remove(at)];
    }
}

fn tells_of_cell(label: Option<&str>) -> bool {
    label.is_some_and(|label| label.contains("CellFailure") && label.contains("ok_or"))
}

/// An error in a text that ends too early, at its end: rustc points at the bracket behind it.
pub fn at_end(mut error: Diagnostic, end: usize) -> Diagnostic {
    let found = |text: &str| text.replace("found `}`", "found the end of the cell");
    if error.message.contains("found `}`") && error.primary().all(|span| span.byte_start >= end) {
        error.message = found(&error.message);
        for span in &mut error.spans {
            (span.byte_start, span.byte_end) = (span.byte_start.min(end), span.byte_end.min(end));
            span.label = span.label.as_deref().map(found);
        }
    }
    error
}
