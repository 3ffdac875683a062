//! What the text of a cell itself defines above the cursor: `let`s, parameters, and its items.

use syn::{Expr, Local as Let, Pat, Stmt};

use super::entry::Source;
use super::index::Index;
use super::infer::type_of;
use super::scan::{Choice, Scan, Use, scan};
use super::text::{Sort, Token, closing, tokens};
use super::types::{of_tokens, parse, shape, tuple};
use super::world::World;

/// A variable of the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    pub name: String,
    pub type_name: Option<String>,
}

/// The items and imports of a text that need not be whole.
pub fn items(text: &str) -> (Index, Vec<Use>) {
    let all: Vec<Token<'_>> = tokens(text);
    let (mut scan_of_all, mut uses) = (Scan::default(), Vec::new());
    let (mut start, mut at) = (0, 0);
    while at < all.len() {
        let end = match all[at].text {
            "(" | "[" if all[at].sort == Sort::Sign => {
                at = closing(&all, at) + 1;
                continue;
            }
            "{" if all[at].sort == Sort::Sign => closing(&all, at),
            ";" => at,
            _ => {
                at += 1;
                continue;
            }
        };
        let Some(last) = all.get(end) else { break };
        add(&text[start..last.end()], &mut scan_of_all, &mut uses);
        start = last.end();
        at = end + 1;
    }
    (Index::of_scan(scan_of_all), uses)
}

fn add(part: &str, all: &mut Scan, uses: &mut Vec<Use>) {
    const ITEMS: [&str; 13] = [
        "fn",
        "struct",
        "enum",
        "impl",
        "trait",
        "mod",
        "const",
        "static",
        "type",
        "use",
        "macro_rules",
        "union",
        "pub",
    ];
    let is_item = tokens(part).iter().any(|token| token.sort == Sort::Word && ITEMS.contains(&token.text));
    if !is_item || parse::<syn::File>(part).is_none() {
        return;
    }
    let Some(mut found) = scan(part, &Choice::default()) else { return };
    uses.append(&mut found.uses);
    all.add(found, |entry| entry.source = Some(Box::new(Source { cell: None, text: part.trim().into() })));
}

/// Adds the variables above the end of `text` to the world, and what stands for `self`.
pub fn collect(world: &mut World<'_>, text: &str) {
    let all: Vec<Token<'_>> = tokens(text).into_iter().filter(|token| token.sort != Sort::Hidden).collect();
    let mut marks = Vec::new();
    let mut waiting: Vec<Local> = Vec::new();
    let mut own = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let token = &all[at];
        match token.text {
            "{" if token.sort == Sort::Sign => {
                marks.push(world.locals.len());
                world.locals.append(&mut waiting);
            }
            "}" if token.sort == Sort::Sign => {
                if let Some(mark) = marks.pop() {
                    world.locals.truncate(mark);
                }
                if own.last().is_some_and(|(depth, _)| *depth > marks.len()) {
                    own.pop();
                }
            }
            "let" if token.sort == Sort::Word => {
                let condition = at > 0 && matches!(all[at - 1].text, "if" | "while" | "&");
                if condition {
                    let end = (at..all.len()).find(|i| all[*i].is("=")).unwrap_or(all.len());
                    waiting.extend(
                        all[at + 1..end]
                            .iter()
                            .filter(|t| is_variable(t))
                            .map(|t| Local { name: t.text.to_owned(), type_name: None }),
                    );
                } else if let Some(end) = end_of_statement(&all, at) {
                    let part = &text[token.start..all[end].end()];
                    if let Some(Statement(Stmt::Local(node))) = parse(part) {
                        bind_let(world, &node);
                    }
                }
            }
            "for" if token.sort == Sort::Word => waiting.extend(loop_variable(world, text, &all, at)),
            "fn" if token.sort == Sort::Word => {
                if let Some(open) = (at..all.len()).find(|i| all[*i].is("(")) {
                    waiting =
                        parameters(text, &all, open, own.last().map(|(_, ty): &(usize, String)| ty.as_str()));
                    at = open;
                }
            }
            "impl" if token.sort == Sort::Word => {
                if let Some(open) = (at..all.len()).find(|i| all[*i].is("{")) {
                    let header = format!("{} }}", &text[token.start..all[open].end()]);
                    if let Some(block) = parse::<syn::ItemImpl>(&header) {
                        own.push((marks.len() + 1, of_tokens(&*block.self_ty)));
                    }
                }
            }
            "|" if opens_closure(&all, at) => {
                let end = (at + 1..all.len()).find(|i| all[*i].is("|"));
                if let Some(end) = end {
                    world.locals.extend(closure_parameters(text, &all, at, end));
                    at = end;
                }
            }
            _ => {}
        }
        at += 1;
    }
    world.locals.append(&mut waiting);
    if let Some((_, ty)) = own.last() {
        world.locals.insert(0, Local { name: "Self".to_owned(), type_name: Some(ty.clone()) });
    }
}

/// syn parses statements only as parts of a block.
struct Statement(Stmt);

impl syn::parse::Parse for Statement {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let mut all = input.call(syn::Block::parse_within)?;
        all.pop().map(Statement).ok_or_else(|| input.error("no statement"))
    }
}

