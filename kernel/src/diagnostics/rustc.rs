//! The messages of `rustc --error-format=json`, as far as they are used.
//! <https://doc.rust-lang.org/rustc/json.html>

use serde::Deserialize;
use serde::de::IgnoredAny;

/// One message, or a note below one.
#[derive(Debug, Clone, Deserialize)]
pub struct Diagnostic {
    pub message: String,
    pub code: Option<Code>,
    pub level: String,
    pub spans: Vec<Span>,
    #[serde(default)]
    pub children: Vec<Diagnostic>,
    /// All of it as rustc wrote it; empty for a note.
    #[serde(skip)]
    pub json: String,
}

/// The code of an error or the name of a lint.
#[derive(Debug, Clone, Deserialize)]
pub struct Code {
    pub code: String,
    /// A page of text, if there is one; `:explain` gets it from the compiler when it is wanted.
    #[serde(default)]
    pub explanation: Option<IgnoredAny>,
}

/// A place in a source file.
#[derive(Debug, Clone, Deserialize)]
pub struct Span {
    pub file_name: String,
    pub byte_start: usize,
    pub byte_end: usize,
    pub is_primary: bool,
    pub label: Option<String>,
    pub suggested_replacement: Option<String>,
    /// Set when the place is inside a macro: the call is outside.
    pub expansion: Option<Box<Expansion>>,
}

/// The call of a macro.
#[derive(Debug, Clone, Deserialize)]
pub struct Expansion {
    pub span: Span,
}

impl Diagnostic {
    /// Reads one line of what rustc writes.
    pub fn read(line: &str) -> Option<Diagnostic> {
        let message: Diagnostic = serde_json::from_str(line).ok()?;
        Some(Diagnostic { json: line.to_owned(), ..message })
    }

    /// A sentence below an error.
    pub fn help(message: String) -> Diagnostic {
        let (spans, children, json) = (Vec::new(), Vec::new(), String::new());
        Diagnostic { message, code: None, level: "help".to_owned(), spans, children, json }
    }

    /// True for errors proper; false for warnings and for the closing lines ("aborting due to …").
    pub fn is_error(&self) -> bool {
        self.level.starts_with("error")
            && !(self.spans.is_empty() && self.message.starts_with("aborting due to"))
    }

    /// The error code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_ref().map(|code| code.code.as_str())
    }

    /// The main places of the message.
    pub fn primary(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.is_primary)
    }
}

impl Span {
    /// This place, then the macro call around it, then the call around that, …
    pub fn outwards(&self) -> impl Iterator<Item = &Span> {
        std::iter::successors(Some(self), |span| span.expansion.as_ref().map(|expansion| &expansion.span))
    }
}
