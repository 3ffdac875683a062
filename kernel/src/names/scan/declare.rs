//! Declarations on one line, and the members of types.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::{Attribute, Fields, GenericParam, ImplItem, Item, Signature, TraitItem, Type, Visibility};

use super::Scanner;
use super::attributes::{derived, hidden};
use crate::names::docs::from_attributes;
use crate::names::entry::{Block, Class, Docs, Entry, Kind};
use crate::names::types::one_line;

impl Scanner<'_> {
    pub(super) fn named(&self, item: &Item) -> Option<Entry> {
        let generics = |generics: &syn::Generics| {
            format!("{}{}", self.parameters(generics), self.after(&generics.where_clause))
        };
        let (vis, attrs, ident, kind, rest) = match item {
            Item::Const(node) => {
                (&node.vis, &node.attrs, &node.ident, Kind::Const, self.constant(&node.ty, &node.expr))
            }
            Item::Static(node) => {
                (&node.vis, &node.attrs, &node.ident, Kind::Static, self.constant(&node.ty, &node.expr))
            }
            Item::Fn(node) => (&node.vis, &node.attrs, &node.sig.ident, Kind::Function, String::new()),
            Item::Struct(node) => (
                &node.vis,
                &node.attrs,
                &node.ident,
                Kind::Struct,
                generics(&node.generics) + &self.fields(&node.fields),
            ),
            Item::Union(node) => (&node.vis, &node.attrs, &node.ident, Kind::Union, generics(&node.generics)),
            Item::Enum(node) => (
                &node.vis,
                &node.attrs,
                &node.ident,
                Kind::Enum,
                generics(&node.generics) + &self.variants(node),
            ),
            Item::Trait(node) => {
                let supertraits = if node.supertraits.is_empty() {
                    String::new()
                } else {
                    format!(": {}", self.slice(&node.supertraits))
                };
                (
                    &node.vis,
                    &node.attrs,
                    &node.ident,
                    Kind::Trait,
                    self.parameters(&node.generics) + &supertraits,
                )
            }
            Item::Type(node) => (
                &node.vis,
                &node.attrs,
                &node.ident,
                Kind::Alias,
                format!("{} = {}", self.parameters(&node.generics), self.slice(&node.ty)),
            ),
            _ => return None,
        };
        if !self.present(attrs) || !self.visible(vis) || hidden(attrs) {
            return None;
        }
        let name = ident.to_string();
        let declaration = match item {
            Item::Fn(node) => self.signature(&node.sig),
            _ => format!("{} {name}{rest}", word(kind)),
        };
        let mut entry = self.entry(&name, kind, declaration, attrs);
        entry.class = self.class(item).map(Box::new);
        Some(entry)
    }

    pub(super) fn entry(&self, name: &str, kind: Kind, declaration: String, attrs: &[Attribute]) -> Entry {
        Entry {
            name: name.into(),
            kind,
            declaration: declaration.into(),
            docs: Docs::Text(from_attributes(attrs)),
            ..Entry::default()
        }
    }

    pub(super) fn class(&self, item: &Item) -> Option<Class> {
        let (generics, members) = match item {
            Item::Struct(node) => (&node.generics, self.field_entries(&node.fields)),
            Item::Union(node) => (&node.generics, self.named_fields(&node.fields)),
            Item::Enum(node) => (
                &node.generics,
                node.variants
                    .iter()
                    .filter(|v| self.present(&v.attrs))
                    .map(|variant| self.variant(variant))
                    .collect(),
            ),
            Item::Trait(node) => {
                (&node.generics, node.items.iter().filter_map(|item| self.trait_member(item)).collect())
            }
            Item::Type(node) => (&node.generics, Vec::new()),
            _ => return None,
        };
        let parameters: Vec<Box<str>> = generics
            .params
            .iter()
            .filter_map(|parameter| match parameter {
                syn::GenericParam::Type(node) => Some(node.ident.to_string().into()),
                syn::GenericParam::Const(node) => Some(node.ident.to_string().into()),
                syn::GenericParam::Lifetime(_) => None,
            })
            .collect();
        let of = match item {
            Item::Struct(syn::ItemStruct { ident, .. })
            | Item::Enum(syn::ItemEnum { ident, .. })
            | Item::Union(syn::ItemUnion { ident, .. })
                if !parameters.is_empty() =>
            {
                format!("{ident}<{}>", parameters.join(", "))
            }
            _ => String::new(),
        };
        let attrs = match item {
            Item::Struct(node) => node.attrs.as_slice(),
            Item::Enum(node) => node.attrs.as_slice(),
            _ => &[],
        };
        let blocks = if members.is_empty() { Vec::new() } else { vec![Block { of: of.into(), members }] };
        Some(Class { parameters, blocks, traits: derived(attrs), deref: None })
    }

    fn field_entries(&self, fields: &Fields) -> Vec<Entry> {
        match fields {
            Fields::Named(fields) => self.named_fields(fields),
            Fields::Unnamed(fields) => (fields.unnamed.iter().enumerate())
                .filter(|(_, field)| self.visible(&field.vis))
                .map(|(at, field)| {
                    self.entry(
                        &at.to_string(),
                        Kind::Field,
                        format!("{at}: {}", self.slice(&field.ty)),
                        &field.attrs,
                    )
                })
                .collect(),
            Fields::Unit => Vec::new(),
        }
    }

    fn named_fields(&self, fields: &syn::FieldsNamed) -> Vec<Entry> {
        let shown = fields
            .named
            .iter()
            .filter(|field| self.visible(&field.vis) && self.present(&field.attrs) && !hidden(&field.attrs));
        shown
            .filter_map(|field| {
                let name = field.ident.as_ref()?.to_string();
                Some(self.entry(
                    &name,
                    Kind::Field,
                    format!("{name}: {}", self.slice(&field.ty)),
                    &field.attrs,
                ))
            })
            .collect()
    }

    fn variant(&self, variant: &syn::Variant) -> Entry {
        let name = variant.ident.to_string();
        let types = |field: &syn::Field| match &field.ident {
            Some(name) => format!("{name}: {}", self.slice(&field.ty)),
            None => self.slice(&field.ty),
        };
        let inside: Vec<String> = variant.fields.iter().map(types).collect();
        let fields = match &variant.fields {
            Fields::Unit => String::new(),
            Fields::Named(_) => format!(" {{ {} }}", inside.join(", ")),
            Fields::Unnamed(_) => format!("({})", inside.join(", ")),
        };
        self.entry(&name, Kind::Variant, format!("{name}{fields}"), &variant.attrs)
    }

    fn trait_member(&self, item: &TraitItem) -> Option<Entry> {
        match item {
            TraitItem::Fn(node) => self.function(&node.sig, &node.attrs),
            TraitItem::Const(node) => self.associated(
                &node.attrs,
                &node.ident,
                Kind::Const,
                format!("const {}: {}", node.ident, self.slice(&node.ty)),
            ),
            TraitItem::Type(node) => {
                self.associated(&node.attrs, &node.ident, Kind::Alias, format!("type {}", node.ident))
            }
            _ => None,
        }
    }

    fn function(&self, sig: &Signature, attrs: &[Attribute]) -> Option<Entry> {
        let kind = if sig.receiver().is_some() { Kind::Method } else { Kind::Function };
        let shown = self.present(attrs) && !hidden(attrs);
        shown.then(|| self.entry(&sig.ident.to_string(), kind, self.signature(sig), attrs))
    }

    fn associated(
        &self,
        attrs: &[Attribute],
        ident: &syn::Ident,
        kind: Kind,
        declaration: String,
    ) -> Option<Entry> {
        (self.present(attrs) && !hidden(attrs))
            .then(|| self.entry(&ident.to_string(), kind, declaration, attrs))
    }

    pub(super) fn impl_member(&self, item: &ImplItem) -> Option<Entry> {
        match item {
            ImplItem::Fn(node) if self.visible(&node.vis) => self.function(&node.sig, &node.attrs),
            ImplItem::Const(node) if self.visible(&node.vis) => self.associated(
                &node.attrs,
                &node.ident,
                Kind::Const,
                format!("const {}{}", node.ident, self.constant(&node.ty, &node.expr)),
            ),
            _ => None,
        }
    }

    fn signature(&self, sig: &Signature) -> String {
        self.slice(sig)
    }

    fn constant(&self, ty: &Type, value: &syn::Expr) -> String {
        let value = self.slice(value);
        if value.chars().count() <= 40 {
            format!(": {} = {value}", self.slice(ty))
        } else {
            format!(": {}", self.slice(ty))
        }
    }

    fn fields(&self, fields: &Fields) -> String {
        match fields {
            Fields::Unit => String::new(),
            _ => {
                let shown: Vec<String> =
                    self.field_entries(fields).iter().map(|field| field.declaration.to_string()).collect();
                let some_hidden = shown.len() < fields.len();
                let named = matches!(fields, Fields::Named(_));
                list(shown, some_hidden, named)
            }
        }
    }

    fn variants(&self, node: &syn::ItemEnum) -> String {
        let shown =
            node.variants.iter().map(|variant| self.variant(variant).declaration.to_string()).collect();
        list(shown, false, true)
    }

    fn after(&self, clause: &Option<syn::WhereClause>) -> String {
        clause.as_ref().map(|clause| format!(" {}", self.slice(clause))).unwrap_or_default()
    }

    /// Source text on one line.
    pub(super) fn slice(&self, node: &impl Spanned) -> String {
        let Range { start, end } = node.span().byte_range();
        one_line(&self.text.get(start..end).unwrap_or("").replace("[const] ", ""))
    }

    /// `<T, S>`, without those that only the standard library's own compiler may name (`#[unstable]`).
    fn parameters(&self, generics: &syn::Generics) -> String {
        let attributes = |parameter: &GenericParam| match parameter {
            GenericParam::Type(node) => node.attrs.clone(),
            GenericParam::Lifetime(node) => node.attrs.clone(),
            GenericParam::Const(node) => node.attrs.clone(),
        };
        let stable = |parameter: &&GenericParam| {
            !attributes(parameter).iter().any(|attribute| attribute.path().is_ident("unstable"))
        };
        let shown: Vec<String> =
            generics.params.iter().filter(stable).map(|parameter| self.slice(parameter)).collect();
        if shown.is_empty() { String::new() } else { format!("<{}>", shown.join(", ")) }
    }

    fn visible(&self, vis: &Visibility) -> bool {
        !self.choice.public || matches!(vis, Visibility::Public(_))
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Const => "const",
        Kind::Static => "static",
        Kind::Struct => "struct",
        Kind::Union => "union",
        Kind::Enum => "enum",
        Kind::Trait => "trait",
        Kind::Alias => "type",
        Kind::Module => "mod",
        Kind::Macro => "macro",
        Kind::Function | Kind::Method => "fn",
        Kind::Field | Kind::Variant => "",
    }
}

/// What stands in the braces of a struct or an enum, if it is not too much for one line.
fn list(mut shown: Vec<String>, some_hidden: bool, braces: bool) -> String {
    const MOST: usize = 8;
    if some_hidden || shown.len() > MOST {
        shown.truncate(MOST);
        shown.push("…".to_owned());
    }
    let inside = shown.join(", ");
    match (shown.as_slice(), braces) {
        ([only], _) if only == "…" => String::new(),
        (_, true) => format!(" {{ {inside} }}"),
        (all, false) => format!(
            "({})",
            all.iter()
                .map(|field| field.split_once(": ").map_or(field.as_str(), |(_, ty)| ty))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
