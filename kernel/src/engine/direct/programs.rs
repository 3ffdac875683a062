//! The last programs, by which places in generated code are told as places in cells.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ferrolab_display::frame::Location;

use super::compile::Order;
use super::source::Program;
use crate::cell::{CellText, Place};

/// How many are remembered: a thread that an earlier cell has started may panic now.
const MOST: usize = 64;

/// The programs of the last cells; the thread that reads from the child process looks into them too.
#[derive(Debug, Clone, Default)]
pub struct Programs(Arc<Mutex<VecDeque<Entry>>>);

#[derive(Debug)]
struct Entry {
    order: Order,
    program: Program,
    /// Its library, kept open: its file is removed when the cell has ended.
    library: Option<(PathBuf, File)>,
    /// Later cells use it.
    lasts: bool,
}

/// What a library was made from.
pub struct Origin {
    pub order: Order,
    pub source: String,
}

impl Programs {
    pub fn remember(&self, order: Order, program: Program, library: &Path) {
        self.add(order, program, library, false);
    }

    /// The same for a library that later cells use.
    pub fn remember_for_long(&self, order: Order, program: Program, library: &Path) {
        self.add(order, program, library, true);
    }

    fn add(&self, order: Order, program: Program, library: &Path, lasts: bool) {
        let library = File::open(library).ok().map(|open| (library.to_owned(), open));
        let mut entries = self.lock();
        entries.retain(|entry| entry.order.file != order.file);
        let mut others = 0;
        entries.retain(|entry| {
            others += usize::from(entry.lasts == lasts);
            entry.lasts != lasts || others < MOST
        });
        entries.push_front(Entry { order, program, library, lasts });
    }

    /// The same for a program that another engine has compiled in its own way.
    #[cfg(feature = "evcxr")]
    pub fn remember_foreign(&self, file: String, program: Program, library: &Path) {
        let folder = library.parent().unwrap_or(Path::new("")).to_owned();
        let (make, opt_level, flags) = (super::compile::Make::Library, Default::default(), Vec::new());
        self.remember(Order { folder, file, make, epoch: 0, opt_level, flags }, program, library);
    }

    /// The text in a cell at a place of a generated program, to the end of its line. Of an index out of bounds, rustc
    /// tells the place of the bracket; what is indexed stands before it.
    pub fn find(&self, location: &Location) -> Option<Place> {
        let file = location.file.trim_start_matches('/');
        let entries = self.lock();
        let Entry { program, .. } = entries.iter().find(|entry| entry.order.file == file)?;
        let place = program.place_at(location.line as usize, location.column as usize)?;
        let mut start = place.range.start;
        let before = &place.cell.text[..start];
        if place.cell.text[start..].starts_with('[') {
            start = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '.').len();
        }
        Some(to_end_of_line(place.cell, start))
    }

    /// The content of a library, and what it was made from.
    pub fn library(&self, path: &Path) -> Option<(Vec<u8>, Origin)> {
        let entries = self.lock();
        let of = |entry: &&Entry| entry.library.as_ref().is_some_and(|(known, _)| known == path);
        let Entry { order, program, library, .. } = entries.iter().find(of)?;
        let mut open = &library.as_ref()?.1;
        let mut bytes = Vec::new();
        open.rewind().and_then(|()| open.read_to_end(&mut bytes)).ok()?;
        Some((bytes, Origin { order: order.clone(), source: program.text().to_owned() }))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code of a line from a byte of it on.
pub fn to_end_of_line(cell: Arc<CellText>, start: usize) -> Place {
    let rest = &cell.text[start..];
    let line = rest.lines().next().unwrap_or("");
    let code = line.split("//").next().unwrap_or(line).trim_end().trim_end_matches(';');
    let end = start + code.len();
    Place { range: start..end, cell }
}
