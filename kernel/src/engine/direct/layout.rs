//! What of an item can decide how a type lies in memory. Only when that changes, values of the type must go.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Fields, ImplItem, Item, ItemTrait, TraitItem};

use super::item::Tokens;
use super::names::mentioned;

/// The part of an item on which the layout of a type can depend. Empty text: none of it.
pub fn layout_of(item: &Item) -> Tokens {
    match item {
        // What runs while compiling can be the length of an array; any other function cannot.
        Item::Fn(node) if node.sig.constness.is_none() => Tokens::default(),
        Item::Struct(node) => {
            let mut node = node.clone();
            plain_attributes(&mut node.attrs);
            plain_fields(&mut node.fields);
            data(node.to_token_stream(), |names| names.visit_item_struct(&node))
        }
        Item::Enum(node) => {
            let mut node = node.clone();
            plain_attributes(&mut node.attrs);
            for variant in &mut node.variants {
                plain_attributes(&mut variant.attrs);
                plain_fields(&mut variant.fields);
            }
            data(node.to_token_stream(), |names| names.visit_item_enum(&node))
        }
        Item::Trait(node) => Tokens::new(without_bodies(node).to_token_stream()),
        Item::Impl(block) if block.trait_.is_some() => {
            let mut block = block.clone();
            block.items.retain(decides_layout);
            Tokens::new(block.to_token_stream())
        }
        _ => Tokens::new(item.to_token_stream()),
    }
}

/// Members of an `impl` on which the layout of a type can depend: those that are worked out while compiling.
pub fn decides_layout(member: &ImplItem) -> bool {
    match member {
        ImplItem::Fn(function) => function.sig.constness.is_some(),
        _ => true,
    }
}

/// The tokens of a struct or an enum, with the names in its types and sizes: those of its fields lead nowhere.
fn data(tokens: TokenStream, visit: impl FnOnce(&mut TypeNames)) -> Tokens {
    let mut names = TypeNames(HashSet::new());
    visit(&mut names);
    Tokens { text: tokens.to_string(), mentions: names.0 }
}

/// Leaves out documentation and derives: they add `impl`s, and a value that was made without them stays what it is.
fn plain_attributes(attributes: &mut Vec<Attribute>) {
    let says_nothing = |attribute: &Attribute| {
        let path = attribute.path();
        ["doc", "derive", "allow", "warn", "deny", "expect", "default"].iter().any(|name| path.is_ident(name))
    };
    attributes.retain(|attribute| !says_nothing(attribute));
}

fn plain_fields(fields: &mut Fields) {
    for field in fields {
        plain_attributes(&mut field.attrs);
        field.vis = syn::Visibility::Inherited;
    }
}

fn without_bodies(node: &ItemTrait) -> ItemTrait {
    let mut node = node.clone();
    for item in &mut node.items {
        if let TraitItem::Fn(function) = item {
            function.default = None;
        }
    }
    node
}

/// Collects the names in types, bounds and sizes, and in attributes, which may be macros.
struct TypeNames(HashSet<String>);

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_attribute(&mut self, node: &'ast Attribute) {
        self.0.extend(mentioned(node.to_token_stream()));
    }

    fn visit_type(&mut self, node: &'ast syn::Type) {
        self.0.extend(mentioned(node.to_token_stream()));
    }

    fn visit_expr(&mut self, node: &'ast syn::Expr) {
        self.0.extend(mentioned(node.to_token_stream()));
    }

    fn visit_generics(&mut self, node: &'ast syn::Generics) {
        self.0.extend(mentioned(node.to_token_stream()));
        visit::visit_generics(self, node);
    }

    fn visit_where_clause(&mut self, node: &'ast syn::WhereClause) {
        self.0.extend(mentioned(node.to_token_stream()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Tokens {
        layout_of(&syn::parse_str(text).unwrap())
    }

    #[test]
    fn derives_and_documentation_decide_nothing() {
        let plain = layout("struct P { x: f64 }");
        assert_eq!(
            layout("/// A point.\n#[derive(Debug, Clone)] struct P { /** across */ pub x: f64 }"),
            plain
        );
        assert_eq!(layout("#[derive(Default)] enum E { #[default] A }"), layout("enum E { A }"));
        assert_ne!(layout("#[repr(C)] struct P { x: f64 }"), plain);
        assert_ne!(layout("struct P { y: f64 }"), plain);
    }

    #[test]
    fn names_of_types_and_sizes_lead_on_and_those_of_fields_do_not() {
        let found = layout("struct P<T: Bound> where T: Other { name: Vec<[Inner; SIZE]>, b: T }").mentions;
        for name in ["Bound", "Other", "Vec", "Inner", "SIZE"] {
            assert!(found.contains(name), "{name}");
        }
        assert!(!found.contains("name") && !found.contains("b"));
    }

    #[test]
    fn functions_decide_nothing_unless_they_run_while_compiling() {
        assert_eq!(layout("fn f() -> Inner { x }"), Tokens::default());
        assert!(layout("const fn f() -> usize { SIZE }").mentions.contains("SIZE"));
    }
}
