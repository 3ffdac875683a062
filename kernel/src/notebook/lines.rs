//! Texts in notebook files: a string or a list of lines; read as a string, written as Python's `splitlines(True)` does.

use serde::{Deserialize, Deserializer, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Lines(Vec<String>),
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Text::deserialize(deserializer)? {
        Text::Whole(text) => text,
        Text::Lines(lines) => lines.concat(),
    })
}

pub fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(split(text))
}

/// The lines of a text, each with its line end.
pub fn split(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let mut end = at + char.len_utf8();
        if char == '\r' && chars.peek().is_some_and(|&(_, next)| next == '\n') {
            chars.next();
            end += 1;
        }
        if is_line_end(char) {
            lines.push(&text[start..end]);
            start = end;
        }
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// The characters at which Python's `str.splitlines` splits.
fn is_line_end(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn lines_keep_their_ends() {
        assert_eq!(split("a\r\nb\n\nc\u{2028}d\re"), ["a\r\n", "b\n", "\n", "c\u{2028}", "d\r", "e"]);
        assert_eq!(split("a\n"), ["a\n"]);
        assert!(split("").is_empty());
    }
}
