//! From Rust source to names: declarations on one line, documentation, members, `impl`s and imports. The same for a
//! library's files and for the items of cells.

use std::collections::HashSet;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::{
    Attribute, Fields, ImplItem, Item, ItemImpl, Signature, TraitItem, Type, UseTree, Visibility,
};

use super::docs::from_attributes;
use super::entry::{Block, Class, Entry, Implemented, Kind};

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
    pub path: Vec<String>,
    /// `None` for `*`.
    pub name: Option<String>,
}

/// Reads a source; `None` if it is not Rust.
pub fn scan(text: &str, choice: &Choice) -> Option<Scan> {
    // Positions would otherwise be kept for the life of the thread.
    proc_macro2::extra::invalidate_current_thread_spans();
    let file = syn::parse_file(text).ok()?;
    Some(Scanner { text, choice }.items(&file.items))
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
                leaves(&node.tree, &mut Vec::new(), &mut |path, name| {
                    scan.uses.push(Use { public, path: path.to_vec(), name });
                });
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

    fn named(&self, item: &Item) -> Option<Entry> {
        let generics = |generics: &syn::Generics| {
            format!("{}{}", self.slice(generics), self.after(&generics.where_clause))
        };
        let (vis, attrs, ident, kind, rest) = match item {
            Item::Const(node) => (&node.vis, &node.attrs, &node.ident, Kind::Const, self.constant(&node.ty, &node.expr)),
            Item::Static(node) => (&node.vis, &node.attrs, &node.ident, Kind::Static, self.constant(&node.ty, &node.expr)),
            Item::Fn(node) => (&node.vis, &node.attrs, &node.sig.ident, Kind::Function, String::new()),
            Item::Struct(node) => (&node.vis, &node.attrs, &node.ident, Kind::Struct, generics(&node.generics) + &self.fields(&node.fields)),
            Item::Union(node) => (&node.vis, &node.attrs, &node.ident, Kind::Union, generics(&node.generics)),
            Item::Enum(node) => (&node.vis, &node.attrs, &node.ident, Kind::Enum, generics(&node.generics) + &self.variants(node)),
            Item::Trait(node) => {
                let supertraits = if node.supertraits.is_empty() { String::new() } else { format!(": {}", self.slice(&node.supertraits)) };
                (&node.vis, &node.attrs, &node.ident, Kind::Trait, self.slice(&node.generics) + &supertraits)
            }
            Item::Type(node) => (&node.vis, &node.attrs, &node.ident, Kind::Alias, format!("{} = {}", self.slice(&node.generics), self.slice(&node.ty))),
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

    fn entry(&self, name: &str, kind: Kind, declaration: String, attrs: &[Attribute]) -> Entry {
        Entry {
            name: name.into(),
            kind,
            declaration: declaration.into(),
            docs: super::entry::Docs::Text(from_attributes(attrs)),
            ..Entry::default()
        }
    }

    fn class(&self, item: &Item) -> Option<Class> {
        let (generics, members) = match item {
            Item::Struct(node) => (&node.generics, self.field_entries(&node.fields)),
            Item::Union(node) => (&node.generics, self.named_fields(&node.fields)),
            Item::Enum(node) => (&node.generics, node.variants.iter().filter(|v| self.present(&v.attrs)).map(|variant| self.variant(variant)).collect()),
            Item::Trait(node) => (&node.generics, node.items.iter().filter_map(|item| self.trait_member(item)).collect()),
            Item::Type(node) => (&node.generics, Vec::new()),
            _ => return None,
        };
        let parameters: Vec<Box<str>> = generics.params.iter().filter_map(|parameter| match parameter {
            syn::GenericParam::Type(node) => Some(node.ident.to_string().into()),
            syn::GenericParam::Const(node) => Some(node.ident.to_string().into()),
            syn::GenericParam::Lifetime(_) => None,
        }).collect();
        let of = match item {
            Item::Struct(syn::ItemStruct { ident, .. }) | Item::Enum(syn::ItemEnum { ident, .. }) | Item::Union(syn::ItemUnion { ident, .. }) if !parameters.is_empty() => format!("{ident}<{}>", parameters.join(", ")),
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
                .map(|(at, field)| self.entry(&at.to_string(), Kind::Field, format!("{at}: {}", self.slice(&field.ty)), &field.attrs))
                .collect(),
            Fields::Unit => Vec::new(),
        }
    }

    fn named_fields(&self, fields: &syn::FieldsNamed) -> Vec<Entry> {
        let shown = fields.named.iter().filter(|field| self.visible(&field.vis) && self.present(&field.attrs) && !hidden(&field.attrs));
        shown.filter_map(|field| {
            let name = field.ident.as_ref()?.to_string();
            Some(self.entry(&name, Kind::Field, format!("{name}: {}", self.slice(&field.ty)), &field.attrs))
        }).collect()
    }

    fn variant(&self, variant: &syn::Variant) -> Entry {
        let name = variant.ident.to_string();
        let fields = match &variant.fields {
            Fields::Unit => String::new(),
            Fields::Named(fields) => format!(" {}", self.slice(fields)),
            Fields::Unnamed(fields) => self.slice(fields),
        };
        self.entry(&name, Kind::Variant, format!("{name}{fields}"), &variant.attrs)
    }

    fn trait_member(&self, item: &TraitItem) -> Option<Entry> {
        match item {
            TraitItem::Fn(node) => self.function(&node.sig, &node.attrs),
            TraitItem::Const(node) => self.associated(&node.attrs, &node.ident, Kind::Const, format!("const {}: {}", node.ident, self.slice(&node.ty))),
            TraitItem::Type(node) => self.associated(&node.attrs, &node.ident, Kind::Alias, format!("type {}", node.ident)),
            _ => None,
        }
    }

    fn function(&self, sig: &Signature, attrs: &[Attribute]) -> Option<Entry> {
        let kind = if sig.receiver().is_some() { Kind::Method } else { Kind::Function };
        let shown = self.present(attrs) && !hidden(attrs);
        shown.then(|| self.entry(&sig.ident.to_string(), kind, self.signature(sig), attrs))
    }

    fn associated(&self, attrs: &[Attribute], ident: &syn::Ident, kind: Kind, declaration: String) -> Option<Entry> {
        (self.present(attrs) && !hidden(attrs)).then(|| self.entry(&ident.to_string(), kind, declaration, attrs))
    }

    fn implementation(&self, block: &ItemImpl) -> Option<Implementation> {
        if !self.present(&block.attrs) || hidden(&block.attrs) {
            return None;
        }
        let of = last_word(&block.self_ty)?;
        let mut inside = Block { of: self.slice(&block.self_ty).into(), members: Vec::new() };
        let types = |item: &ImplItem| match item {
            ImplItem::Type(node) => Some((Box::from(node.ident.to_string()), Box::from(self.slice(&node.ty)))),
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

    fn impl_member(&self, item: &ImplItem) -> Option<Entry> {
        match item {
            ImplItem::Fn(node) if self.visible(&node.vis) => self.function(&node.sig, &node.attrs),
            ImplItem::Const(node) if self.visible(&node.vis) => {
                self.associated(&node.attrs, &node.ident, Kind::Const, format!("const {}{}", node.ident, self.constant(&node.ty, &node.expr)))
            }
            _ => None,
        }
    }

    fn signature(&self, sig: &Signature) -> String {
        self.slice(sig)
    }

    fn constant(&self, ty: &Type, value: &syn::Expr) -> String {
        let value = self.slice(value);
        if value.chars().count() <= 40 { format!(": {} = {value}", self.slice(ty)) } else { format!(": {}", self.slice(ty)) }
    }

    fn fields(&self, fields: &Fields) -> String {
        match fields {
            Fields::Unit => String::new(),
            _ => {
                let shown: Vec<String> = self.field_entries(fields).iter().map(|field| field.declaration.to_string()).collect();
                let some_hidden = shown.len() < fields.len();
                let named = matches!(fields, Fields::Named(_));
                list(shown, some_hidden, named)
            }
        }
    }

    fn variants(&self, node: &syn::ItemEnum) -> String {
        let shown = node.variants.iter().map(|variant| self.variant(variant).declaration.to_string()).collect();
        list(shown, false, true)
    }

    fn after(&self, clause: &Option<syn::WhereClause>) -> String {
        clause.as_ref().map(|clause| format!(" {}", self.slice(clause))).unwrap_or_default()
    }

    /// Source text on one line.
    fn slice(&self, node: &impl Spanned) -> String {
        let Range { start, end } = node.span().byte_range();
        one_line(self.text.get(start..end).unwrap_or(""))
    }

    fn visible(&self, vis: &Visibility) -> bool {
        !self.choice.public || matches!(vis, Visibility::Public(_))
    }

    fn present(&self, attrs: &[Attribute]) -> bool {
        attrs.iter().all(|attribute| !attribute.path().is_ident("cfg") || attribute.parse_args().is_ok_and(|meta| self.holds(&meta)))
    }

    /// Whether a condition of `#[cfg]` holds, for the library as it is built on Unix.
    fn holds(&self, meta: &syn::Meta) -> bool {
        use syn::punctuated::Punctuated;
        match meta {
            syn::Meta::Path(path) => path.is_ident("unix") || path.is_ident("panic"),
            syn::Meta::NameValue(pair) if pair.path.is_ident("feature") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) => self.choice.features.contains(&name.value()),
                _ => false,
            },
            syn::Meta::NameValue(pair) => {
                let value = self.slice(&pair.value);
                ["\"64\"", "\"unix\"", "\"linux\"", "\"little\"", "\"8\"", "\"ptr\""].contains(&value.as_str())
            }
            syn::Meta::List(list) => {
                let Ok(all) = list.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated) else { return false };
                match list.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("all") => all.iter().all(|meta| self.holds(meta)),
                    Some("any") => all.iter().any(|meta| self.holds(meta)),
                    Some("not") => !all.iter().any(|meta| self.holds(meta)),
                    _ => false,
                }
            }
        }
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
        (all, false) => format!("({})", all.iter().map(|field| field.split_once(": ").map_or(field.as_str(), |(_, ty)| ty)).collect::<Vec<_>>().join(", ")),
    }
}

