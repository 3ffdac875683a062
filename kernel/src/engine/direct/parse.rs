//! Takes a cell apart: items, imports, statements, the variables it makes, the names it mentions.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Block, Expr, Item as Syntax, Pat, Stmt};

use super::imports::{Import, imports_of};
use super::instrument::loop_heads;
use super::item::{Item, items_of, macro_call};
use super::names::mentioned;
use super::source::{Edit, Piece, pieces};
use crate::cell::{CellText, line_and_column};

/// Path of the runtime in generated code.
pub const RUNTIME: &str = "::ferrolab::display::runtime";

/// Macros that are items by nature.
const ITEM_MACROS: [&str; 3] = ["thread_local", "lazy_static", "bitflags"];

/// A cell, taken apart.
#[derive(Debug)]
pub struct Parsed {
    /// `#![…]` at its top.
    pub attributes: Vec<Piece>,
    pub items: Vec<Item>,
    pub imports: Vec<Import>,
    /// The same imports as the user wrote them, so that errors point there.
    pub import_pieces: Vec<Piece>,
    /// What runs, on the lines on which the user wrote it. Empty if nothing does.
    pub body: Vec<Piece>,
    /// Variables of its top-level `let`s.
    pub variables: Vec<NewVariable>,
    /// Names in the body.
    pub mentions: HashSet<String>,
    /// Variables to which the body assigns a new value as a whole: `x = …`.
    pub assigned: HashSet<String>,
}

impl Parsed {
    /// Nothing but comments and white space.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.items.is_empty() && self.imports.is_empty() && self.body.is_empty()
    }
}

/// A variable that a cell makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVariable {
    pub name: String,
    pub mutable: bool,
    /// Where its `let` stands in the cell.
    pub statement: Range<usize>,
}

/// What becomes of the last expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// It is the result of the cell.
    Result,
    /// Only its type is wanted: the MIR tells it, under the name [`LAST`].
    Type,
}

/// The name under which the type of the last expression is found.
pub const LAST: &str = "the last expression";

/// Takes a cell apart; an error if it is not Rust.
pub fn parse(cell: &Arc<CellText>, last: Last) -> syn::Result<Parsed> {
    // Its positions would otherwise be kept for the life of the thread.
    proc_macro2::extra::invalidate_current_thread_spans();
    let tokens: TokenStream = cell.text.parse()?;
    let grammar =
        |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.call(Block::parse_within)?));
    let (attributes, statements) = grammar.parse2(tokens)?;
    let heads = loop_heads(|visitor| statements.iter().for_each(|statement| visitor.visit_stmt(statement)));
    let poll = format!("{RUNTIME}::poll();");
    let polls: Vec<Edit> = heads.into_iter().map(|at| Edit::insert(at, poll.clone())).collect();
    let mut taking = Taking::new(cell, polls, last);
    for attribute in &attributes {
        let part = attribute.span().byte_range();
        taking.parsed.attributes.extend(pieces(cell, part.clone(), &[]));
        taking.hoist(part);
    }
    for (index, statement) in statements.iter().enumerate() {
        taking.statement(statement, index + 1 == statements.len());
    }
    Ok(taking.finish())
}

/// The work of taking a cell apart.
struct Taking<'a> {
    cell: &'a Arc<CellText>,
    last: Last,
    parsed: Parsed,
    /// Polls; in their own list because items need them too.
    polls: Vec<Edit>,
    /// Changes to the body.
    edits: Vec<Edit>,
    runs: bool,
}

impl<'a> Taking<'a> {
    fn new(cell: &'a Arc<CellText>, mut polls: Vec<Edit>, last: Last) -> Self {
        polls.sort_by_key(|edit| edit.range.start);
        let parsed = Parsed {
            attributes: Vec::new(),
            items: Vec::new(),
            imports: Vec::new(),
            import_pieces: Vec::new(),
            body: Vec::new(),
            variables: Vec::new(),
            mentions: HashSet::new(),
            assigned: HashSet::new(),
        };
        Taking { cell, last, parsed, polls, edits: Vec::new(), runs: false }
    }

