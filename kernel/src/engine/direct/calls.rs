//! The calls in cells that led to a panic.
//!
//! Cells are compiled without line tables: with them a cell that works on tables would wait a fifth longer. Only when
//! a panic has gone through functions, the cell is compiled once more with them, for the lines of the calls.

use std::path::Path;

use ferrolab_display::frame::{Frame, Location, Panic};

use super::DirectEngine;
use super::compile::{Make, Order};
use super::programs::Origin;
use super::symbols::{Function, Symbols, name_in_cell};
use crate::cell::{Place, line_and_column};

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function that was running; empty for the statements of a cell.
    pub function: String,
    /// Where it was.
    pub place: Option<Place>,
}

/// A function of a cell at a frame of the stack.
struct Running {
    /// As the user wrote it.
    name: String,
    /// As the linker knows it, and how long its code is.
    symbol: (String, u64),
    /// Bytes from its start to where it was.
    inside: u64,
}

impl DirectEngine {
    /// The calls that led to a panic, the innermost first; none if it happened in a statement of the cell itself.
    pub(super) fn calls(&self, panic: &Panic) -> Vec<Call> {
        // Mostly there is but one library.
        let libraries = panic.frames.chunk_by(|one, other| one.library == other.library);
        let parts: Vec<_> = libraries.filter_map(|frames| self.running(frames)).collect();
        // Nothing but the cell's own statement: its line is known.
        if parts.iter().map(|(_, running)| running.len()).sum::<usize>() < 2 {
            return Vec::new();
        }
        let calls_of = |(origin, running): (Origin, Vec<Running>)| {
            let lines = self.lines(&origin, &running).unwrap_or_default();
            let lines = lines.into_iter().chain(std::iter::repeat(None));
            let places = lines.map(|line| line.and_then(|line| self.programs.find(&line)));
            running
                .into_iter()
                .zip(places)
                .map(|(Running { name, .. }, place)| Call { function: name, place })
                .collect()
        };
        parts.into_iter().flat_map(|part| -> Vec<Call> { calls_of(part) }).collect()
    }

    /// The functions of cells among frames that lie in one library, and what that was made from.
    fn running(&self, frames: &[Frame]) -> Option<(Origin, Vec<Running>)> {
        let (bytes, origin) = self.programs.library(Path::new(&frames.first()?.library))?;
        let symbols = Symbols::new(&bytes)?;
        let running = |frame: &Frame| {
            let Function { name, start, size } = symbols.at(frame.offset)?;
            let symbol = (name.to_owned(), size);
            Some(Running { name: name_in_cell(name)?, symbol, inside: frame.offset - start })
        };
        Some((origin, frames.iter().filter_map(running).collect()))
    }

    /// The lines at which functions were: the same program is compiled with line tables.
    fn lines(&self, origin: &Origin, running: &[Running]) -> Option<Vec<Option<Location>>> {
        let Origin { order, source } = origin;
        let folder = self.scratch.cell(self.serial).join("lines");
        let order = Order { folder, make: Make::Lines, ..order.clone() };
        let compiled = self.compiler().compile(&order, source, None, &self.phase).ok()?;
        let bytes = std::fs::read(compiled.library).ok()?;
        let symbols = Symbols::new(&bytes)?;
        let address = |running: &Running| {
            let (name, size) = &running.symbol;
            Some(symbols.twin(name, *size)?.start + running.inside)
        };
        symbols.lines(&running.iter().map(address).collect::<Vec<_>>())
    }
}

/// The calls in one sentence: "in `mean` (cell 2, line 3) ← called in cell 5, line 1".
pub fn sentence(calls: &[Call]) -> Option<String> {
    let at = |place: &Place| {
        let (line, _) = line_and_column(&place.cell.text, place.range.start);
        format!("cell {}, line {line}", place.cell.number)
    };
    let mut words: Vec<(String, usize)> = Vec::new();
    for (index, Call { function, place }) in calls.iter().enumerate() {
        let outermost = index + 1 == calls.len();
        let word = match (function.as_str(), place) {
            ("", Some(place)) if outermost => format!("called in {}", at(place)),
            ("", Some(place)) => format!("a closure ({})", at(place)),
            ("", None) => continue,
            (name, Some(place)) => format!("`{name}` ({})", at(place)),
            (name, None) => format!("`{name}`"),
        };
        match words.last_mut() {
            Some((last, times)) if *last == word => *times += 1,
            _ => words.push((word, 1)),
        }
    }
    let words: Vec<String> = words
        .into_iter()
        .map(|(word, times)| if times > 1 { format!("{word}, {times} times") } else { word })
        .collect();
    (!words.is_empty()).then(|| format!("in {}", words.join(" ← ")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cell::CellText;

    #[test]
    fn calls_are_one_sentence_and_a_recursion_is_told_once() {
        let place = |number, line: usize| {
            let cell = Arc::new(CellText { number, text: "x\n".repeat(9) });
            let start = (line - 1) * 2;
            Some(Place { cell, range: start..start })
        };
        let call = |function: &str, place| Call { function: function.to_owned(), place };
        let calls =
            [call("f", place(2, 3)), call("f", place(2, 4)), call("f", place(2, 4)), call("", place(5, 1))];
        let expected = "in `f` (cell 2, line 3) ← `f` (cell 2, line 4), 2 times ← called in cell 5, line 1";
        assert_eq!(sentence(&calls).as_deref(), Some(expected));
        assert_eq!(sentence(&[call("f", None), call("", None)]).as_deref(), Some("in `f`"));
        assert_eq!(sentence(&[]), None);
    }
}
