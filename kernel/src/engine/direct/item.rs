//! One item of a cell (function, struct, impl, …) as it is kept for later cells.

use std::collections::HashSet;
use std::sync::Arc;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Fields, ImplItem, Item as Syntax, TraitItem};

use super::layout::{decides_layout, layout_of};
use super::names::mentioned;
use super::source::{Edit, Piece, pieces};
use crate::cell::CellText;
use crate::engine::Definition;

/// The three namespaces of Rust. Two items with one name in one namespace exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Namespace {
    Type,
    Value,
    Macro,
}

/// What decides whether an item is part of a later program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// One of these names is mentioned.
    ByName(Vec<String>),
    /// An impl: its type and its trait decide, as far as they are items of cells. These are the names that might be.
    AsImpl { of: HashSet<String>, for_trait: HashSet<String> },
    /// Always: nobody can tell what an item macro defines.
    Always,
}

/// Tokens with the names in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens {
    pub text: String,
    pub mentions: HashSet<String>,
}

impl Tokens {
    pub fn new(tokens: TokenStream) -> Self {
        Tokens { text: tokens.to_string(), mentions: mentioned(tokens) }
    }
}

/// An item.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// An item replaces the earlier one with the same key.
    pub key: String,
    /// How to call it in a message: `struct Point`.
    pub title: String,
    pub defines: Vec<(Namespace, String)>,
    pub reached: Reached,
    /// All of it. Two texts with the same tokens are the same item.
    pub tokens: Tokens,
    /// That of it on which the layout of a type can depend, see `layout_of`.
    pub layout: Tokens,
    pub pieces: Vec<Piece>,
    /// Set for what lives in one place: how other cells refer to it.
    pub declaration: Option<Declaration>,
}

/// How a cell refers to a static that another one defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declaration {
    /// `safe static N: AtomicU32;`
    Static(String),
    /// The name and the type of one in `thread_local!`.
    ThreadLocal(String, String),
}

impl Item {
    /// The item as its user wrote it; `None` if nothing of it is.
    pub fn definition(&self) -> Option<Definition> {
        let (mut cell, mut source, mut end) = (None, String::new(), None);
        for piece in &self.pieces {
            if let Piece::User(place) = piece {
                cell = cell.or(Some(place.cell.number));
                // Between the head of an `impl` block and one of its members.
                if end.replace(place.range.end).is_some_and(|end| end != place.range.start) {
                    source.push_str("\n    ");
                }
                source.push_str(&place.cell.text[place.range.clone()]);
            }
        }
        // Behind the one member of an `impl` block that was taken apart.
        if self.pieces.last() == Some(&end_of_block()) {
            source.push_str("\n}");
        }
        cell.map(|cell| Definition { cell, source })
    }
}

/// Begins what stands behind a `macro_rules!` so that all of the program can use it.
pub const IMPORT_OF_MACRO: &str = "pub(crate) use ";

fn end_of_block() -> Piece {
    Piece::Glue("}\n".to_owned())
}

/// Takes an item of a cell apart into what is kept: mostly one, for an `impl` without trait one for each member, so that
/// a later cell can add a method or replace one.
pub fn items_of(item: &Syntax, cell: &Arc<CellText>, edits: &[Edit]) -> Vec<Item> {
    let maker = Maker { item, cell, edits };
    match item {
        Syntax::Impl(block) if block.trait_.is_none() => maker.members(block),
        Syntax::Impl(block) => vec![maker.trait_impl(block)],
        _ => vec![maker.plain()],
    }
}

/// Something of which nobody knows what it defines.
fn unnamed(tokens: Tokens, mut pieces: Vec<Piece>) -> Item {
    pieces.push(Piece::Glue("\n".to_owned()));
    Item {
        key: format!("unnamed {}", tokens.text),
        title: "a macro call".to_owned(),
        defines: Vec::new(),
        reached: Reached::Always,
        layout: tokens.clone(),
        tokens,
        pieces,
        declaration: None,
    }
}

struct Maker<'a> {
    item: &'a Syntax,
    cell: &'a Arc<CellText>,
    edits: &'a [Edit],
}

