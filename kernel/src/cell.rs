//! Facts about the text of a cell: is it complete, where is a byte in lines and characters.

use std::ops::Range;
use std::sync::Arc;

use proc_macro2::{LexError, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Block};

/// The text of one cell, shared by everything that points into it.
#[derive(Debug, PartialEq, Eq)]
pub struct CellText {
    /// Its execution count.
    pub number: u32,
    pub text: String,
}

impl CellText {
    /// The name by which the compiler and the messages of panics know the cell.
    pub fn file_name(&self) -> String {
        file_name(self.number)
    }
}

/// [`CellText::file_name`] of a cell whose text is not known yet.
pub fn file_name(number: u32) -> String {
    format!("cell_{number}.rs")
}

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub cell: Arc<CellText>,
    /// Bytes of the cell's text.
    pub range: Range<usize>,
}

/// Whether a cell can run as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More lines are needed; the next one starts with `indent`.
    Incomplete {
        indent: String,
    },
    Invalid,
    Unknown,
}

/// Whether a front end should run the cell when the user presses Enter, or start a new line.
///
/// ```
/// use ferrolab_kernel::cell::{Completeness, is_complete};
/// assert_eq!(is_complete("let x = 1;"), Completeness::Complete);
/// assert_eq!(is_complete("fn f() {"), Completeness::Incomplete { indent: "    ".to_owned() });
/// assert_eq!(is_complete("let x = );"), Completeness::Invalid);
/// ```
pub fn is_complete(code: &str) -> Completeness {
    match open_depth(code) {
        Depth::Open(depth) => return Completeness::Incomplete { indent: "    ".repeat(depth) },
        Depth::TooManyClosed => return Completeness::Invalid,
        Depth::InsideText => return Completeness::Incomplete { indent: String::new() },
        Depth::Balanced => {}
    }
    let tokens: Result<TokenStream, LexError> = code.parse();
    let Ok(tokens) = tokens else { return Completeness::Invalid };
    let parsed = (|input: ParseStream<'_>| {
        input.call(Attribute::parse_inner)?;
        input.call(Block::parse_within)
    })
    .parse2(tokens);
    match parsed {
        Ok(_) => Completeness::Complete,
        // `let x =`, `1 +`, `impl Foo`: the parser wanted more than there is.
        Err(error) if error.to_string().starts_with("unexpected end of input") => {
            Completeness::Incomplete { indent: indent_of_last_line(code) }
        }
        Err(_) => Completeness::Invalid,
    }
}

enum Depth {
    Balanced,
    /// So many brackets wait for their closing one.
    Open(usize),
    TooManyClosed,
    /// The text ends inside a string or a block comment.
    InsideText,
}

/// Walks over the code, stepping over comments, strings and characters, and counts brackets.
fn open_depth(code: &str) -> Depth {
    let mut open = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        match c {
            '(' | '[' | '{' => open.push(c),
            ')' | ']' | '}' => {
                let fits = open.pop().is_some_and(|o| matches!((o, c), ('(', ')') | ('[', ']') | ('{', '}')));
                if !fits {
                    return Depth::TooManyClosed;
                }
            }
            _ => {}
        }
        match token_length(rest) {
            Some(length) => rest = &rest[length..],
            None => return Depth::InsideText,
        }
    }
    if open.is_empty() { Depth::Balanced } else { Depth::Open(open.len()) }
}

/// Length of what stands at the start of the text and is to be stepped over as a whole: a comment, a string, a character, a
/// word, or any one sign. `None` if it is a comment or a string that does not end.
pub(crate) fn token_length(text: &str) -> Option<usize> {
    match text.chars().next() {
        None => Some(0),
        Some('/') if text.starts_with("//") => Some(text.find('\n').unwrap_or(text.len())),
        Some('/') if text.starts_with("/*") => block_comment(text),
        Some('"') => string(text, 0),
        Some('\'') => Some(char_or_lifetime(text)),
        Some(c) if is_word(c) => word(text),
        Some(c) => Some(c.len_utf8()),
    }
}

/// Whether a character can be part of a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of a word. `r`, `br` and `cr` before quotes begin a raw string, which is stepped over with them.
fn word(text: &str) -> Option<usize> {
    let length = text.find(|c| !is_word(c)).unwrap_or(text.len());
    if !matches!(&text[..length], "r" | "br" | "cr") {
        return Some(length);
    }
    let hashes = text[length..].len() - text[length..].trim_start_matches('#').len();
    let start = length + hashes;
    if !text[start..].starts_with('"') {
        return Some(length); // `r#type`
    }
    let end = format!("\"{}", "#".repeat(hashes));
    text[start + 1..].find(&end).map(|at| start + 1 + at + end.len())
}

