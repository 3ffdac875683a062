//! Values of types without a name (closures, iterators made of them, futures): what can be done so that later cells have them
//! all the same. At the end of its cell such a variable becomes a function pointer or a box of a trait object, whose type the
//! compiler tells: a cell with one is compiled once more for that, before it runs.

use syn::Expr;

use super::DirectEngine;
use super::compile::Make;
use super::execute::Ready;
use super::item::Item;
use super::parse::{NewVariable, RUNTIME};
use super::program::Draft;
use super::repair::Repairs;
use super::table::Table;
use super::types::{cannot_be_named, variable_types, writable};
use crate::engine::CellError;

/// What a variable becomes when it is put away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boxed {
    /// `fn(i32) -> i32`
    Pointer(String),
    /// `Box<dyn Fn(i32) -> i32>`
    Function(String),
    /// `Box<dyn Iterator<Item = …>>`
    Iterator,
    /// `Pin<Box<dyn Future<Output = …>>>`
    Future,
}

impl Boxed {
    /// The statement that makes a variable what it is to become.
    pub fn rebind(&self, name: &str) -> String {
        match self {
            Boxed::Pointer(of) => format!("let {name}: {of} = {name}; "),
            Boxed::Function(of) => format!("let {name}: {of} = ::std::boxed::Box::new({name}); "),
            Boxed::Iterator => format!("let {name} = {RUNTIME}::store::boxed_iterator({name}); "),
            Boxed::Future => format!("let {name} = {RUNTIME}::store::boxed_future({name}); "),
        }
    }

    /// What becomes of a value of this type, which has no name; `None` where there is no way.
    pub fn of(type_name: &str, mir: &str) -> Option<Boxed> {
        cannot_be_named(type_name)?;
        if type_name.starts_with("{async block@") || type_name.starts_with("{async fn body of ") {
            return Some(Boxed::Future);
        }
        if type_name.starts_with("std::iter::") {
            return Some(Boxed::Iterator);
        }
        if let Some((pointer, _)) = type_name.split_once(" {").filter(|_| type_name.starts_with("fn(")) {
            return Some(Boxed::Pointer(pointer.to_owned()));
        }
        let is_closure = type_name.starts_with("{closure@") && type_name.matches('{').count() == 1;
        is_closure.then(|| function(type_name, mir)).flatten()
    }
}

impl DirectEngine {
    /// Finds out what new variables are to become whose types have no names.
    pub(super) fn with_boxes<'a>(&mut self, mut draft: Draft<'a>) -> Result<(Draft<'a>, Repairs), CellError> {
        let unnamed: Vec<&NewVariable> = draft.parsed.variables.iter().filter(|new| new.unnamed).collect();
        if unnamed.is_empty() {
            return Ok((draft, Repairs::default()));
        }
        draft.witnesses = true;
        let Ready { mut draft, compiled, repairs, .. } = self.compile(draft, Make::Mir)?;
        draft.witnesses = false;
        let mir = std::fs::read_to_string(compiled.mir).unwrap_or_default();
        let types = variable_types(&mir);
        let boxed = |new: &NewVariable| Some((new.name.clone(), Boxed::of(types.get(&new.name)?, &mir)?));
        draft.boxed = unnamed.into_iter().filter_map(boxed).collect();
        Ok((draft, repairs))
    }
}

/// Whether a value may well be of a type without a name: to look is dear, so only where it shows.
pub fn looks_unnamed(value: &Expr, table: &Table, of_cell: &[Item]) -> bool {
    // What an earlier item of the same cell or an earlier cell returns.
    let hides = |name: &syn::Ident| {
        let key = format!("fn {name}");
        let item = of_cell.iter().find(|item| item.key == key).or_else(|| table.get(&key));
        item.is_some_and(|item| {
            let head = item.tokens.text.split('{').next().unwrap_or_default();
            head.contains("-> impl ") || head.contains("async ")
        })
    };
    match value {
        Expr::Closure(_) | Expr::Async(_) => true,
        Expr::Paren(inner) => looks_unnamed(&inner.expr, table, of_cell),
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| {
                SOURCES.iter().any(|name| last.ident == name) || hides(&last.ident)
            }))
        }
        Expr::Path(path) => path.path.get_ident().is_some_and(|name| {
            let key = format!("fn {name}");
            of_cell.iter().any(|item| item.key == key) || table.get(&key).is_some()
        }),
        Expr::MethodCall(call) => ADAPTERS.iter().any(|name| call.method == name) && is_chain(value),
        _ => false,
    }
}

/// Functions of `std::iter` that make an iterator of a closure.
const SOURCES: [&str; 3] = ["from_fn", "repeat_with", "successors"];

/// Methods that make an iterator of another one.
const ADAPTERS: [&str; 21] = [
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "take_while",
    "skip_while",
    "map_while",
    "scan",
    "inspect",
    "chain",
    "zip",
    "enumerate",
    "rev",
    "peekable",
    "skip",
    "take",
    "step_by",
    "cycle",
    "cloned",
    "copied",
    "flatten",
];

/// A chain of iterators that owns what it begins with and has a closure in it.
fn is_chain(value: &Expr) -> bool {
    let (mut at, mut has_closure) = (value, false);
    loop {
        at = match at {
            Expr::MethodCall(call) if call.method == "into_iter" => return has_closure,
            Expr::MethodCall(call) => {
                has_closure |= call.args.iter().any(|argument| matches!(argument, Expr::Closure(_)));
                &call.receiver
            }
            Expr::Paren(inner) => &inner.expr,
            Expr::Range(_) => return has_closure,
            // `std::iter::repeat(…)`
            Expr::Call(call) => {
                let of_iter = |path: &syn::Path| path.segments.iter().any(|segment| segment.ident == "iter");
                return has_closure && matches!(&*call.func, Expr::Path(path) if of_iter(&path.path));
            }
            _ => return false,
        };
    }
}

