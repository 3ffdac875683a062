//! Rich output in evcxr's manner: lines on the standard output that plotting crates know.
//!
//! ```text
//! EVCXR_BEGIN_CONTENT text/html
//! <b>bold</b>
//! EVCXR_END_CONTENT
//! ```

use serde_json::Value;

use crate::engine::Bundle;

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";

/// A part of the standard output.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    Display(Bundle),
}

/// Separates text and blocks. Blocks that follow each other directly are one output in several forms.
#[derive(Debug, Default)]
pub struct Blocks {
    /// The last line has not ended.
    inside_line: bool,
    /// Text that may turn out to begin a block.
    held: String,
    /// The block that has begun: MIME type and content.
    open: Option<(String, String)>,
    /// Blocks that have ended.
    ready: Bundle,
}

impl Blocks {
    /// Takes a piece of output; gives the parts that are certain now.
    pub fn feed(&mut self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        if self.open.is_none() && self.held.is_empty() && self.ready.is_empty() && !text.contains('E') {
            self.text(text, &mut parts);
            return parts;
        }
        let text = std::mem::take(&mut self.held) + text;
        for line in text.split_inclusive('\n') {
            self.line(line, &mut parts);
        }
        parts
    }

    /// Gives what was held back: no more text follows that belongs to it.
    pub fn finish(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let held = std::mem::take(&mut self.held);
        self.flush(&mut parts);
        self.text(&held, &mut parts);
        parts
    }

    /// Takes one line, perhaps without its end.
    fn line(&mut self, line: &str, parts: &mut Vec<Part>) {
        let ended = line.ends_with('\n');
        if let Some((_, content)) = &mut self.open {
            if line.trim_end() == END && (ended || line == END) {
                self.close();
            } else if !ended && END.starts_with(line) {
                self.held.push_str(line);
            } else {
                content.push_str(line);
            }
        } else if self.inside_line {
            self.text(line, parts);
        } else if let Some(mime_type) = line.strip_prefix(BEGIN).filter(|_| ended) {
            if self.ready.contains_key(mime_type.trim()) {
                self.flush(parts);
            }
            self.open = Some((mime_type.trim().to_owned(), String::new()));
        } else if !ended && (BEGIN.starts_with(line) || line.starts_with(BEGIN)) {
            self.held.push_str(line);
        } else if line == "\n" && !self.ready.is_empty() {
            // The end of the line on which a block ended.
        } else {
            self.text(line, parts);
        }
    }

    fn close(&mut self) {
        if let Some((mime_type, mut content)) = self.open.take() {
            if content.ends_with('\n') {
                content.pop();
            }
            let value = match serde_json::from_str(&content) {
                Ok(json) if mime_type.ends_with("json") => json,
                _ => Value::String(content),
            };
            self.ready.insert(mime_type, value);
        }
    }

    fn text(&mut self, text: &str, parts: &mut Vec<Part>) {
        if text.is_empty() {
            return;
        }
        self.flush(parts);
        self.inside_line = !text.ends_with('\n');
        match parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => parts.push(Part::Text(text.to_owned())),
        }
    }

    fn flush(&mut self, parts: &mut Vec<Part>) {
        if !self.ready.is_empty() {
            parts.push(Part::Display(std::mem::take(&mut self.ready)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: &[&str]) -> Vec<Part> {
        let mut blocks = Blocks::default();
        let mut parts: Vec<Part> = Vec::new();
        for piece in pieces
            .iter()
            .map(|piece| blocks.feed(piece))
            .collect::<Vec<_>>()
            .into_iter()
            .chain([blocks.finish()])
        {
            for part in piece {
                match (parts.last_mut(), part) {
                    (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
                    (_, part) => parts.push(part),
                }
            }
        }
        parts
    }

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn display(forms: &[(&str, &str)]) -> Part {
        Part::Display(forms.iter().map(|(mime, content)| (mime.to_string(), (*content).into())).collect())
    }

    const OUTPUT: &str = "before\nEVCXR_BEGIN_CONTENT text/html\n<b>\nx</b>\nEVCXR_END_CONTENT\n\
                          EVCXR_BEGIN_CONTENT text/plain\nx\nEVCXR_END_CONTENT\nafter";

    #[test]
    fn blocks_become_displays_wherever_the_output_is_cut() {
        let expected =
            [text("before\n"), display(&[("text/html", "<b>\nx</b>"), ("text/plain", "x")]), text("after")];
        for cut in 0..=OUTPUT.len() {
            assert_eq!(run(&[&OUTPUT[..cut], &OUTPUT[cut..]]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn two_blocks_of_one_type_are_two_displays() {
        let block = "EVCXR_BEGIN_CONTENT text/html\nx\nEVCXR_END_CONTENT\n";
        let one = display(&[("text/html", "x")]);
        assert_eq!(run(&[block, block]), [one.clone(), one]);
    }

    #[test]
    fn ordinary_text_passes_as_it_is() {
        for output in ["EVCXR", "E\n\nEVCXR_BEGIN\n", "x EVCXR_BEGIN_CONTENT a\n", "\n\nE"] {
            assert_eq!(run(&[output]), [text(output)]);
        }
    }
}
