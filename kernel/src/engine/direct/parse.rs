//! Takes a cell apart: items, imports, statements, the variables it makes, the names it mentions.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Block, Expr, Item as Syntax, MacroDelimiter, Pat, Stmt};

use super::boxes::looks_unnamed;
use super::imports::{Import, imports_of};
use super::instrument::{END_OF_LOOP, polls};
use super::item::{Item, items_of};
use super::macros::{Made, made_by};
use super::names::mentioned;
use super::rewrite::{OwnLevel, includes};
use super::source::{Edit, Piece, pieces};
use super::table::Table;
use super::view::View;
use crate::cell::{CellText, line_and_column};

/// Path of the runtime in generated code.
pub const RUNTIME: &str = "::ferrolab::display::runtime";

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
    /// Something is awaited outside of all functions.
    pub awaits: bool,
}

/// What a cell's text means something by.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder of the notebook.
    pub folder: &'a Path,
    /// What earlier cells have defined.
    pub table: &'a Table,
    /// How the result is written.
    pub view: &'a View,
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
    /// Its value may be of a type without a name, by the look of it.
    pub unnamed: bool,
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
pub fn parse(cell: &Arc<CellText>, last: Last, around: Surroundings<'_>) -> syn::Result<Parsed> {
    // Its positions would otherwise be kept for the life of the thread.
    proc_macro2::extra::invalidate_current_thread_spans();
    let tokens: TokenStream = cell.text.parse()?;
    let grammar =
        |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.call(Block::parse_within)?));
    let (attributes, statements) = grammar.parse2(tokens.clone())?;
    let mut everywhere =
        polls(|visitor| statements.iter().for_each(|statement| visitor.visit_stmt(statement)));
    includes(tokens, around.folder, &mut everywhere);
    let mut taking = Taking::new(cell, around, everywhere, last);
    for attribute in &attributes {
        let part = attribute.span().byte_range();
        // Documentation of the cell: it would swallow the line that the attributes stand on.
        if !attribute.path().is_ident("doc") {
            taking.parsed.attributes.extend(pieces(cell, part.clone(), &[]));
        }
        taking.hoist(part);
    }
    let OwnLevel { returns, awaits } = OwnLevel::of(&statements);
    let done = |at| Edit::insert(at, " ::std::result::Result::Ok(())");
    taking.edits.extend(returns.into_iter().map(done));
    taking.parsed.awaits = awaits;
    for (index, statement) in statements.iter().enumerate() {
        taking.statement(statement, index + 1 == statements.len());
    }
    Ok(taking.finish())
}

/// The work of taking a cell apart.
struct Taking<'a> {
    cell: &'a Arc<CellText>,
    around: Surroundings<'a>,
    last: Last,
    parsed: Parsed,
    /// Changes that hold everywhere, in items too: polls, paths.
    everywhere: Vec<Edit>,
    /// Changes to the body.
    edits: Vec<Edit>,
    runs: bool,
}

