//! Attributes: conditions, what is hidden, what is derived.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta};

use super::Scanner;
use crate::names::entry::Implemented;

impl Scanner<'_> {
    pub(super) fn present(&self, attrs: &[Attribute]) -> bool {
        attrs.iter().all(|attribute| {
            !attribute.path().is_ident("cfg") || attribute.parse_args().is_ok_and(|meta| self.holds(&meta))
        })
    }

    /// Whether a condition of `#[cfg]` holds, for the library as it is built on Unix.
    fn holds(&self, meta: &Meta) -> bool {
        match meta {
            Meta::Path(path) => path.is_ident("unix") || path.is_ident("panic"),
            Meta::NameValue(pair) if pair.path.is_ident("feature") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) => {
                    self.choice.features.contains(&name.value())
                }
                _ => false,
            },
            Meta::NameValue(pair) => {
                let value = self.slice(&pair.value);
                ["\"64\"", "\"unix\"", "\"linux\"", "\"little\"", "\"8\"", "\"ptr\""]
                    .contains(&value.as_str())
            }
            Meta::List(list) => {
                let Ok(all) = list.parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated)
                else {
                    return false;
                };
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

/// The traits of `#[derive]`.
pub(super) fn derived(attrs: &[Attribute]) -> Vec<Implemented> {
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let paths = lists.filter_map(|list| {
        list.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated).ok()
    });
    let names = paths.flatten().filter_map(|path| Some(path.segments.last()?.ident.to_string()));
    names.map(|name| Implemented { name: name.into(), types: Vec::new() }).collect()
}

/// Whether nobody is to be led to it: hidden from the documentation, only in nightly, or deprecated.
pub(super) fn hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attribute| {
        let is = |name| attribute.path().is_ident(name);
        let hidden = || attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "hidden");
        is("unstable") || is("deprecated") || (is("doc") && hidden())
    })
}

pub(super) fn path_attribute(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}