    fn statement(&mut self, statement: &Stmt, last: bool) {
        let part = statement.span().byte_range();
        match statement {
            Stmt::Item(Syntax::Use(node)) => {
                self.parsed.imports.extend(imports_of(node));
                self.parsed.import_pieces.extend(pieces(self.cell, part.clone(), &[]));
                self.parsed.import_pieces.push(Piece::Glue("\n".to_owned()));
                self.hoist(part);
            }
            Stmt::Item(item) => {
                self.parsed.items.extend(items_of(item, self.cell, &self.polls));
                self.hoist(part);
            }
            Stmt::Macro(node) if is_item_macro(&node.mac) => {
                self.parsed.items.push(macro_call(
                    node.to_token_stream(),
                    part.clone(),
                    self.cell,
                    &self.polls,
                ));
                self.hoist(part);
            }
            _ => {
                self.runs = true;
                self.parsed.mentions.extend(mentioned(statement.to_token_stream()));
                let mut assigned = Assigned(&mut self.parsed.assigned);
                assigned.visit_stmt(statement);
                let (line, _) = line_and_column(&self.cell.text, part.start);
                self.edits.push(Edit::insert(part.start, format!("{RUNTIME}::at({line});")));
                match statement {
                    Stmt::Local(local) => self.local(&local.pat, &part),
                    Stmt::Expr(expr, None) if last && has_value(expr) => self.show(part),
                    Stmt::Macro(node) if last && node.semi_token.is_none() => self.show(part),
                    _ => {}
                }
            }
        }
    }

    /// Takes a part out of the body and leaves its line breaks, so that what follows keeps its line numbers: `dbg!` and
    /// `line!` tell those of the program.
    fn hoist(&mut self, part: Range<usize>) {
        let breaks = "\n".repeat(self.cell.text[part.clone()].matches('\n').count());
        self.edits.push(Edit { range: part, text: breaks });
    }

    /// Makes the last expression the cell's result. `match` keeps its temporaries alive while it is shown.
    fn show(&mut self, part: Range<usize>) {
        self.edits.push(Edit::insert(part.start, "match &("));
        let shown = match self.last {
            Last::Result => format!(
                ") {{ __value => {{ use {RUNTIME}::result::{{DebugDisplay as _, NameDisplay as _, PickPlain as _, PickShow as _}}; \
                 (&&{RUNTIME}::result::Probe(__value)).pick().evcxr_display(); }} }}"
            ),
            Last::Type => format!(") {{ __value => {RUNTIME}::store::any_witness(\"{LAST}\", __value) }}"),
        };
        self.edits.push(Edit::insert(part.end, shown));
    }

    fn local(&mut self, pattern: &Pat, statement: &Range<usize>) {
        struct Names<'a>(&'a mut Vec<NewVariable>, &'a Range<usize>);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, node: &'ast syn::PatIdent) {
                let name = node.ident.to_string();
                self.0.retain(|earlier| earlier.name != name);
                if name != "None" {
                    let (mutable, statement) = (node.mutability.is_some(), self.1.clone());
                    self.0.push(NewVariable { name, mutable, statement });
                }
                syn::visit::visit_pat_ident(self, node);
            }
            // Patterns may hold types and constants; no variables there.
            fn visit_expr(&mut self, _: &'ast Expr) {}
        }
        Names(&mut self.parsed.variables, statement).visit_pat(pattern);
    }

    fn finish(mut self) -> Parsed {
        if self.runs {
            self.edits.extend(self.polls);
            // Stable: at one place a statement's mark stays before what wraps it.
            self.edits.sort_by_key(|edit| edit.range.start);
            self.parsed.body = pieces(self.cell, 0..self.cell.text.len(), &self.edits);
        }
        self.parsed
    }
}

/// Loops without a value and assignments are left as they are: there is nothing to show.
fn has_value(expr: &Expr) -> bool {
    !matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Assign(_))
}

fn is_item_macro(call: &syn::Macro) -> bool {
    call.path.segments.last().is_some_and(|segment| ITEM_MACROS.iter().any(|name| segment.ident == name))
}

