//! From the name of a type as `std::any::type_name` tells it to one that a cell can write.
//!
//! The running cell knows the types of its new variables, but under the paths of their definitions,
//! `alloc::vec::Vec<polars_core::frame::DataFrame>`, and those may lie in private modules or in crates that cells do not
//! see. rustc can print both kinds of name; asking it for the second, in the MIR, takes it a third of a small cell. So it is
//! asked once for each path, and what it says is remembered. Those of common types are known beforehand.

use std::collections::HashMap;

use super::table::Table;

/// Definition, and a public path to it. A test compiles them all.
const KNOWN: &[(&str, &str)] = &[
    ("alloc::boxed::Box", "std::boxed::Box"),
    ("alloc::collections::binary_heap::BinaryHeap", "std::collections::BinaryHeap"),
    ("alloc::collections::btree::map::BTreeMap", "std::collections::BTreeMap"),
    ("alloc::collections::btree::set::BTreeSet", "std::collections::BTreeSet"),
    ("alloc::collections::vec_deque::VecDeque", "std::collections::VecDeque"),
    ("alloc::rc::Rc", "std::rc::Rc"),
    ("alloc::string::String", "std::string::String"),
    ("alloc::sync::Arc", "std::sync::Arc"),
    ("alloc::vec::Vec", "std::vec::Vec"),
    ("alloc::vec::into_iter::IntoIter", "std::vec::IntoIter"),
    ("core::any::TypeId", "std::any::TypeId"),
    ("core::cell::Cell", "std::cell::Cell"),
    ("core::cell::RefCell", "std::cell::RefCell"),
    ("core::error::Error", "std::error::Error"),
    ("core::fmt::Debug", "std::fmt::Debug"),
    ("core::fmt::Display", "std::fmt::Display"),
    ("core::future::future::Future", "std::future::Future"),
    ("core::iter::traits::iterator::Iterator", "std::iter::Iterator"),
    ("core::marker::PhantomData", "std::marker::PhantomData"),
    ("core::marker::Send", "std::marker::Send"),
    ("core::marker::Sync", "std::marker::Sync"),
    ("core::num::error::ParseIntError", "std::num::ParseIntError"),
    ("core::ops::function::Fn", "std::ops::Fn"),
    ("core::ops::function::FnMut", "std::ops::FnMut"),
    ("core::ops::function::FnOnce", "std::ops::FnOnce"),
    ("core::ops::range::Range", "std::ops::Range"),
    ("core::ops::range::RangeInclusive", "std::ops::RangeInclusive"),
    ("core::option::Option", "std::option::Option"),
    ("core::pin::Pin", "std::pin::Pin"),
    ("core::result::Result", "std::result::Result"),
    ("core::sync::atomic::AtomicBool", "std::sync::atomic::AtomicBool"),
    ("core::time::Duration", "std::time::Duration"),
    ("std::collections::hash::map::HashMap", "std::collections::HashMap"),
    ("std::collections::hash::set::HashSet", "std::collections::HashSet"),
    ("std::io::error::Error", "std::io::Error"),
    ("std::path::PathBuf", "std::path::PathBuf"),
    ("std::sync::mpsc::Receiver", "std::sync::mpsc::Receiver"),
    ("std::sync::mpsc::Sender", "std::sync::mpsc::Sender"),
    ("std::thread::join_handle::JoinHandle", "std::thread::JoinHandle"),
    ("std::time::Instant", "std::time::Instant"),
];

/// Words of types that are no paths.
const WORDS: [&str; 25] = [
    "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
    "usize", "f32", "f64", "dyn", "fn", "mut", "const", "unsafe", "extern", "true", "false",
];

/// The crate that a cell is compiled as.
const CELL: &str = "cell::";

/// The paths that are known.
#[derive(Debug, Clone)]
pub struct Paths(HashMap<String, String>);

impl Default for Paths {
    fn default() -> Self {
        Paths(KNOWN.iter().map(|(defined, public)| ((*defined).to_owned(), (*public).to_owned())).collect())
    }
}

impl Paths {
    /// The type as a cell can write it; `None` if a part of it is not known. `table`: the items of cells.
    pub fn written(&self, type_name: &str, table: &Table) -> Option<String> {
        let mut tokens = tokens(type_name)?.into_iter().peekable();
        let mut text = String::new();
        while let Some(token) = tokens.next() {
            let next = tokens.peek().copied().unwrap_or_default();
            text.push_str(self.word(token, next, table)?);
        }
        Some(text)
    }

    fn word<'a>(&'a self, token: &'a str, next: &str, table: &Table) -> Option<&'a str> {
        let is_word = token.starts_with(|c: char| c.is_alphabetic() || c == '_');
        // `Item` in `dyn Iterator<Item = u8>`.
        if !is_word || WORDS.contains(&token) || next == "=" || next == " = " {
            return Some(token);
        }
        if let Some(public) = self.0.get(token) {
            return Some(public);
        }
        // A name that is a function's too may be that function's own type, which cannot be written.
        let item = token.strip_prefix(CELL)?;
        let is_type =
            table.get(&format!("type {item}")).is_some() && table.get(&format!("fn {item}")).is_none();
        is_type.then_some(item)
    }

    /// Remembers what the paths in a type are called, given both its names.
    pub fn learn(&mut self, type_name: &str, written: &str) {
        let (Some(defined), Some(public)) = (tokens(type_name), tokens(written)) else { return };
        let differs = |(one, other): &(&&str, &&str)| one != other;
        let pairs: Vec<_> = defined.iter().zip(&public).filter(differs).collect();
        let is_path = |text: &str| text.contains("::") && !text.starts_with(CELL);
        if defined.len() == public.len() && pairs.iter().all(|(one, other)| is_path(one) && is_path(other)) {
            self.0.extend(pairs.into_iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())));
        }
    }
}

