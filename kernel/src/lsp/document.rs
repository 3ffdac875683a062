//! The session as one Rust file that a language server can read, with the cell that is being typed in it; and positions in
//! that file, as the protocol counts them.

use std::fmt::Write;

use lsp_types::Position;

use crate::engine::{Definitions, UsedCrate, Variable};
use crate::magics::{Segment, split};

/// The name of the function that holds the cell.
const FUNCTION: &str = "__ferrolab_cell";

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    pub text: String,
    /// The byte at which the cell begins. Each byte of the cell stands as far behind it as in the cell.
    pub cell: usize,
    /// What it is compiled against besides the library.
    pub crates: Vec<UsedCrate>,
}

impl Document {
    /// The items and imports of earlier cells, and a function around the cell whose parameters are the variables.
    pub fn new(definitions: &Definitions, bindings: &[Variable], code: &str) -> Self {
        let mut text = String::from("#![allow(warnings)]\n");
        for import in &definitions.imports {
            let _ = writeln!(text, "{import}");
        }
        for item in &definitions.items {
            let _ = writeln!(text, "{}", item.source);
        }
        let _ = write!(text, "async fn {FUNCTION}(");
        for Variable { name, type_name, mutable } in bindings {
            let mutable = if *mutable { "mut " } else { "" };
            let _ = write!(text, "{mutable}{name}: {type_name}, ");
        }
        // `?` takes any error.
        text.push_str(") -> ::std::result::Result<(), ::std::boxed::Box<dyn ::std::error::Error>> {\n");
        let cell = text.len();
        Document { text, cell, crates: definitions.crates.clone() }.with_cell(code)
    }

    /// The same session around another cell.
    pub fn with_cell(&self, code: &str) -> Self {
        let session = &self.text[..self.cell];
        let text = format!("{session}{}\n; ::std::result::Result::Ok(())\n}}\n", without_magics(code));
        Document { text, cell: self.cell, crates: self.crates.clone() }
    }
}

/// The cell with spaces in place of the lines for the kernel.
fn without_magics(code: &str) -> String {
    let mut bytes: Vec<u8> = code.bytes().map(|byte| if byte == b'\r' { b' ' } else { byte }).collect();
    for segment in split(code, false) {
        if let Segment::Line(line) = segment {
            bytes[line.range].fill(b' ');
        }
    }
    // Whole lines were replaced: what is left is whole characters.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a column of a line counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// By its name in the protocol; the server's silence means UTF-16.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            _ => Encoding::Utf16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }

    /// The position of a byte.
    pub fn position(self, text: &str, byte: usize) -> Position {
        let before = text.get(..byte).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column: usize = before[start..].chars().map(|c| self.width(c)).sum();
        Position::new(before.matches('\n').count() as u32, column as u32)
    }

    /// How many bytes so many columns are.
    pub fn advance(self, text: &str, columns: usize) -> usize {
        let mut column = 0;
        let inside = text.char_indices().find(|(_, c)| {
            let here = column >= columns;
            column += self.width(*c);
            here
        });
        inside.map_or(text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::Definition;

    #[test]
    fn the_session_stands_around_the_cell() {
        let definitions = Definitions {
            items: vec![Definition { cell: 1, source: "struct Point { x: f64 }".to_owned() }],
            imports: vec!["use std::fmt;".to_owned()],
            crates: Vec::new(),
        };
        let point = Variable { name: "p".to_owned(), type_name: "Point".to_owned(), mutable: true };
        let code = ":time\r\nlet é = p.x;\n";
        let Document { text, cell, .. } = Document::new(&definitions, &[point], code);
        assert!(
            text.contains("use std::fmt;\nstruct Point { x: f64 }\n") && text.contains("(mut p: Point, )"),
            "{text}"
        );
        assert!(text[cell..].starts_with("      \nlet é = p.x;\n"), "{text}");
        assert!(syn::parse_file(&text).is_ok(), "{text}");
    }

    /// The byte at a position.
    fn byte(encoding: Encoding, text: &str, position: Position) -> usize {
        let lines = text.split_inclusive('\n').take(position.line as usize);
        let start = lines.map(str::len).sum();
        start + encoding.advance(&text[start..], position.character as usize)
    }

    #[test]
    fn columns_are_counted_as_agreed() {
        let text = "a\nx𝒳é|";
        let end = text.find('|').unwrap();
        for (encoding, column) in [(Encoding::Utf8, 7), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            assert_eq!(encoding.position(text, end), Position::new(1, column));
            assert_eq!(byte(encoding, text, Position::new(1, column)), end);
        }
    }

    proptest! {
        #[test]
        fn positions_survive_the_round_trip(text in "(\n|[a-zé𝒳\t ]){0,30}", at in 0_usize..40) {
            let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                prop_assert_eq!(byte(encoding, &text, encoding.position(&text, at)), at);
            }
        }

        #[test]
        fn each_byte_of_the_cell_keeps_its_place(lines in proptest::collection::vec("(:vars|let x = é;|\\?𝒳|!ls -l|\")", 0..6)) {
            let code = lines.join("\n");
            let document = Document::new(&Definitions::default(), &[], &code);
            let inside = &document.text[document.cell..document.cell + code.len()];
            prop_assert_eq!(inside.matches('\n').count(), code.matches('\n').count());
            for (at, byte) in code.bytes().enumerate() {
                let there = inside.as_bytes()[at];
                prop_assert!(there == byte || there == b' ');
            }
        }
    }
}
