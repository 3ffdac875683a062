//! A cell as evcxr gets it, and the way from the program that evcxr makes of it back to the cell.

use std::collections::{HashMap, HashSet};

use crate::cell::Place;
use crate::engine::direct::item::IMPORT_OF_MACRO;
use crate::engine::direct::parse::{Parsed, RUNTIME};
use crate::engine::direct::source::{Piece, Program};

/// The name under which the compiler knows evcxr's program.
pub const FILE: &str = "src/lib.rs";

/// The text of a cell, with our calls between its statements.
pub struct Text {
    pieces: Vec<Piece>,
}

impl Text {
    /// `additions` go behind these bytes of the cell.
    pub fn new(parsed: &Parsed, additions: &[(usize, String)]) -> Self {
        // The first line must not begin with a colon: evcxr would take it for a command.
        let mut pieces = vec![Piece::Glue("#![allow(warnings)]\n".to_owned())];
        pieces.extend(parsed.attributes.iter().cloned());
        pieces.push(Piece::Glue("\n".to_owned()));
        pieces.extend(parsed.import_pieces.iter().cloned());
        for item in &parsed.items {
            // evcxr puts macros first, and a name stands for one thing only: the import would replace the macro.
            let import =
                |piece: &&Piece| matches!(piece, Piece::Glue(text) if text.starts_with(IMPORT_OF_MACRO));
            pieces.extend(item.pieces.iter().filter(|piece| !import(piece)).cloned());
            pieces.push(Piece::Glue("\n".to_owned()));
        }
        let mark = format!("{RUNTIME}::at(");
        for piece in with_additions(&parsed.body, additions) {
            match piece {
                // Each statement on lines of its own, as evcxr will have it too: by its lines it is found again.
                Piece::Glue(text) if text.starts_with(&mark) => pieces.push(Piece::Glue(text + "\n")),
                piece => pieces.push(piece),
            }
        }
        if !parsed.body.is_empty() {
            pieces.push(Piece::Glue(format!("\n;{RUNTIME}::foreign::completed();\n")));
        }
        Text { pieces }
    }

    pub fn program(&self) -> Program {
        let mut program = Program::default();
        program.pieces(&self.pieces, None);
        program
    }

    fn lines(&self) -> Vec<Vec<Piece>> {
        let mut lines = vec![Vec::new()];
        for piece in &self.pieces {
            let text = match piece {
                Piece::Glue(text) => text.as_str(),
                Piece::User(place) => &place.cell.text[place.range.clone()],
            };
            let mut at = 0;
            for (index, part) in text.split('\n').enumerate() {
                if index > 0 {
                    lines.push(Vec::new());
                }
                if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                    line.push(match piece {
                        Piece::Glue(_) => Piece::Glue(part.to_owned()),
                        Piece::User(Place { cell, range }) => {
                            let start = range.start + at;
                            Piece::User(Place { cell: cell.clone(), range: start..start + part.len() })
                        }
                    });
                }
                at += part.len() + 1;
            }
        }
        lines
    }
}

fn with_additions(body: &[Piece], additions: &[(usize, String)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for piece in body {
        let Piece::User(Place { cell, range }) = piece else {
            pieces.push(piece.clone());
            continue;
        };
        let mut start = range.start;
        for (at, text) in additions.iter().filter(|(at, _)| range.start < *at && *at <= range.end) {
            pieces.push(Piece::User(Place { cell: cell.clone(), range: start..*at }));
            pieces.push(Piece::Glue(text.clone()));
            start = *at;
        }
        if start < range.end {
            pieces.push(Piece::User(Place { cell: cell.clone(), range: start..range.end }));
        }
    }
    pieces
}

/// The lines of all cells, by which those of a program are found: evcxr keeps them as they are, in an order of its own.
#[derive(Debug, Default)]
pub struct Lines(HashMap<String, Vec<Piece>>);

impl Lines {
    /// Adds the lines of a cell. A line that stands twice in it leads nowhere.
    pub fn add(&mut self, text: &Text) {
        let mut seen = HashSet::new();
        for line in text.lines() {
            let mut program = Program::default();
            program.pieces(&line, None);
            let key = program.text().trim_end().to_owned();
            if !seen.insert(key.clone()) {
                self.0.remove(&key);
            } else if line.iter().any(|piece| matches!(piece, Piece::User(_))) {
                self.0.insert(key, line);
            }
        }
    }

    /// A program of evcxr's, with its way back.
    pub fn find(&self, source: &str) -> Program {
        let mut program = Program::default();
        for line in source.lines() {
            match self.0.get(line.trim_end()) {
                Some(pieces) => program.pieces(pieces, None),
                None => program.glue(line),
            }
            program.glue("\n");
        }
        program
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cell::CellText;
    use crate::engine::direct::second::taken_apart;

    fn text(cell: &str, additions: &[(usize, String)]) -> Text {
        let cell = Arc::new(CellText { number: 1, text: cell.to_owned() });
        Text::new(&taken_apart(&cell), additions)
    }

    #[test]
    fn each_statement_has_lines_of_its_own_and_additions_stand_behind_theirs() {
        let text = text("let a = 1; let b = f(\n a);", &[(10, " let a: i32 = a;".to_owned())]);
        let program = text.program().text().replace(RUNTIME, "rt");
        let expected = "#![allow(warnings)]\n\nrt::at(1);\nlet a = 1; let a: i32 = a; rt::at(1);\nlet b = f(\n a);\n;rt::foreign::completed();\n";
        assert_eq!(program, expected);
    }

    #[test]
    fn a_line_of_evcxrs_program_is_found_in_the_cell() {
        let mut lines = Lines::default();
        let cell = "fn f() {\n    g()\n}\nf();\nlet x = y[3];\nf();";
        lines.add(&text(cell, &[]));
        let program = lines.find("mod m {}\nlet x = y[3]; \nf();\n    g()");
        let place = program.place_at(2, 9).unwrap();
        assert_eq!(place.range.start, cell.find("y[3]").unwrap());
        assert_eq!(program.place_at(3, 1), None, "it stands twice in the cell");
        assert_eq!(program.place_at(4, 5).unwrap().range.start, cell.find("g()").unwrap());
    }
}
