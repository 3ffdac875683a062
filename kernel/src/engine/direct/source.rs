//! The program that a cell becomes, and the way back: which byte of it stands at which byte of which cell.

use std::ops::Range;
use std::sync::Arc;

use unicode_width::UnicodeWidthChar;

use crate::cell::{CellText, Place, byte_at};

/// A part of generated source: the user's text, or what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    User(Place),
    Glue(String),
}

/// Text to put into a cell's text, or in place of a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

impl Edit {
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Edit { range: at..at, text: text.into() }
    }
}

/// Cuts a part of a cell into pieces at its edits; edits outside the part are ignored. `edits` is sorted by start.
pub fn pieces(cell: &Arc<CellText>, part: Range<usize>, edits: &[Edit]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = part.start;
    for edit in edits.iter().filter(|edit| part.start <= edit.range.start && edit.range.end <= part.end) {
        if edit.range.start < at {
            continue; // inside a part that an earlier edit replaces
        }
        push_user(&mut pieces, cell, at..edit.range.start);
        pieces.push(Piece::Glue(edit.text.clone()));
        at = edit.range.end;
    }
    push_user(&mut pieces, cell, at..part.end);
    pieces
}

fn push_user(pieces: &mut Vec<Piece>, cell: &Arc<CellText>, range: Range<usize>) {
    if !range.is_empty() {
        pieces.push(Piece::User(Place { cell: cell.clone(), range }));
    }
}

/// What a generated line does, for the repair of errors that rustc reports there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Plain,
    /// Takes a variable out of the store.
    Take(String),
    /// Puts a variable back that was there before.
    Keep(String),
    /// Puts a new variable in.
    Pack(String),
    /// Imports what an earlier cell has imported; holds the declaration.
    Import(String),
}

#[derive(Debug)]
enum Origin {
    User { cell: Arc<CellText>, start: usize, item: Option<String> },
    Generated(Role),
}

/// A generated program with its map.
#[derive(Debug, Default)]
pub struct Program {
    text: String,
    /// Start of each segment in `text`, and where it came from. Sorted.
    segments: Vec<(usize, Origin)>,
}

