//! Macro calls that stand as statements of a cell: some define items or variables, which later cells are to see.

use std::sync::Arc;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Block, Item as Syntax, MacroDelimiter, Pat, Stmt, StmtMacro};

use super::expand::expand;
use super::item::{Declaration, Item, Namespace, Reached, Tokens, named};
use super::layout::layout_of;
use super::names::mentioned;
use super::source::{Edit, Piece, pieces};
use crate::cell::CellText;

/// Macros that take items for data.
const QUOTES: [&str; 5] = ["quote", "quote_spanned", "parse_quote", "stringify", "concat"];

/// Words that begin an item.
const KEYWORDS: [&str; 11] =
    ["struct", "enum", "union", "static", "trait", "impl", "type", "fn", "const", "mod", "extern"];

/// Calls inside of calls are followed so far.
const DEPTH: usize = 16;

/// What a macro call makes.
#[derive(Debug)]
pub enum Made {
    Items(Vec<Item>),
    /// Variables, and whether they are mutable.
    Variables(Vec<(String, bool)>),
    /// A value, or nothing that later cells could see.
    Unknown,
}

/// Looks what a statement makes. `known` tells the rules of the session's own macros. A call that has not `ended` is the value of
/// its cell, unless its macro is known to make something else.
pub fn made_by(
    call: &StmtMacro,
    ended: bool,
    known: &dyn Fn(&str) -> Option<TokenStream>,
    cell: &Arc<CellText>,
    edits: &[Edit],
) -> Made {
    let Some(name) = call.mac.path.segments.last().map(|segment| segment.ident.to_string()) else {
        return Made::Unknown;
    };
    if name == "thread_local"
        && let Ok(items) =
            (|input: ParseStream<'_>| thread_locals(input, cell, edits)).parse2(call.mac.tokens.clone())
    {
        return Made::Items(items);
    }
    let source = || {
        let mut source = pieces(cell, call.span().byte_range(), edits);
        let closed = call.semi_token.is_some() || matches!(call.mac.delimiter, MacroDelimiter::Brace(_));
        source.push(Piece::Glue(if closed { "\n" } else { ";\n" }.to_owned()));
        source
    };
    if known(&name).is_some() {
        let Some(statements) = statements(call.mac.path.get_ident(), &call.mac.tokens, known, DEPTH) else {
            return Made::Unknown;
        };
        let items: Option<Vec<&Syntax>> = statements
            .iter()
            .map(|statement| match statement {
                // Others could not see a macro that a macro defines, and an import is no item of a table.
                Stmt::Item(Syntax::Macro(_) | Syntax::Use(_)) => None,
                Stmt::Item(item) => Some(item),
                _ => None,
            })
            .collect();
        return match items {
            Some(items) if !items.is_empty() => Made::Items(vec![of_items(call, &items, source())]),
            _ => of_variables(&statements, &call.mac.tokens),
        };
    }
    if ended && !QUOTES.contains(&name.as_str()) && begins_like_an_item(&call.mac.tokens) {
        let names: Vec<(Namespace, String)> = (defined_names(&call.mac.tokens).into_iter())
            .flat_map(|name| [(Namespace::Type, name.clone()), (Namespace::Value, name)])
            .collect();
        let tokens = Tokens::new(call.mac.to_token_stream());
        return Made::Items(vec![item(tokens.clone(), tokens, names, Reached::Always, source())]);
    }
    Made::Unknown
}

fn item(
    tokens: Tokens,
    layout: Tokens,
    defines: Vec<(Namespace, String)>,
    reached: Reached,
    pieces: Vec<Piece>,
) -> Item {
    let name = tokens.text.split(' ').next().unwrap_or_default();
    let title = format!("the call of `{name}!`");
    Item {
        key: format!("unnamed {}", tokens.text),
        title,
        defines,
        reached,
        tokens,
        layout,
        pieces,
        declaration: None,
    }
}

/// A call that makes nothing but these items.
fn of_items(call: &StmtMacro, made: &[&Syntax], pieces: Vec<Piece>) -> Item {
    let mut tokens = Tokens::new(call.mac.to_token_stream());
    let mut layout = Tokens::default();
    let mut defines = Vec::new();
    for one in made {
        let part = layout_of(one);
        layout.text += &part.text;
        layout.mentions.extend(part.mentions);
        tokens.mentions.extend(mentioned(one.to_token_stream()));
        if let Some((_, name, spaces)) = named(one) {
            defines.extend(spaces.into_iter().map(|space| (space, name.clone())));
        }
    }
    // An `impl` or a trait among them is needed where nobody names it.
    let by_name = made.iter().all(|one| named(one).is_some() && !matches!(one, Syntax::Trait(_)));
    let names: Vec<String> = defines.iter().map(|(_, name)| name.clone()).collect();
    let reached = if by_name { Reached::ByName(names) } else { Reached::Always };
    item(tokens, layout, defines, reached, pieces)
}

/// The variables of `let`s in an expansion; only those that the call names: others are invisible to it.
fn of_variables(statements: &[Stmt], arguments: &TokenStream) -> Made {
    let named = mentioned(arguments.clone());
    let mut found: Vec<(String, bool)> = Vec::new();
    for statement in statements {
        let Stmt::Local(local) = statement else { continue };
        let pattern = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            pattern => pattern,
        };
        if let Pat::Ident(variable) = pattern {
            let name = variable.ident.to_string();
            found.retain(|(earlier, _)| *earlier != name);
            found.extend(named.contains(&name).then_some((name, variable.mutability.is_some())));
        }
    }
    if found.is_empty() { Made::Unknown } else { Made::Variables(found) }
}

