//! `use` declarations, taken apart so that each imported name can be replaced by itself.

use quote::ToTokens;
use syn::ItemUse;

use crate::uses::{Leaf, leaves};

/// One imported name, or one glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The declaration, as source: `use std::fmt::Debug as D;`.
    pub text: String,
    /// The name it gives; `None` for `*` and `as _`.
    pub binds: Option<String>,
    /// The words of the path.
    pub path: Vec<String>,
}

impl Import {
    /// The first word of the path, which can be an item of a cell: `use Shape::*;`, `use self::Shape::*;`.
    pub fn first(&self) -> Option<&String> {
        self.path.iter().find(|word| !matches!(word.as_str(), "self" | "crate" | "super"))
    }
}

/// The imports of a declaration.
pub fn imports_of(item: &ItemUse) -> Vec<Import> {
    let attributes: String =
        item.attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect();
    let mut imports = Vec::new();
    let root = if item.leading_colon.is_some() { "::" } else { "" };
    leaves(&item.tree, &mut |path, leaf| {
        let path_text = path.join("::");
        let (rest, binds) = match leaf {
            Leaf::Name => (path_text, path.last().cloned()),
            Leaf::Renamed(name) => (format!("{path_text} as {name}"), Some(name).filter(|name| name != "_")),
            Leaf::Glob => (format!("{path_text}::*"), None),
        };
        let text = format!("{attributes}use {root}{rest};");
        imports.push(Import { text, binds, path: path.to_vec() });
    });
    imports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_becomes_one_import_for_each_name() {
        let item: ItemUse =
            syn::parse_str("use std::{fmt::{self, Debug as D}, io::*, rc::Rc as _};").unwrap();
        let found: Vec<_> = imports_of(&item).into_iter().map(|import| (import.text, import.binds)).collect();
        let expected = [
            ("use std::fmt;", Some("fmt")),
            ("use std::fmt::Debug as D;", Some("D")),
            ("use std::io::*;", None),
            ("use std::rc::Rc as _;", None),
        ];
        assert_eq!(found, expected.map(|(text, binds)| (text.to_owned(), binds.map(str::to_owned))));
    }
}