/// Length of a string with escapes; `None` if it does not end.
fn string(text: &str, start: usize) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text[start..].char_indices().skip(1) {
        match c {
            '"' if !escaped => return Some(start + at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Length of a block comment, which may hold others; `None` if it does not end.
fn block_comment(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// Length of a character literal, or 1 for the quote of a lifetime.
fn char_or_lifetime(text: &str) -> usize {
    let inside = &text[1..];
    let Some(first) = inside.chars().next() else { return 1 };
    if first == '\\' {
        let Some(escaped) = inside.chars().nth(1) else { return 1 };
        let start = 1 + escaped.len_utf8();
        return inside[start..].find('\'').map_or(1, |end| 1 + start + end + 1);
    }
    if inside[first.len_utf8()..].starts_with('\'') { 1 + first.len_utf8() + 1 } else { 1 }
}

fn indent_of_last_line(code: &str) -> String {
    let line = code.lines().last().unwrap_or("");
    let indent = line.len() - line.trim_start().len();
    format!("{}    ", &line[..indent])
}

/// Line and column of a byte, both from 1; columns are characters (Unicode code points), as in rustc's messages.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..floor_char_boundary(text, byte)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The byte at a line and a column, both from 1. Beyond the end of a line: its end; beyond the text: `None`.
pub fn byte_at(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let inside =
        text[start..end].char_indices().nth(column.saturating_sub(1)).map_or(end - start, |(at, _)| at);
    Some(start + inside)
}

/// The number of characters (code points) before a byte: what Jupyter calls `cursor_pos`.
pub fn chars_before(text: &str, byte: usize) -> usize {
    text[..floor_char_boundary(text, byte)].chars().count()
}

/// The byte at which a character begins; the text's length if there are fewer.
pub fn byte_of_char(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

fn floor_char_boundary(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn incomplete(indent: &str) -> Completeness {
        Completeness::Incomplete { indent: indent.to_owned() }
    }

    #[test]
    fn finished_cells_are_complete() {
        for code in [
            "",
            "1 + 1",
            "let x = 1;",
            "fn f() {}",
            "// only a comment {",
            "let s = \"{\";",
            r##"let s = r#"{ " "#;"##,
            "let c = '{';",
            r"let c = '\'';",
            r"let c = '\u{7d}';",
            "struct A<'a>(&'a str);",
            "'outer: loop { break 'outer; }",
            "/* a /* nested { */ comment */ 1",
            "#![allow(unused)]\nlet r#type = b'{';",
            "let ß = \"ü\\\"{\";",
        ] {
            assert_eq!(is_complete(code), Completeness::Complete, "{code}");
        }
    }

    #[test]
    fn open_brackets_strings_and_expressions_want_more() {
        assert_eq!(is_complete("fn f() {"), incomplete("    "));
        assert_eq!(is_complete("fn f() {\n    for i in [1,"), incomplete("        "));
        assert_eq!(is_complete("let s = \"abc"), incomplete(""));
        assert_eq!(is_complete("let s = r#\"abc\""), incomplete(""));
        assert_eq!(is_complete("/* abc"), incomplete(""));
        assert_eq!(is_complete("let x ="), incomplete("    "));
        assert_eq!(is_complete("1 +"), incomplete("    "));
        assert_eq!(is_complete("#[derive(Debug)]"), incomplete("    "));
    }

    #[test]
    fn what_no_further_line_can_mend_is_invalid() {
        for code in ["let x = );", "fn f() }", "let = 2;", "(]"] {
            assert_eq!(is_complete(code), Completeness::Invalid, "{code}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged(code in ".*") {
            is_complete(&code);
        }

        #[test]
        fn any_mix_of_delimiters_is_judged(code in "[(){}\\[\\]\"'/*r#b\\\\a \n]*") {
            is_complete(&code);
        }

        #[test]
        fn places_survive_the_round_trip(text in "(?s).*", at in 0_usize..200) {
            let byte = byte_of_char(&text, at);
            prop_assert_eq!(chars_before(&text, byte), at.min(text.chars().count()));
            let (line, column) = line_and_column(&text, byte);
            prop_assert_eq!(byte_at(&text, line, column), Some(byte));
        }
    }
}
