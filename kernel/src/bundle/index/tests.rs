//! The index of small crates in a temporary folder.

use std::path::Path;

use super::*;
use crate::names::entry::{Entry, Kind};

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn crate_in(folder: &Path, name: &str, features: &[&str]) -> CrateSource {
    CrateSource {
        name: name.to_owned(),
        root: folder.join(name).join("src/lib.rs"),
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
    }
}

fn names(index: &Index, module: &str) -> Vec<String> {
    index.module(module).map(|(name, _)| name.to_owned()).collect()
}

fn members(entry: &Entry) -> Vec<&str> {
    entry.members().map(|member| &*member.name).collect()
}

/// A library that shows another one, as ferrolab shows polars.
fn library(folder: &Path) -> Index {
    write(
        folder,
        &[
            (
                "ferrolab/src/lib.rs",
                "mod deep; pub mod nn; pub use polars;\n\
                 pub mod prelude { pub use crate::deep::*; pub use polars::prelude::{self as pl, Frame, df}; }\n\
                 #[doc(hidden)] pub mod inner { pub struct Hidden; }",
            ),
            ("ferrolab/src/deep/mod.rs", "mod more; pub use self::more::Deep; pub(crate) struct Private;"),
            (
                "ferrolab/src/deep/more.rs",
                "/// Deep.\npub struct Deep { pub open: u8, closed: u8 }\n\
                 impl Deep { pub fn dive(&self) {} fn secret(&self) {} }\nimpl super::super::nn::Swim for Deep {}",
            ),
            ("ferrolab/src/nn.rs", "//! Networks.\npub trait Swim { fn swim(&self) {} }"),
            (
                "polars/src/lib.rs",
                "pub mod prelude; #[cfg(feature = \"sql\")] pub mod sql; pub use polars_core::df;",
            ),
            ("polars/src/prelude.rs", "pub use polars_core::df; pub use polars_core::prelude::*;"),
            (
                "polars_core/src/lib.rs",
                "pub mod prelude { pub use crate::frame::*; pub use super::prelude::*; pub struct Series; }\n\
                 #[macro_use] mod frame { pub struct Frame; impl Frame { pub fn head(&self) -> Frame { Frame } }\n\
                 /// Makes a frame.\n#[macro_export] macro_rules! df { () => {} }\n\
                 #[cfg(all(test, unix))] pub struct Gone;\n#[cfg(not(feature = \"small\"))] pub struct Large; }",
            ),
            // Not of those that people meet.
            ("polars_row/src/lib.rs", "pub struct Row;"),
        ],
    );
    let crates =
        ["ferrolab", "polars", "polars_core", "polars_row"].map(|name| crate_in(folder, name, &["small"]));
    make(&crates, &folder.join("rust"))
}

#[test]
fn names_are_found_where_they_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let index = library(folder.path());
    assert_eq!(names(&index, "ferrolab"), ["nn", "polars", "prelude"]);
    assert_eq!(names(&index, "ferrolab::prelude"), ["Deep", "Frame", "df", "pl"]);
    assert_eq!(names(&index, "ferrolab::polars::prelude"), ["Frame", "Series", "df"]);
    assert_eq!(&*index.class("Deep").unwrap().path, "ferrolab::prelude::Deep");
    let pl = index.module("ferrolab::prelude").find(|(name, _)| *name == "pl").unwrap().1;
    assert_eq!((pl.kind, &*pl.path), (Kind::Module, "ferrolab::polars::prelude"));
    let nn = index.named("nn").next().unwrap();
    assert_eq!(index.docs(nn), "Networks.");
    assert!(index.class("Large").is_none() && index.class("Row").is_none());
}

#[test]
fn types_have_their_public_members_and_traits() {
    let folder = tempfile::tempdir().unwrap();
    let index = library(folder.path());
    let deep = index.class("Deep").unwrap();
    assert_eq!(members(deep), ["open", "dive"]);
    assert_eq!(&*deep.declaration, "struct Deep { open: u8, … }");
    assert_eq!(&*deep.class.as_ref().unwrap().traits[0].name, "Swim");
    assert_eq!(members(index.class("Frame").unwrap()), ["head"]);
}

#[test]
fn the_standard_library_is_read_where_its_source_is() {
    let folder = tempfile::tempdir().unwrap();
    let without = library(folder.path());
    assert!(members(without.class("Vec").unwrap()).contains(&"push"));
    write(
        &folder.path().join("rust"),
        &[
            (
                "core/src/lib.rs",
                "pub mod option { pub enum Option<T> { None, Some(T) } impl<T> Option<T> { pub fn inspect(self) {} #[unstable] pub fn odd(self) {} } } impl f64 { pub fn fancy(self) {} }",
            ),
            (
                "alloc/src/lib.rs",
                "pub mod vec { pub struct Vec<T> { buf: T } impl<T> Vec<T> { pub fn brand_new(&mut self) {} } const impl<T> Vec<T> { pub fn constant(&self) {} } }",
            ),
            (
                "std/src/lib.rs",
                "pub use core::option; pub mod alloc {} pub use alloc_crate::vec; extern crate alloc as alloc_crate;\n\
                 pub mod prelude { pub mod v1 { pub use core::option::Option; } }\n\
                 /// Prints.\n#[macro_export] macro_rules! println { () => {} }",
            ),
        ],
    );
    let index = library(folder.path());
    assert_eq!(members(index.class("Vec").unwrap()), ["brand_new", "constant"]);
    assert_eq!(names(&index, "std::prelude::v1"), ["Option"]);
    assert_eq!(names(&index, "std"), ["alloc", "option", "prelude", "println", "vec"]);
    assert_eq!(members(index.class("Option").unwrap()), ["None", "Some", "inspect"]);
    assert_eq!(members(index.class("f64").unwrap()), ["fancy"]);
    // Macros write the methods of numbers, so their source does not tell them.
    assert!(members(index.class("i32").unwrap()).contains(&"abs"));
}