/// Collects the variables on the left of `=`.
struct Assigned<'a>(&'a mut HashSet<String>);

impl<'ast> Visit<'ast> for Assigned<'_> {
    fn visit_expr_assign(&mut self, node: &'ast syn::ExprAssign) {
        if let Expr::Path(left) = &*node.left
            && let Some(name) = left.path.get_ident()
        {
            self.0.insert(name.to_string());
        }
        syn::visit::visit_expr_assign(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::direct::source::Program;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Parsed {
        parse(&Arc::new(CellText { number: 1, text: text.to_owned() }), Last::Result).unwrap()
    }

    fn body(parsed: &Parsed) -> String {
        let mut program = Program::default();
        program.pieces(&parsed.body, None);
        program.text().replace(RUNTIME, "rt")
    }

    #[test]
    fn statements_keep_their_lines_and_items_leave() {
        let parsed = parsed("use std::fmt;\nstruct A;\n\nlet x = 1;\nfn f() {\n}\nprintln!(\"{x}\");");
        assert_eq!(body(&parsed), "\n\n\nrt::at(4);let x = 1;\n\n\nrt::at(7);println!(\"{x}\");");
        let keys: Vec<_> = parsed.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["type A", "fn f"]);
    }

    #[test]
    fn a_cell_of_items_only_has_no_body() {
        assert!(parsed("fn f() { loop {} }").body.is_empty());
    }

    #[test]
    fn the_last_expression_is_shown_and_loops_poll() {
        let text = body(&parsed("for i in 0..3 { f(i) }\nx + 1"));
        assert!(
            text.starts_with("rt::at(1);for i in 0..3 {rt::poll(); f(i) }\nrt::at(2);match &(x + 1) {"),
            "{text}"
        );
        let text = body(&parsed("vec![1]"));
        assert!(text.starts_with("rt::at(1);match &(vec![1]) {"), "{text}");
        assert_eq!(body(&parsed("x = 5")), "rt::at(1);x = 5");
    }

    #[test]
    fn patterns_make_variables_and_the_last_of_a_name_counts() {
        let parsed = parsed(
            "let (a, mut b) = t; let A { c, d: e @ Some(_) } = t; let a = 1; let None = o else { return };",
        );
        let names: Vec<_> = parsed.variables.iter().map(|v| (v.name.as_str(), v.mutable)).collect();
        assert_eq!(names, [("b", true), ("c", false), ("e", false), ("a", false)]);
    }

    #[test]
    fn methods_of_an_impl_are_items_of_their_own() {
        let parsed = parsed("impl<T> A<T> {\n    fn f() { loop {} }\n    const N: i32 = 1;\n}");
        let keys: Vec<_> = parsed.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["impl A<T>::f", "impl A<T>::N"]);
        let mut program = Program::default();
        program.pieces(&parsed.items[0].pieces, None);
        assert_eq!(program.text().replace(RUNTIME, "rt"), "impl<T> A<T> {fn f() { loop {rt::poll();} }}\n");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused(text in "[a-z{}()\\[\\];:='\"!#/\\\\*&|<>,.0-9äλ \n]{0,60}") {
            let _ = parse(&Arc::new(CellText { number: 1, text }), Last::Result);
        }

        #[test]
        fn the_body_keeps_the_lines_of_the_cell(lines in proptest::collection::vec("(let x = 1;|fn f() \\{\n\\}|// c|f\\(1,\n 2\\);|use a::b;|)", 0..8)) {
            let text = lines.join("\n");
            if let Ok(parsed) = parse(&Arc::new(CellText { number: 1, text: text.clone() }), Last::Result) && !parsed.body.is_empty() {
                prop_assert_eq!(body(&parsed).matches('\n').count(), text.matches('\n').count());
            }
        }
    }

    #[test]
    fn what_is_not_rust_is_an_error_with_its_place() {
        let cell = CellText { number: 1, text: "let x = = 1;".to_owned() };
        let error = parse(&Arc::new(cell), Last::Result).unwrap_err();
        assert_eq!(error.span().byte_range(), 8..9);
    }
}