impl Maker<'_> {
    fn whole(&self) -> Vec<Piece> {
        let mut pieces = pieces(self.cell, self.item.span().byte_range(), self.edits);
        pieces.push(Piece::Glue("\n".to_owned()));
        pieces
    }

    fn plain(&self) -> Item {
        let tokens = Tokens::new(self.item.to_token_stream());
        let Some((title, name, spaces)) = named(self.item) else { return unnamed(tokens, self.whole()) };
        let mut names = vec![name.clone()];
        let mut pieces = self.whole();
        if let Syntax::Trait(node) = self.item {
            // A call `x.area()` needs the trait and does not name it.
            names.extend(node.items.iter().filter_map(member_name));
        }
        if let Syntax::Macro(_) = self.item {
            // Makes the macro known to all of the program, not only to what stands behind it.
            pieces.push(Piece::Glue(format!("{IMPORT_OF_MACRO}{name};\n")));
        }
        Item {
            key: format!(
                "{} {name}",
                if spaces.contains(&Namespace::Type) {
                    "type"
                } else {
                    title.split(' ').next().unwrap_or("")
                }
            ),
            title,
            defines: spaces.into_iter().map(|space| (space, name.clone())).collect(),
            reached: Reached::ByName(names),
            layout: layout_of(self.item),
            tokens,
            pieces,
            declaration: self.declaration().map(Declaration::Static),
        }
    }

    /// `static N: AtomicU32 = …;` → `safe static N: AtomicU32;`
    fn declaration(&self) -> Option<String> {
        let Syntax::Static(node) = self.item else { return None };
        let safety = match node.mutability {
            syn::StaticMutability::None => "safe static",
            _ => "static mut",
        };
        Some(format!(
            "{} {safety} {}: {};",
            node.vis.to_token_stream(),
            node.ident,
            node.ty.to_token_stream()
        ))
    }

    fn trait_impl(&self, block: &syn::ItemImpl) -> Item {
        let target = block.self_ty.to_token_stream();
        let of_trait = block.trait_.as_ref().map(|(_, path, _)| path.to_token_stream()).unwrap_or_default();
        let title = format!("impl {} for {}", tidy(&of_trait), tidy(&target));
        Item {
            key: title.clone(),
            title,
            defines: Vec::new(),
            reached: Reached::AsImpl { of: mentioned(target), for_trait: mentioned(of_trait) },
            tokens: Tokens::new(block.to_token_stream()),
            layout: layout_of(self.item),
            pieces: self.whole(),
            declaration: None,
        }
    }

    fn members(&self, block: &syn::ItemImpl) -> Vec<Item> {
        let whole = self.item.span().byte_range();
        let header =
            pieces(self.cell, whole.start..block.brace_token.span.open().byte_range().end, self.edits);
        let target = block.self_ty.to_token_stream();
        let of = mentioned(target.clone());
        let empty = syn::ItemImpl { items: Vec::new(), ..block.clone() };
        let make = |member: &ImplItem| {
            let name = impl_member_name(member).unwrap_or_else(|| member.to_token_stream().to_string());
            let title = format!("impl {}::{name}", tidy(&target));
            let alone = syn::ItemImpl { items: vec![member.clone()], ..empty.clone() };
            let tokens = Tokens::new(alone.to_token_stream());
            let mut all = header.clone();
            all.extend(pieces(self.cell, member.span().byte_range(), self.edits));
            all.push(end_of_block());
            Item {
                key: title.clone(),
                title,
                defines: Vec::new(),
                reached: Reached::AsImpl { of: of.clone(), for_trait: HashSet::new() },
                layout: if decides_layout(member) { tokens.clone() } else { Tokens::default() },
                tokens,
                pieces: all,
                declaration: None,
            }
        };
        block.items.iter().map(make).collect()
    }
}

/// What an item is called in a message, its name, and where that name holds; `None` for an item without a name.
pub fn named(item: &Syntax) -> Option<(String, String, Vec<Namespace>)> {
    use Namespace::{Macro, Type, Value};
    let named = |kind: &str, ident: &syn::Ident, spaces: &[Namespace]| {
        Some((format!("{kind} {ident}"), ident.to_string(), spaces.to_vec()))
    };
    match item {
        Syntax::Const(node) if node.ident != "_" => named("const", &node.ident, &[Value]),
        Syntax::Enum(node) => named("enum", &node.ident, &[Type]),
        Syntax::ExternCrate(node) => {
            let name = node.rename.as_ref().map_or(&node.ident, |(_, name)| name);
            named("extern crate", name, &[Type])
        }
        Syntax::Fn(node) => named("fn", &node.sig.ident, &[Value]),
        Syntax::Mod(node) => named("mod", &node.ident, &[Type]),
        Syntax::Static(node) => named("static", &node.ident, &[Value]),
        Syntax::Struct(node) if matches!(node.fields, Fields::Named(_)) => {
            named("struct", &node.ident, &[Type])
        }
        Syntax::Struct(node) => named("struct", &node.ident, &[Type, Value]),
        Syntax::Trait(node) => named("trait", &node.ident, &[Type]),
        Syntax::TraitAlias(node) => named("trait", &node.ident, &[Type]),
        Syntax::Type(node) => named("type", &node.ident, &[Type]),
        Syntax::Union(node) => named("union", &node.ident, &[Type]),
        Syntax::Macro(node) => named("macro", node.ident.as_ref()?, &[Macro]),
        _ => None,
    }
}

/// Tokens as a person would write a type.
fn tidy(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    let mut text = text.replace(" :: ", "::").replace(" < ", "<").replace(" >", ">").replace(" ,", ",");
    text = text.replace("& ", "&");
    text
}

fn member_name(member: &TraitItem) -> Option<String> {
    match member {
        TraitItem::Const(node) => Some(node.ident.to_string()),
        TraitItem::Fn(node) => Some(node.sig.ident.to_string()),
        TraitItem::Type(node) => Some(node.ident.to_string()),
        _ => None,
    }
}

fn impl_member_name(member: &ImplItem) -> Option<String> {
    match member {
        ImplItem::Const(node) => Some(node.ident.to_string()),
        ImplItem::Fn(node) => Some(node.sig.ident.to_string()),
        ImplItem::Type(node) => Some(node.ident.to_string()),
        _ => None,
    }
}