/// A type cut into paths, words, spaces and signs; `None` if it holds something that has no place in a later cell, or is
/// told differently by the two sources: closures, lifetimes, `!`, constants in braces or quotes.
fn tokens(type_name: &str) -> Option<Vec<&str>> {
    if type_name.contains(['{', '\'', '!', '"']) || type_name.contains("for<") || type_name.contains(">::") {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = type_name;
    while let Some(first) = rest.chars().next() {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '#';
        let end = if inside(first) {
            rest.find(|c: char| !inside(c)).unwrap_or(rest.len())
        } else if rest.starts_with(" = ") {
            3
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::super::parse::{Last, Surroundings, parse};
    use super::super::view::View;
    use super::*;
    use crate::cell::CellText;

    fn table(code: &str) -> Table {
        let cell = CellText { number: 1, text: code.to_owned() };
        let around =
            Surroundings { folder: Path::new("/"), table: &Table::default(), view: &View::default() };
        let parsed = parse(&Arc::new(cell), Last::Result, around).unwrap();
        Table::default().with(&parsed.items, &parsed.imports)
    }

    #[test]
    fn known_paths_and_types_of_cells_are_written() {
        let (paths, table) = (Paths::default(), table("struct Point; fn point() {} mod m { pub struct P; }"));
        let written = |type_name: &str| paths.written(type_name, &table);
        assert_eq!(written("i32").as_deref(), Some("i32"));
        assert_eq!(
            written("alloc::vec::Vec<(&str, cell::Point, [f64; 3])>").as_deref(),
            Some("std::vec::Vec<(&str, Point, [f64; 3])>")
        );
        assert_eq!(
            written("alloc::boxed::Box<dyn core::ops::function::Fn(i32) -> f32>").as_deref(),
            Some("std::boxed::Box<dyn std::ops::Fn(i32) -> f32>")
        );
        for unknown in [
            "cell::point",
            "cell::m::P",
            "cell::f::{{closure}}",
            "other::T",
            "fn(&'a str)",
            "Point",
            "a<u8>::f",
        ] {
            assert_eq!(written(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_rustc_says_once_is_known_from_then_on() {
        let (mut paths, table) = (Paths::default(), table("struct P;"));
        paths.learn("hidden::frame::Frame<cell::P, i32>", "open::Frame<P, i32>");
        assert_eq!(paths.written("hidden::frame::Frame<u8>", &table), None, "a part of it was of a cell");
        paths.learn("hidden::frame::Frame<i32>", "open::Frame<i32>");
        assert_eq!(
            paths.written("alloc::vec::Vec<hidden::frame::Frame<u8>>", &table).as_deref(),
            Some("std::vec::Vec<open::Frame<u8>>")
        );
        paths.learn("hidden::Text", "open::Text<'_>");
        assert_eq!(paths.written("hidden::Text", &table), None, "lifetimes are not in both names");
    }

    /// Asks the compiler for the name of each type, and expects the text that is written here.
    macro_rules! are_written_as_they_stand {
        ($($written:ty),* $(,)?) => {{
            let (paths, table) = (Paths::default(), Table::default());
            let mut texts = Vec::new();
            $(
                let text = stringify!($written).replace("'static ", "");
                let name = std::any::type_name::<$written>();
                assert_eq!(paths.written(name, &table), Some(text.clone()), "{name}");
                texts.push(text);
            )*
            texts
        }};
    }

    #[test]
    fn every_known_path_is_what_this_compiler_calls_it() {
        let texts = are_written_as_they_stand![
            std::boxed::Box<dyn std::error::Error + std::marker::Send + std::marker::Sync>,
            std::boxed::Box<dyn std::fmt::Debug>,
            std::boxed::Box<dyn std::fmt::Display>,
            std::boxed::Box<dyn std::iter::Iterator<Item = u8>>,
            std::boxed::Box<dyn std::ops::Fn(i32) -> f64>,
            std::boxed::Box<dyn std::ops::FnMut(i32)>,
            std::boxed::Box<dyn std::ops::FnOnce() -> std::string::String>,
            std::cell::Cell<u8>,
            std::cell::RefCell<(i32, &'static str)>,
            std::collections::BTreeMap<char, bool>,
            std::collections::BTreeSet<u64>,
            std::collections::BinaryHeap<i8>,
            std::collections::HashMap<std::string::String, std::vec::Vec<f32>>,
            std::collections::HashSet<usize>,
            std::collections::VecDeque<[u8; 3]>,
            std::io::Error,
            std::marker::PhantomData<u8>,
            std::num::ParseIntError,
            std::ops::Range<i32>,
            std::ops::RangeInclusive<i32>,
            std::option::Option<()>,
            std::path::PathBuf,
            std::pin::Pin<std::boxed::Box<dyn std::future::Future<Output = u8>>>,
            std::rc::Rc<u8>,
            std::result::Result<i32, std::string::String>,
            std::sync::Arc<std::sync::atomic::AtomicBool>,
            std::sync::mpsc::Receiver<u8>,
            std::sync::mpsc::Sender<u8>,
            std::thread::JoinHandle<()>,
            std::time::Duration,
            std::time::Instant,
            std::vec::IntoIter<u8>,
            std::any::TypeId,
        ];
        for (_, public) in KNOWN {
            assert!(texts.iter().any(|text| text.contains(public)), "{public} is not compiled here");
        }
    }
}