/// The statements that a call becomes.
fn statements(
    name: Option<&syn::Ident>,
    arguments: &TokenStream,
    known: &dyn Fn(&str) -> Option<TokenStream>,
    depth: usize,
) -> Option<Vec<Stmt>> {
    let expansion = expand(known(&name?.to_string())?, arguments)?;
    let mut all = Vec::new();
    for statement in Block::parse_within.parse2(expansion).ok()? {
        let inner = match &statement {
            Stmt::Macro(call) if depth > 0 => {
                statements(call.mac.path.get_ident(), &call.mac.tokens, known, depth - 1)
            }
            _ => None,
        };
        match inner {
            Some(inner) => all.extend(inner),
            None => all.push(statement),
        }
    }
    Some(all)
}

/// Whether the arguments of a macro begin as an item does, behind attributes and `pub`.
fn begins_like_an_item(arguments: &TokenStream) -> bool {
    let mut tokens = arguments.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => drop(tokens.next()),
            TokenTree::Ident(word) if word == "pub" => {
                tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
            }
            TokenTree::Ident(word) => return KEYWORDS.iter().any(|keyword| word == keyword),
            _ => return false,
        }
    }
    false
}

/// The names behind the words that begin items.
fn defined_names(arguments: &TokenStream) -> Vec<String> {
    let (mut names, mut begun) = (Vec::new(), false);
    for token in arguments.clone() {
        match &token {
            // `static ref NAME` of lazy_static
            TokenTree::Ident(word) if begun && (word == "ref" || word == "mut") => {}
            TokenTree::Ident(word) => {
                if begun {
                    names.push(word.to_string());
                }
                begun = KEYWORDS
                    .iter()
                    .any(|keyword| word == keyword && *keyword != "impl" && *keyword != "extern");
            }
            _ => begun = false,
        }
    }
    names
}

/// The statics in a `thread_local!`, each an item of its own that lives in one place.
fn thread_locals(input: ParseStream<'_>, cell: &Arc<CellText>, edits: &[Edit]) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        let attributes = input.call(syn::Attribute::parse_outer)?;
        let visibility: syn::Visibility = input.parse()?;
        let word: syn::Token![static] = input.parse()?;
        let name: syn::Ident = input.parse()?;
        input.parse::<syn::Token![:]>()?;
        let kind: syn::Type = input.parse()?;
        input.parse::<syn::Token![=]>()?;
        let value: syn::Expr = input.parse()?;
        input.parse::<Option<syn::Token![;]>>()?;
        let first = attributes.first().map_or_else(|| word.span(), |attribute| attribute.span());
        let start = match &visibility {
            syn::Visibility::Inherited => first.byte_range().start,
            shown => first.byte_range().start.min(shown.span().byte_range().start),
        };
        let mut source = vec![Piece::Glue("::std::thread_local! { ".to_owned())];
        source.extend(pieces(cell, start..value.span().byte_range().end, edits));
        source.push(Piece::Glue(" }\n".to_owned()));
        let all = [kind.to_token_stream(), value.to_token_stream()].into_iter().collect();
        let mut tokens = Tokens::new(all);
        tokens.text = format!("thread_local {name} {}", tokens.text);
        let name = name.to_string();
        items.push(Item {
            key: format!("static {name}"),
            title: format!("static {name}"),
            defines: vec![(Namespace::Value, name.clone())],
            reached: Reached::ByName(vec![name.clone()]),
            layout: tokens.clone(),
            tokens,
            pieces: source,
            declaration: Some(Declaration::ThreadLocal(name, kind.to_token_stream().to_string())),
        });
    }
    Ok(items)
}
