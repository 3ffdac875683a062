//! evcxr's errors as those of rustc, so that they are drawn as all others are.

use evcxr::CompilationError;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::cell::{Place, byte_at};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::engine::direct::source::Program;

use super::text::FILE;

/// Errors of a cell that was given to evcxr as this program.
pub fn diagnostics(errors: &[CompilationError], program: &Program) -> Vec<Diagnostic> {
    // evcxr hands notes on too, such as each place that names a constant which cannot be computed.
    errors.iter().map(|error| diagnostic(error, program)).filter(Diagnostic::is_error).collect()
}

/// Where something stands in the cell of the program.
pub fn place(span: &Span, program: &Program) -> Option<Place> {
    (span.file_name == FILE).then(|| program.place(span.byte_start..span.byte_end)).flatten()
}

fn diagnostic(error: &CompilationError, program: &Program) -> Diagnostic {
    let message = error.message();
    let byte = |line, column| byte_at(program.text(), line, column);
    let spans = error.spanned_messages().iter().filter_map(|spanned| {
        let span = spanned.span.as_ref()?;
        // Where there is no label, evcxr repeats the message.
        let label =
            Some(spanned.label.clone()).filter(|label| !label.is_empty() && !label.ends_with(&message));
        Some(Span {
            file_name: FILE.to_owned(),
            byte_start: byte(span.start_line, span.start_column)?,
            byte_end: byte(span.end_line, span.end_column)?,
            is_primary: spanned.is_primary,
            label,
            suggested_replacement: None,
            expansion: None,
        })
    });
    let explanation = error.explanation().map(|_| IgnoredAny);
    Diagnostic {
        spans: spans.collect(),
        code: error.code().map(|code| Code { code: code.to_owned(), explanation }),
        level: error.json["level"].as_str().unwrap_or("error").to_owned(),
        children: error.json["children"].as_array().into_iter().flatten().filter_map(child).collect(),
        message,
        json: error.json.to_string(),
    }
}

/// A note or help without a place, or a help with what to write: the places of the notes, evcxr keeps to itself.
fn child(json: &Value) -> Option<Diagnostic> {
    let (level, message) = (json["level"].as_str()?, json["message"].as_str()?);
    let spans = json["spans"].as_array()?;
    let replacement = spans.first().and_then(|span| span["suggested_replacement"].as_str()).map(str::trim);
    let message = match replacement {
        Some(text) if !text.is_empty() && spans.len() == 1 => format!("{message}: `{text}`"),
        _ if spans.is_empty() || level == "help" => message.to_owned(),
        _ => return None,
    };
    Some(Diagnostic {
        message,
        code: None,
        level: level.to_owned(),
        spans: Vec::new(),
        children: Vec::new(),
        json: String::new(),
    })
}
