//! Takes a cell apart into Rust and lines that are for the kernel: `:vars`, `?name`, `!ls`, and Python's `%time`.

use std::ops::Range;

use crate::cell::{Completeness, is_complete};

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Rust. It begins with as many line breaks as stand before it in the cell, so that its lines keep their numbers.
    Rust(String),
    /// A line for the kernel.
    Line(Line),
}

/// A line that is for the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub mark: Mark,
    /// The word behind the mark.
    pub name: String,
    /// What follows the word, without spaces around it.
    pub arguments: String,
    /// Its bytes in the cell, without spaces around it.
    pub range: Range<usize>,
}

/// How such a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `:vars`
    Colon,
    /// `?name`
    Question,
    /// `??name`
    DoubleQuestion,
    /// `%time` or `%%time`, as in Python's notebooks.
    Percent,
    /// `!ls`
    Bang,
}

/// The parts of a cell, in order. A line counts as the kernel's only where a statement may begin: inside a string, a
/// comment or an unfinished expression it is Rust. `!` also begins an expression in Rust; what can be one is one, unless
/// the `shell` is on.
pub fn split(code: &str, shell: bool) -> Vec<Segment> {
    let mut segments = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in code.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let Some(found) = kernel_line(line, begin, shell) else { continue };
        if !closed(&code[start..begin]) {
            continue;
        }
        push_rust(&mut segments, code, start..begin);
        segments.push(Segment::Line(found));
        start = at;
    }
    if segments.is_empty() {
        return vec![Segment::Rust(code.to_owned())];
    }
    push_rust(&mut segments, code, start..code.len());
    segments
}

/// The Rust of a cell, for those who ask whether it is complete. Lines of the kernel always are.
pub fn last_rust(code: &str) -> String {
    match split(code, false).pop() {
        Some(Segment::Rust(code)) => code,
        _ => String::new(),
    }
}

/// Whether a new statement can begin behind this text.
fn closed(before: &str) -> bool {
    before.trim().is_empty() || is_complete(before) == Completeness::Complete
}

fn push_rust(segments: &mut Vec<Segment>, code: &str, part: Range<usize>) {
    let text = &code[part.clone()];
    if !text.trim().is_empty() {
        segments.push(Segment::Rust("\n".repeat(code[..part.start].matches('\n').count()) + text));
    }
}

fn kernel_line(line: &str, begin: usize, shell: bool) -> Option<Line> {
    let text = line.trim();
    let start = begin + line.len() - line.trim_start().len();
    let (mark, rest) = mark_of(text)?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, arguments) = match mark {
        // The whole line is a command.
        Mark::Bang => (String::new(), rest),
        // A name may be a path.
        Mark::Question | Mark::DoubleQuestion => (rest.trim().to_owned(), ""),
        Mark::Colon | Mark::Percent => (rest[..end].to_owned(), rest[end..].trim()),
    };
    let begins_a_word = rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let fits = match mark {
        Mark::Colon => begins_a_word && rest[end..].chars().next().is_none_or(char::is_whitespace),
        Mark::Percent => begins_a_word,
        Mark::Question | Mark::DoubleQuestion => !name.is_empty(),
        Mark::Bang if shell => rest.starts_with(|c: char| c.is_alphanumeric() || "./~_".contains(c)),
        Mark::Bang => begins_a_word && syn::parse_str::<syn::Expr>(text.trim_end_matches(';')).is_err(),
    };
    fits.then(|| Line { mark, name, arguments: arguments.to_owned(), range: start..start + text.len() })
}

fn mark_of(text: &str) -> Option<(Mark, &str)> {
    const MARKS: [(&str, Mark); 6] = [
        ("??", Mark::DoubleQuestion),
        ("?", Mark::Question),
        ("%%", Mark::Percent),
        ("%", Mark::Percent),
        ("!", Mark::Bang),
        (":", Mark::Colon),
    ];
    MARKS.iter().find_map(|&(begin, mark)| Some((mark, text.strip_prefix(begin)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(code: &str) -> Vec<(String, String)> {
        let line = |segment| match segment {
            Segment::Line(line) => Some((line.name, line.arguments)),
            Segment::Rust(_) => None,
        };
        split(code, false).into_iter().filter_map(line).collect()
    }

    fn pair(name: &str, arguments: &str) -> (String, String) {
        (name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn a_cell_without_magics_is_left_as_it_is() {
        let code = "let x = 1;\n\nx";
        assert_eq!(split(code, false), [Segment::Rust(code.to_owned())]);
    }

    #[test]
    fn rust_keeps_its_line_numbers() {
        let code = ":time\nlet x = 1;\n  :vars\nx";
        let segments = split(code, false);
        assert_eq!(segments[1], Segment::Rust("\nlet x = 1;\n".to_owned()));
        assert_eq!(segments[3], Segment::Rust("\n\n\nx".to_owned()));
        let Segment::Line(line) = &segments[2] else { panic!("{segments:?}") };
        assert_eq!(&code[line.range.clone()], ":vars");
    }

    #[test]
    fn names_and_arguments_are_told_apart() {
        assert_eq!(lines(":type  x + 1 "), [pair("type", "x + 1")]);
        assert_eq!(lines(":opt 2\n:vars"), [pair("opt", "2"), pair("vars", "")]);
        assert_eq!(lines("?Vec::push"), [pair("Vec::push", "")]);
        assert_eq!(lines("%%time\nf()"), [pair("time", "")]);
    }

    #[test]
    fn inside_strings_comments_and_expressions_there_are_no_magics() {
        for code in [
            "let s = \"\n:vars\n\";",
            "/*\n:vars\n*/",
            "f(\n:vars\n)",
            "let x\n:i32 = 1;",
            "::std::mem::drop(1)",
        ] {
            assert_eq!(lines(code), [], "{code}");
        }
    }

    #[test]
    fn what_can_be_rust_is_rust_unless_the_shell_is_on() {
        assert_eq!(lines("!ready"), []);
        assert_eq!(lines("!pip install x"), [pair("", "pip install x")]);
        assert!(matches!(&split("!ready", true)[..], [Segment::Line(Line { mark: Mark::Bang, .. })]));
    }

    proptest! {
        #[test]
        fn every_line_of_the_cell_keeps_its_number(
            parts in proptest::collection::vec("(:vars|x|let a = \\(1,\n2\\);|\\?x|é|)", 0..8)
        ) {
            let code = parts.join("\n");
            for segment in split(&code, false) {
                if let Segment::Rust(text) = segment {
                    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
                        prop_assert_eq!(code.lines().nth(at), Some(line));
                    }
                }
            }
        }
    }
}
