//! From Rust source to names: declarations on one line, documentation, members, `impl`s and imports. The same for a
//! library's files and for the items of cells.

mod attributes;
mod declare;

use std::collections::HashSet;

use syn::{ImplItem, Item, ItemImpl, Visibility};

use super::docs::from_attributes;
use super::entry::{Block, Entry, Implemented, Kind};
use super::types::last_word;
use crate::uses::{Leaf, leaves};
use attributes::{hidden, path_attribute};

/// What to take of a source.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Only what others may use.
    pub public: bool,
    /// The features that are switched on.
    pub features: HashSet<String>,
}

/// What a module contains.
#[derive(Debug, Default)]
pub struct Scan {
    pub names: Vec<Entry>,
    pub impls: Vec<Implementation>,
    pub modules: Vec<Module>,
    pub uses: Vec<Use>,
    /// Macros that stand at the root of the crate, wherever they are written.
    pub macros: Vec<Entry>,
    /// What stands at the top of the file: `//! …`.
    pub docs: Box<str>,
}

impl Scan {
    /// Adds what another source contains, each of its names marked.
    pub fn add(&mut self, mut other: Scan, mark: impl Fn(&mut Entry)) {
        let members = other.impls.iter_mut().flat_map(|implementation| &mut implementation.block.members);
        other.names.iter_mut().chain(&mut other.macros).chain(members).for_each(mark);
        self.names.append(&mut other.names);
        self.impls.append(&mut other.impls);
        self.modules.append(&mut other.modules);
        self.uses.append(&mut other.uses);
        self.macros.append(&mut other.macros);
    }
}

/// An `impl`.
#[derive(Debug)]
pub struct Implementation {
    /// The last word of the type's path; for `dyn Trait` and `[T]` `Trait` and `slice`.
    pub of: String,
    pub block: Block,
    pub of_trait: Option<Implemented>,
    pub deref: Option<Box<str>>,
}

/// A `mod`.
#[derive(Debug)]
pub struct Module {
    pub name: String,
    pub public: bool,
    /// From `#[path]`.
    pub path: Option<String>,
    /// `None`: in a file of its own.
    pub inside: Option<Scan>,
    pub docs: Box<str>,
}

/// One imported name, or a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub public: bool,
    /// An empty first word stands for "a crate, whatever else has that name".
    pub path: Vec<String>,
    /// `None` for `*`.
    pub name: Option<String>,
}

/// What the source of the standard library says in words that are not in the language yet, and what to read instead.
const FUTURE: [(&str, &str); 4] = [
    ("const trait ", "trait "),
    ("const unsafe trait ", "unsafe trait "),
    ("const impl<", "impl<"),
    ("[const] ", ""),
];

/// Reads a source; `None` if it is not Rust.
pub fn scan(text: &str, choice: &Choice) -> Option<Scan> {
    read(text, choice).or_else(|| {
        let plain = FUTURE.iter().fold(text.to_owned(), |text, (future, now)| text.replace(future, now));
        (plain != text).then(|| read(&plain, choice))?
    })
}

fn read(text: &str, choice: &Choice) -> Option<Scan> {
    // Positions would otherwise be kept for the life of the thread.
    proc_macro2::extra::invalidate_current_thread_spans();
    let file = syn::parse_file(text).ok()?;
    Some(Scan { docs: from_attributes(&file.attrs), ..Scanner { text, choice }.items(&file.items) })
}

struct Scanner<'a> {
    text: &'a str,
    choice: &'a Choice,
}

impl Scanner<'_> {
    fn items(&self, items: &[Item]) -> Scan {
        let mut scan = Scan::default();
        items.iter().for_each(|item| self.item(item, &mut scan));
        scan
    }

    fn item(&self, item: &Item, scan: &mut Scan) {
        match item {
            Item::Impl(block) => scan.impls.extend(self.implementation(block)),
            Item::Use(node) if self.present(&node.attrs) => {
                let public = matches!(node.vis, Visibility::Public(_));
                leaves(&node.tree, &mut |path, leaf| {
                    let name = match leaf {
                        Leaf::Name => path.last().cloned(),
                        Leaf::Renamed(name) => Some(name),
                        Leaf::Glob => None,
                    };
                    scan.uses.push(Use { public, path: path.to_vec(), name });
                });
            }
            Item::ExternCrate(node) if self.present(&node.attrs) => {
                let name = node.rename.as_ref().map_or(&node.ident, |(_, name)| name);
                let public = matches!(node.vis, Visibility::Public(_));
                let path = match node.ident.to_string() {
                    itself if itself == "self" => vec!["crate".to_owned()],
                    other => vec![String::new(), other],
                };
                scan.uses.push(Use { public, path, name: Some(name.to_string()) });
            }
            Item::Mod(node) if self.present(&node.attrs) => scan.modules.push(Module {
                name: node.ident.to_string(),
                public: matches!(node.vis, Visibility::Public(_)) && !hidden(&node.attrs),
                path: path_attribute(&node.attrs),
                docs: from_attributes(&node.attrs),
                inside: node.content.as_ref().map(|(_, items)| self.items(items)),
            }),
            Item::Macro(node) => {
                let exported = node.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
                if let Some(name) = &node.ident
                    && self.present(&node.attrs)
                    && (exported || !self.choice.public)
                    && !hidden(&node.attrs)
                {
                    let declaration = format!("macro {name}!(…)");
                    scan.macros.push(self.entry(&name.to_string(), Kind::Macro, declaration, &node.attrs));
                }
            }
            _ => scan.names.extend(self.named(item)),
        }
    }

    fn implementation(&self, block: &ItemImpl) -> Option<Implementation> {
        if !self.present(&block.attrs) || hidden(&block.attrs) {
            return None;
        }
        let of = last_word(&block.self_ty)?;
        let mut inside = Block { of: self.slice(&block.self_ty).into(), members: Vec::new() };
        let types = |item: &ImplItem| match item {
            ImplItem::Type(node) => {
                Some((Box::from(node.ident.to_string()), Box::from(self.slice(&node.ty))))
            }
            _ => None,
        };
        let of_trait = match &block.trait_ {
            Some((None, path, _)) => Some(Implemented {
                name: path.segments.last()?.ident.to_string().into(),
                types: block.items.iter().filter_map(types).collect(),
            }),
            Some(_) => return None,
            None => None,
        };
        match &of_trait {
            None => inside.members = block.items.iter().filter_map(|item| self.impl_member(item)).collect(),
            Some(known) if &*known.name == "Deref" => {
                let deref = known.types.first().map(|(_, target)| target.clone());
                return Some(Implementation { of, block: inside, of_trait: None, deref });
            }
            Some(_) => {}
        }
        Some(Implementation { of, block: inside, of_trait, deref: None })
    }
}
