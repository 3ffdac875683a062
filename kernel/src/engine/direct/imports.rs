//! `use` declarations, taken apart so that each imported name can be replaced by itself.

use quote::ToTokens;
use syn::{ItemUse, UseTree};

/// One imported name, or one glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The declaration, as source: `use std::fmt::Debug as D;`.
    pub text: String,
    /// The name it gives; `None` for `*` and `as _`.
    pub binds: Option<String>,
    /// The first word of the path.
    pub first: String,
}

/// The imports of a declaration.
pub fn imports_of(item: &ItemUse) -> Vec<Import> {
    let attributes: String =
        item.attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect();
    let mut imports = Vec::new();
    let root = if item.leading_colon.is_some() { "::" } else { "" };
    leaves(&item.tree, &mut Vec::new(), &mut |path, rename| {
        let binds = match rename.or(path.last()).map(String::as_str) {
            Some("*" | "_") | None => None,
            Some(name) => Some(name.to_owned()),
        };
        let rename = rename.map(|name| format!(" as {name}")).unwrap_or_default();
        let text = format!("{attributes}use {root}{}{rename};", path.join("::"));
        imports.push(Import { text, binds, first: path.first().cloned().unwrap_or_default() });
    });
    imports
}

fn leaves(tree: &UseTree, path: &mut Vec<String>, found: &mut impl FnMut(&[String], Option<&String>)) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            leaves(&step.tree, path, found);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, path, found)),
        // `use a::{self}` is `use a`.
        UseTree::Name(leaf) if leaf.ident == "self" && !path.is_empty() => found(path, None),
        UseTree::Rename(leaf) if leaf.ident == "self" && !path.is_empty() => {
            found(path, Some(&leaf.rename.to_string()))
        }
        UseTree::Name(leaf) => with(path, leaf.ident.to_string(), |path| found(path, None)),
        UseTree::Rename(leaf) => {
            with(path, leaf.ident.to_string(), |path| found(path, Some(&leaf.rename.to_string())));
        }
        UseTree::Glob(_) => with(path, "*".to_owned(), |path| found(path, None)),
    }
}

fn with(path: &mut Vec<String>, last: String, run: impl FnOnce(&[String])) {
    path.push(last);
    run(path);
    path.pop();
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