/// The type for a closure, from the line by which its body begins in the MIR:
///
/// ```text
/// fn cell::{closure#0}::{closure#1}(_1: &{closure@cell_1.rs:1:9: 1:17}, _2: i32, _3: (u8, &str)) -> i32 {
/// ```
fn function(closure: &str, mir: &str) -> Option<Boxed> {
    const KINDS: [(&str, &str); 3] = [("&", "Fn"), ("&mut ", "FnMut"), ("", "FnOnce")];
    let (kind, body) = KINDS.iter().find_map(|(reference, kind)| {
        let begin = format!("(_1: {reference}{closure}");
        let at = mir.match_indices(&begin).map(|(at, _)| at).find(|at| {
            let line = mir[..*at].rfind('\n').map_or(0, |end| end + 1);
            mir[line..].starts_with("fn ")
        })?;
        Some((*kind, &mir[at..]))
    })?;
    let body = &body[..body.find("\n}").unwrap_or(body.len())];
    let end = closing(body)?;
    let arguments: Vec<&str> = parameters(&body[1..end]).skip(1).collect();
    let result = body[end + 1..].lines().next()?.trim().strip_prefix("-> ")?.strip_suffix(" {")?;
    let result = if result == "!" { "!".to_owned() } else { writable(result) };
    let signature = format!("({}) -> {result}", arguments.join(", "));
    if cannot_be_named(&signature).is_some() {
        return None;
    }
    let captures = body[end..].contains("(*_1)") || body[end..].contains("(_1.");
    Some(match captures || kind != "Fn" {
        false => Boxed::Pointer(format!("fn{signature}")),
        true => Boxed::Function(format!("::std::boxed::Box<dyn {kind}{signature}>")),
    })
}

/// The place of the bracket that closes the first.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(at, c)| {
        depth = match c {
            '(' => depth + 1,
            ')' => depth.checked_sub(1)?,
            _ => depth,
        };
        (depth == 0).then_some(at)
    })
}

/// The types in `_1: A, _2: B`.
fn parameters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    let mut number = 1;
    std::iter::from_fn(move || {
        let text = rest?.trim_start_matches(", ").strip_prefix(&format!("_{number}: "))?;
        number += 1;
        let end = text.find(&format!(", _{number}: ")).unwrap_or(text.len());
        rest = (end < text.len()).then(|| &text[end..]);
        Some(&text[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIR: &str = "\
fn cell() -> () {
    let _1: &{closure@c.rs:1:9: 1:17};
}

fn cell::{closure#0}(_1: &{closure@c.rs:1:9: 1:17}, _2: i32) -> i32 {
    debug x => _2;
}

fn cell::{closure#1}(_1: &{closure@c.rs:2:9: 2:17}, _2: P, _3: (u8, &str), _4: fn(i32) -> i32) -> (i32, u8) {
    debug k => ((*_1).0: i32);
}

fn cell::{closure#2}(_1: &mut {closure@c.rs:3:9: 3:17}) -> i32 {
    debug n => ((*_1).0: i32);
}

fn cell::{closure#3}(_1: {closure@c.rs:4:9: 4:17}) -> String {
    debug s => (_1.0: std::string::String);
}
";

    #[test]
    fn closures_become_pointers_where_they_capture_nothing_and_boxes_elsewhere() {
        let of = |line: u32| Boxed::of(&format!("{{closure@c.rs:{line}:9: {line}:17}}"), MIR);
        let boxed = |text: &str| Some(Boxed::Function(format!("::std::boxed::Box<dyn {text}>")));
        assert_eq!(of(1), Some(Boxed::Pointer("fn(i32) -> i32".to_owned())));
        assert_eq!(of(2), boxed("Fn(P, (u8, &str), fn(i32) -> i32) -> (i32, u8)"));
        assert_eq!(of(3), boxed("FnMut() -> i32"));
        assert_eq!(of(4), boxed("FnOnce() -> String"));
        assert_eq!(of(5), None);
    }

    #[test]
    fn what_else_has_no_name_is_told_by_its_kind() {
        let of = |type_name: &str| Boxed::of(type_name, "");
        assert_eq!(of("std::iter::Map<std::ops::Range<i32>, {closure@a}>"), Some(Boxed::Iterator));
        assert_eq!(of("{async fn body of fetch()}"), Some(Boxed::Future));
        assert_eq!(of("fn(i32) -> i32 {double}"), Some(Boxed::Pointer("fn(i32) -> i32".to_owned())));
        assert_eq!(of("std::vec::Vec<{closure@a}>"), None);
        assert_eq!(of("std::vec::Vec<i32>"), None);
    }

    #[test]
    fn only_values_that_show_it_are_looked_at() {
        let looks = |code: &str| looks_unnamed(&syn::parse_str(code).unwrap(), &Table::default(), &[]);
        for code in [
            "|x: i32| x",
            "async { 1 }",
            "(0..9).filter(|i| i % 2 == 0).rev()",
            "v.into_iter().map(|x| x)",
            "iter::from_fn(f)",
        ] {
            assert!(looks(code), "{code}");
        }
        for code in [
            "v.iter().map(|x| x).collect::<Vec<_>>()",
            "option.map(|x| x)",
            "(0..9).rev()",
            "f(|x| x)",
            "g()",
        ] {
            assert!(!looks(code), "{code}");
        }
    }
}
