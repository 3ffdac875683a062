//! What of a cell's own text means something else inside of the function that the cell becomes: `return;`, `.await`, paths
//! of files.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Stmt;
use syn::visit::{self, Visit};

use super::source::Edit;

/// Macros of the crates for asynchronous programs that wait without saying `.await`.
const AWAITING: [&str; 4] = ["select", "select_biased", "join", "try_join"];

/// What the statements of a cell do at their own level: not in functions, closures and async blocks.
#[derive(Debug, Default)]
pub struct OwnLevel {
    /// The bytes right behind each `return` that has no value.
    pub returns: Vec<usize>,
    /// Something is awaited.
    pub awaits: bool,
}

impl OwnLevel {
    pub fn of(statements: &[Stmt]) -> Self {
        let mut found = OwnLevel::default();
        statements.iter().for_each(|statement| found.visit_stmt(statement));
        found
    }
}

impl<'ast> Visit<'ast> for OwnLevel {
    fn visit_expr_return(&mut self, node: &'ast syn::ExprReturn) {
        if node.expr.is_none() {
            self.returns.push(node.return_token.span.byte_range().end);
        }
        visit::visit_expr_return(self, node);
    }

    fn visit_expr_await(&mut self, node: &'ast syn::ExprAwait) {
        self.awaits = true;
        visit::visit_expr_await(self, node);
    }

    /// The arguments of a macro are not taken apart: to await in vain costs nothing.
    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        let waits =
            node.path.segments.last().is_some_and(|name| AWAITING.iter().any(|known| name.ident == known));
        self.awaits |= waits || awaits(node.tokens.clone());
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
}

fn awaits(tokens: TokenStream) -> bool {
    let mut dot = false;
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(name) => dot && name == "await",
            TokenTree::Group(group) => awaits(group.stream()),
            _ => false,
        };
        dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        found
    })
}

/// Makes the paths in `include_str!("table.csv")` and its like begin in a folder, that of the notebook: rustc would look
/// beside the generated source.
pub fn includes(tokens: TokenStream, folder: &Path, edits: &mut Vec<Edit>) {
    let mut before: [Option<TokenTree>; 2] = [None, None];
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let called = |name: &str| matches!(&before[0], Some(TokenTree::Ident(ident)) if ident == name);
            let bang = matches!(&before[1], Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            match inside.as_slice() {
                [TokenTree::Literal(path)]
                    if bang
                        && group.delimiter() != Delimiter::None
                        && ["include", "include_str", "include_bytes"].into_iter().any(called)
                        && !path.to_string().trim_start_matches(['r', '#']).starts_with("\"/") =>
                {
                    let place = path.span().byte_range();
                    let start = format!("concat!({:?}, ", format!("{}/", folder.display()));
                    edits.push(Edit::insert(place.start, start));
                    edits.push(Edit::insert(place.end, ")"));
                }
                _ => includes(group.stream(), folder, edits),
            }
        }
        before = [before[1].take(), Some(token)];
    }
}

/// A cell's text as it is compiled: without what editors and scripts put at its start, and with plain line ends. No line
/// moves.
pub fn normal(code: &str) -> String {
    let code = code.strip_prefix('\u{feff}').unwrap_or(code).replace("\r\n", "\n");
    match code.strip_prefix("#!") {
        // Not `///`, which documents what follows.
        Some(rest) if !rest.trim_start().starts_with('[') => format!("//{}", rest.replacen('/', " ", 1)),
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    fn own_level(code: &str) -> OwnLevel {
        OwnLevel::of(&syn::Block::parse_within.parse_str(code).unwrap())
    }

    #[test]
    fn only_what_stands_at_the_level_of_the_cell_counts() {
        let found = own_level("if a { return; } return 1; f(|| return); fn g() { return; }");
        assert_eq!(found.returns, [13]);
        for (code, expected) in [
            ("f().await", true),
            ("println!(\"{}\", f().await);", true),
            ("let both = tokio::join!(f(), g());", true),
            ("let f = async { g().await };", false),
            ("async fn h() { g().await }", false),
            ("let await_ = a.b;", false),
        ] {
            assert_eq!(own_level(code).awaits, expected, "{code}");
        }
    }

    #[test]
    fn relative_paths_of_included_files_begin_in_the_folder() {
        let mut edits = Vec::new();
        let code = "f(include_str!(\"a.txt\"), include_str!(\"/b.txt\"), include!(x))";
        includes(code.parse().unwrap(), Path::new("/n"), &mut edits);
        let texts: Vec<_> = edits.iter().map(|edit| edit.text.as_str()).collect();
        assert_eq!(texts, ["concat!(\"/n/\", ", ")"]);
    }

    #[test]
    fn marks_at_the_start_and_foreign_line_ends_are_no_part_of_the_text() {
        assert_eq!(normal("\u{feff}#!/usr/bin/env run\r\n1"), "// usr/bin/env run\n1");
        assert_eq!(normal("#![allow(unused)]\n1"), "#![allow(unused)]\n1");
    }
}