fn is_variable(token: &Token<'_>) -> bool {
    token.is_name() && token.text.starts_with(|c: char| c.is_lowercase() || c == '_') && token.text != "_"
}

fn end_of_statement(all: &[Token<'_>], start: usize) -> Option<usize> {
    let mut at = start;
    while at < all.len() {
        match all[at].text {
            ";" => return Some(at),
            "(" | "[" | "{" if all[at].sort == Sort::Sign => at = closing(all, at) + 1,
            ")" | "]" | "}" if all[at].sort == Sort::Sign => return None,
            _ => at += 1,
        }
    }
    None
}

fn bind_let(world: &mut World<'_>, node: &Let) {
    let ty = match (&node.pat, &node.init) {
        (Pat::Type(_), _) | (_, None) => None,
        (_, Some(init)) => type_of(world, &init.expr),
    };
    bind(&node.pat, ty, &mut world.locals);
}

/// The variables of a pattern for a value of this type.
fn bind(pat: &Pat, ty: Option<String>, locals: &mut Vec<Local>) {
    match pat {
        Pat::Ident(node) => locals.push(Local { name: node.ident.to_string(), type_name: ty }),
        Pat::Type(node) => bind(&node.pat, Some(of_tokens(&*node.ty)), locals),
        Pat::Reference(node) => bind(&node.pat, ty, locals),
        Pat::Paren(node) => bind(&node.pat, ty, locals),
        Pat::Tuple(node) => {
            let types = ty.as_deref().and_then(tuple).unwrap_or_default();
            let all = node.elems.iter().enumerate();
            all.for_each(|(at, pat)| bind(pat, types.get(at).cloned(), locals));
        }
        Pat::TupleStruct(node) => node.elems.iter().for_each(|pat| bind(pat, None, locals)),
        Pat::Struct(node) => node.fields.iter().for_each(|field| bind(&field.pat, None, locals)),
        Pat::Slice(node) => node.elems.iter().for_each(|pat| bind(pat, None, locals)),
        _ => {}
    }
}

/// `for x in 0..n {`
fn loop_variable(world: &World<'_>, text: &str, all: &[Token<'_>], at: usize) -> Vec<Local> {
    let mut locals = Vec::new();
    let Some(inside) = (at..all.len()).find(|i| all[*i].is("in")) else { return locals };
    let Some(open) = (inside..all.len()).find(|i| all[*i].is("{")) else { return locals };
    let over = all.get(inside + 1).map(|first| &text[first.start..all[open].start]);
    let ty = over
        .and_then(parse::<Expr>)
        .and_then(|over| type_of(world, &over))
        .and_then(|ty| item_of(world, &ty));
    if let Some(Pattern(pat)) = all.get(at + 1).and_then(|first| parse(&text[first.start..all[inside].start]))
    {
        bind(&pat, ty, &mut locals);
    }
    locals
}

struct Pattern(Pat);

impl syn::parse::Parse for Pattern {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        input.call(Pat::parse_single).map(Pattern)
    }
}

/// What a loop over a value of this type gives.
fn item_of(world: &World<'_>, ty: &str) -> Option<String> {
    let of = shape(ty)?;
    let by_reference = ty.trim_start().starts_with('&');
    if matches!(of.name.as_str(), "Vec" | "slice" | "array" | "HashSet" | "BTreeSet" | "VecDeque") {
        let item = of.args.first()?;
        return Some(if by_reference { format!("& {item}") } else { item.clone() });
    }
    let next = world.member(ty, "next")?;
    let result = world.returned_by(&next, &[])?;
    shape(&result)?.args.first().cloned()
}

fn parameters(text: &str, all: &[Token<'_>], open: usize, own: Option<&str>) -> Vec<Local> {
    let close = closing(all, open);
    let Some(last) = all.get(close) else { return Vec::new() };
    let signature = format!("fn f{}", &text[all[open].start..last.end()]);
    let Some(signature) = parse::<syn::Signature>(&signature) else { return Vec::new() };
    let mut locals = Vec::new();
    for input in &signature.inputs {
        match input {
            syn::FnArg::Receiver(_) => {
                locals.push(Local { name: "self".to_owned(), type_name: own.map(str::to_owned) });
            }
            syn::FnArg::Typed(typed) => bind(&typed.pat, Some(of_tokens(&*typed.ty)), &mut locals),
        }
    }
    locals
}

fn opens_closure(all: &[Token<'_>], at: usize) -> bool {
    all[at].sort == Sort::Sign
        && at > 0
        && matches!(all[at - 1].text, "(" | "," | "=" | "move" | "=>" | "return" | "{")
}

fn closure_parameters(text: &str, all: &[Token<'_>], open: usize, close: usize) -> Vec<Local> {
    let part = format!("{} ()", &text[all[open].start..all[close].end()]);
    let Some(closure) = parse::<syn::ExprClosure>(&part) else { return Vec::new() };
    let mut locals = Vec::new();
    closure.inputs.iter().for_each(|pat| bind(pat, None, &mut locals));
    locals
}