impl<'a> Taking<'a> {
    fn new(cell: &'a Arc<CellText>, around: Surroundings<'a>, mut everywhere: Vec<Edit>, last: Last) -> Self {
        everywhere.sort_by_key(|edit| edit.range.start);
        let parsed = Parsed {
            attributes: Vec::new(),
            items: Vec::new(),
            imports: Vec::new(),
            import_pieces: Vec::new(),
            body: Vec::new(),
            variables: Vec::new(),
            mentions: HashSet::new(),
            assigned: HashSet::new(),
            awaits: false,
        };
        Taking { cell, around, last, parsed, everywhere, edits: Vec::new(), runs: false }
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
                self.parsed.items.extend(items_of(item, self.cell, &self.everywhere));
                self.hoist(part);
            }
            Stmt::Macro(node) => self.call(node, statement, last),
            // A call with round brackets at the end of the cell.
            Stmt::Expr(Expr::Macro(node), None) => {
                let (attrs, mac) = (node.attrs.clone(), node.mac.clone());
                self.call(&syn::StmtMacro { attrs, mac, semi_token: None }, statement, last);
            }
            _ => {
                self.runs(statement, &part);
                match statement {
                    Stmt::Local(local) => self.local(local, &part),
                    Stmt::Expr(expr, None) if last && has_value(expr) => self.show(part),
                    _ => {}
                }
            }
        }
    }

    /// The call of a macro.
    fn call(&mut self, node: &syn::StmtMacro, statement: &Stmt, last: bool) {
        let part = statement.span().byte_range();
        // `vec![1]` at the end is a value; with braces or a semicolon a call can be anything.
        let ended = node.semi_token.is_some() || matches!(node.mac.delimiter, MacroDelimiter::Brace(_));
        let known = |name: &str| self.around.table.macro_rules(name, &self.parsed.items);
        match made_by(node, ended || !last, &known, self.cell, &self.everywhere) {
            Made::Items(items) => {
                self.parsed.items.extend(items);
                self.hoist(part);
            }
            Made::Variables(names) => {
                self.runs(statement, &part);
                self.parsed.variables.retain(|old| !names.iter().any(|(name, _)| *name == old.name));
                let new =
                    |(name, mutable)| NewVariable { name, mutable, statement: part.clone(), unnamed: false };
                self.parsed.variables.extend(names.into_iter().map(new));
            }
            Made::Unknown => {
                self.runs(statement, &part);
                if last && node.semi_token.is_none() {
                    self.show(part);
                }
            }
        }
    }

    /// A statement that runs.
    fn runs(&mut self, statement: &Stmt, part: &Range<usize>) {
        self.runs = true;
        self.parsed.mentions.extend(mentioned(statement.to_token_stream()));
        let mut assigned = Assigned(&mut self.parsed.assigned);
        assigned.visit_stmt(statement);
        let (line, _) = line_and_column(&self.cell.text, part.start);
        self.edits.push(Edit::insert(part.start, format!("{RUNTIME}::at({line});")));
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
            Last::Result => format!(") {{ __value => {{ {} }} }}", self.around.view.shown()),
            Last::Type => format!(") {{ __value => {RUNTIME}::store::any_witness(\"{LAST}\", __value) }}"),
        };
        self.edits.push(Edit::insert(part.end, shown));
    }

    fn local(&mut self, local: &syn::Local, statement: &Range<usize>) {
        struct Names<'a>(&'a mut Vec<NewVariable>, &'a Range<usize>, bool);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, node: &'ast syn::PatIdent) {
                let name = node.ident.to_string();
                self.0.retain(|earlier| earlier.name != name);
                if name != "None" {
                    let (mutable, statement) = (node.mutability.is_some(), self.1.clone());
                    self.0.push(NewVariable { name, mutable, statement, unnamed: self.2 });
                }
                syn::visit::visit_pat_ident(self, node);
            }
            // Patterns may hold types and constants; no variables there.
            fn visit_expr(&mut self, _: &'ast Expr) {}
        }
        let value = local.init.as_ref().filter(|_| matches!(local.pat, Pat::Ident(_)));
        let unnamed =
            value.is_some_and(|value| looks_unnamed(&value.expr, self.around.table, &self.parsed.items));
        Names(&mut self.parsed.variables, statement, unnamed).visit_pat(&local.pat);
    }

    fn finish(mut self) -> Parsed {
        if self.runs {
            self.edits.extend(self.everywhere);
            // Stable: at one place the end of a loop comes first, and a statement's mark stays before what wraps it.
            self.edits.sort_by_key(|edit| (edit.range.start, edit.text != END_OF_LOOP));
            self.parsed.body = pieces(self.cell, 0..self.cell.text.len(), &self.edits);
        }
        self.parsed
    }
}

/// Loops without a value and assignments are left as they are: there is nothing to show.
fn has_value(expr: &Expr) -> bool {
    !matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Assign(_) | Expr::Return(_))
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
mod tests;
