//! Which parameter of a function the argument is for that is being written.

use std::ops::Range;

use super::text::{Token, closing, tokens};

/// The place in the declaration of a function of the parameter that the argument at byte `at` of a text is for. The arguments
/// begin behind the bracket with number `open`; `method` says that `self` stands before the name.
pub fn active(
    declaration: &str,
    all: &[Token<'_>],
    open: usize,
    at: usize,
    method: bool,
) -> Option<Range<usize>> {
    let mut parameters = parameters(declaration);
    let first = parameters.first().map(|first| &declaration[first.clone()])?;
    let takes_self =
        first.split(':').next()?.trim_start_matches(['&', ' ']).split_whitespace().last() == Some("self");
    if takes_self && method {
        parameters.remove(0);
    }
    parameters.get(commas(all, open, at)).cloned()
}

/// How many arguments stand before the one at byte `at`.
fn commas(all: &[Token<'_>], open: usize, at: usize) -> usize {
    let (mut count, mut here, mut in_closure) = (0, open + 1, false);
    // An argument begins: what stands between two `|` are the parameters of a closure.
    let mut begins = true;
    while let Some(token) = all.get(here).filter(|token| token.end() <= at) {
        match token.text {
            "(" | "[" | "{" => here = closing(all, here),
            "<" if all[here - 1].is("::") => here = closing_angle(all, here),
            "|" if in_closure || begins => in_closure = !in_closure,
            "," if !in_closure => count += 1,
            _ => {}
        }
        begins = matches!(token.text, "," | "move" | "async") && !in_closure;
        here += 1;
    }
    count
}

fn closing_angle(all: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in all.iter().enumerate().skip(open) {
        match token.text {
            "<" => depth += 1,
            ">" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    all.len()
}

/// The places of the parameters in `fn name<T: Fn(A) -> B>(one: T, two: (A, B)) -> C`, or of the fields in `Name(A, B)`.
fn parameters(declaration: &str) -> Vec<Range<usize>> {
    let all = tokens(declaration);
    let mut found = Vec::new();
    let mut at = 0;
    // The first parenthesis behind the generic parameters.
    while all.get(at).is_some_and(|token| !token.is("(")) {
        at = if all[at].is("<") { closing_angle(&all, at) } else { at } + 1;
    }
    let close = closing(&all, at);
    let Some(end) = all.get(close) else { return found };
    let mut start = None;
    at += 1;
    while at < close {
        let token = &all[at];
        if token.is(",") {
            found.extend(start.take().map(|start| start..token.start));
        } else {
            start = start.or(Some(token.start));
            at = match token.text {
                "(" | "[" | "{" => closing(&all, at),
                "<" => closing_angle(&all, at),
                _ => at,
            };
        }
        at += 1;
    }
    found.extend(start.map(|start| start..end.start));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is active where `|` stands.
    fn of<'a>(declaration: &'a str, call: &str) -> Option<&'a str> {
        let at = call.find('¦').unwrap();
        let code = call.replace('¦', "");
        let all = tokens(&code);
        let open = all.iter().position(|token| token.is("(")).unwrap();
        active(declaration, &all, open, at, call.starts_with("x.")).map(|place| &declaration[place])
    }

    #[test]
    fn the_argument_at_the_cursor_is_found() {
        let insert = "pub fn insert(&mut self, index: usize, element: T)";
        assert_eq!(of(insert, "x.insert(¦"), Some("index: usize"));
        assert_eq!(of(insert, "x.insert(f(1, 2), [3, 4]¦"), Some("element: T"));
        assert_eq!(of(insert, "x.insert(0, ¦1, 2)"), Some("element: T"));
        assert_eq!(of(insert, "x.insert(0, 1, ¦"), None);
        assert_eq!(of(insert, "Vec::insert(¦"), Some("&mut self"));
        assert_eq!(of("fn now() -> Instant", "now(¦"), None);
        assert_eq!(of("Point(f64, f64)", "Point(1.0, ¦"), Some("f64"));
    }

    #[test]
    fn commas_of_closures_and_generic_arguments_do_not_count() {
        let fold = "fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: HashMap<A, B>, f: F) -> B";
        assert_eq!(of(fold, "x.fold(0, |a, b¦"), Some("f: F"));
        assert_eq!(of(fold, "x.fold(HashMap::<A, B>::new(), move |a, b| a + b¦"), Some("f: F"));
        assert_eq!(of(fold, "x.fold(HashMap::<A, B>::new()¦"), Some("init: HashMap<A, B>"));
    }
}