/// The traits of `#[derive]`.
fn derived(attrs: &[Attribute]) -> Vec<Implemented> {
    use syn::punctuated::Punctuated;
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let paths = lists.filter_map(|list| list.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated).ok());
    let names = paths.flatten().filter_map(|path| Some(path.segments.last()?.ident.to_string()));
    names.map(|name| Implemented { name: name.into(), types: Vec::new() }).collect()
}

/// The name under which the members of a type are kept.
pub fn last_word(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Slice(_) => Some("slice".to_owned()),
        Type::Array(_) => Some("array".to_owned()),
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Paren(inside) => last_word(&inside.elem),
        Type::Group(inside) => last_word(&inside.elem),
        Type::TraitObject(object) => bound(&object.bounds),
        Type::ImplTrait(object) => bound(&object.bounds),
        _ => None,
    }
}

fn bound<S>(bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, S>) -> Option<String> {
    bounds.iter().find_map(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => Some(bound.path.segments.last()?.ident.to_string()),
        _ => None,
    })
}

fn hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "hidden")
    })
}

fn path_attribute(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}

fn leaves(tree: &UseTree, path: &mut Vec<String>, found: &mut impl FnMut(&[String], Option<String>)) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            leaves(&step.tree, path, found);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, path, found)),
        UseTree::Glob(_) => found(path, None),
        UseTree::Name(leaf) if leaf.ident == "self" => found(path, path.last().cloned()),
        UseTree::Name(leaf) => {
            path.push(leaf.ident.to_string());
            found(path, Some(leaf.ident.to_string()));
            path.pop();
        }
        UseTree::Rename(leaf) => {
            let itself = leaf.ident == "self";
            if !itself {
                path.push(leaf.ident.to_string());
            }
            found(path, Some(leaf.rename.to_string()));
            if !itself {
                path.pop();
            }
        }
    }
}

/// Text without comments and line breaks.
pub fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    let words: Vec<String> = lines.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let mut line = words.join(" ");
    for (from, to) in [("( ", "("), (", )", ")"), (" )", ")"), ("< ", "<"), (", >", ">"), (" .", ".")] {
        if line.contains(from) {
            line = line.replace(from, to);
        }
    }
    line.trim_end_matches(',').to_owned()
}