impl Program {
    /// The source for rustc.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn glue(&mut self, text: &str) {
        self.generated(text, Role::Plain);
    }

    pub fn generated(&mut self, text: &str, role: Role) {
        self.segments.push((self.text.len(), Origin::Generated(role)));
        self.text.push_str(text);
    }

    /// Adds pieces; `item` is the key of the item that they make, if they do.
    pub fn pieces(&mut self, pieces: &[Piece], item: Option<&str>) {
        for piece in pieces {
            match piece {
                Piece::Glue(text) => self.glue(text),
                Piece::User(Place { cell, range }) => {
                    let origin = Origin::User {
                        cell: cell.clone(),
                        start: range.start,
                        item: item.map(str::to_owned),
                    };
                    self.segments.push((self.text.len(), origin));
                    self.text.push_str(&cell.text[range.clone()]);
                }
            }
        }
    }

    /// These bytes without the generated text at their start and end, if a user's text is between.
    fn without_glue(&self, bytes: Range<usize>) -> Range<usize> {
        let ends = self.segments.iter().skip(1).map(|(start, _)| *start).chain([self.text.len()]);
        let mut inside = (self.segments.iter().zip(ends))
            .filter(|((_, origin), _)| matches!(origin, Origin::User { .. }))
            .map(|((start, _), end)| (*start).max(bytes.start)..end.min(bytes.end))
            .filter(|part| !part.is_empty());
        match inside.next() {
            Some(first) => first.start..inside.last().map_or(first.end, |last| last.end),
            None => bytes.clone(),
        }
    }

    /// The part of a cell that stands at these bytes of the program, less generated text around it. `None` if all of it is
    /// generated.
    pub fn place(&self, bytes: Range<usize>) -> Option<Place> {
        let bytes = self.without_glue(bytes);
        let (cell, start) = self.user_byte(bytes.start)?;
        // The end belongs to the last byte inside: the next byte may be generated.
        let last = bytes.end.max(bytes.start + 1) - 1;
        let end = match self.user_byte(last) {
            Some((other, end)) if Arc::ptr_eq(&other, &cell) && end >= start => {
                end + (bytes.end - last).min(bytes.len())
            }
            _ => start,
        };
        let end = end.min(cell.text.len());
        Some(Place { cell, range: start..end })
    }

    /// The place in a cell of a line and column of the program, as a panic tells them: counted in the widths of the
    /// characters on a terminal, where a tab is 4 wide.
    pub fn place_at(&self, line: usize, column: usize) -> Option<Place> {
        let start = byte_at(&self.text, line, 1)?;
        let mut width = 1;
        let inside = self.text[start..].char_indices().find(|(_, c)| {
            let here = width >= column || *c == '\n';
            width += if *c == '\t' { 4 } else { c.width().unwrap_or(1) };
            here
        });
        let byte = inside.map_or(self.text.len(), |(at, _)| start + at);
        // The parenthesis around the last expression is generated, and part of the expression.
        self.place(byte..byte).or_else(|| self.place(byte + 1..byte + 1))
    }

    /// What the generated text at a byte is for.
    pub fn role(&self, byte: usize) -> Option<&Role> {
        match &self.segments[self.segment(byte)?].1 {
            Origin::Generated(role) => Some(role),
            Origin::User { .. } => None,
        }
    }

    /// The key of the item whose text stands at a byte.
    pub fn item(&self, byte: usize) -> Option<&str> {
        match &self.segments[self.segment(byte)?].1 {
            Origin::User { item, .. } => item.as_deref(),
            Origin::Generated(_) => None,
        }
    }

    fn user_byte(&self, byte: usize) -> Option<(Arc<CellText>, usize)> {
        let at = self.segment(byte)?;
        match &self.segments[at] {
            (begin, Origin::User { cell, start, .. }) => Some((cell.clone(), start + byte - begin)),
            // An empty span right behind the user's text, as for "expected `;`".
            (begin, Origin::Generated(_)) if *begin == byte && at > 0 => match &self.segments[at - 1] {
                (before, Origin::User { cell, start, .. }) => Some((cell.clone(), start + byte - before)),
                _ => None,
            },
            _ => None,
        }
    }

    fn segment(&self, byte: usize) -> Option<usize> {
        self.segments.partition_point(|(start, _)| *start <= byte).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Arc<CellText> {
        Arc::new(CellText { number: 1, text: text.to_owned() })
    }

    #[test]
    fn edits_cut_the_text_and_replace_parts() {
        let cell = cell("use a; loop { x }");
        let edits = [Edit { range: 0..6, text: String::new() }, Edit::insert(13, " poll();")];
        let mut program = Program::default();
        program.pieces(&pieces(&cell, 0..cell.text.len(), &edits), None);
        assert_eq!(program.text(), " loop { poll(); x }");
    }

    #[test]
    fn columns_of_panics_count_widths() {
        let cell = cell("名é\tx");
        let mut program = Program::default();
        program.pieces(&pieces(&cell, 0..cell.text.len(), &[]), None);
        let at = |column| program.place_at(1, column).unwrap().range.start;
        assert_eq!([at(1), at(3), at(4), at(8)], ["", "名", "名é", "名é\t"].map(str::len));
    }

    #[test]
    fn every_byte_of_the_users_text_finds_its_way_back() {
        let cell = cell("let ä = loop { break 1 };");
        let at = cell.text.find('{').unwrap() + 1;
        let mut program = Program::default();
        program.glue("fn f() {");
        program.pieces(&pieces(&cell, 0..cell.text.len(), &[Edit::insert(at, "poll();")]), None);
        program.generated("}", Role::Keep("y".to_owned()));
        let text = program.text().to_owned();
        let found =
            |word: &str| text.find(word).map(|start| program.place(start..start + word.len())).unwrap();
        assert_eq!(found("break 1").unwrap().range, cell.text.find("break 1").map(|at| at..at + 7).unwrap());
        assert_eq!(found("ä = loop {poll(); break").unwrap().range, 4..cell.text.find(" 1 }").unwrap());
        assert_eq!(
            found("poll").map(|place| place.range),
            Some(at..at),
            "glue right behind a user's byte is at its end"
        );
        assert_eq!(found("fn f"), None);
        assert_eq!(found("fn f() {let ä").unwrap().range, 0.."let ä".len());
        assert_eq!(program.role(text.len() - 1), Some(&Role::Keep("y".to_owned())));
        assert_eq!(program.place_at(1, 9).unwrap().range, 0..0);
        assert_eq!(program.place_at(1, 15).unwrap().range.start, "let ä ".len());
    }
}
