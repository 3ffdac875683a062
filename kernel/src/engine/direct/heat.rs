//! How much of its time a cell will spend in code of its own, guessed from its text: whether it is worth optimising.
//!
//! Optimising makes a cell of loops three to ten times faster and lengthens its compilation: by a tenth of a second if it only
//! computes, by more than one second if it instantiates the generic code of polars. So both are guessed, in seconds, and
//! compared. The work is counted by [`Work`]: what is done in a loop, times the turns of the loop, as far as the text tells
//! them ([`Sizes`]), through the functions that the cell calls.

mod functions;
mod size;
#[cfg(test)]
mod tests;
mod turns;
mod work;

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::visit::Visit;
use syn::{Block, Item, Stmt};

use super::names::mentioned;
use crate::engine::OptLevel;
use functions::Functions;
pub use size::Sizes;
use work::Work;

/// The level for what is worth optimising. Level 1 runs loops that poll at half the speed of 2; 3 takes longer to compile and is
/// not faster.
pub const HOT: OptLevel = OptLevel(2);

/// The part of the time of unoptimised code that optimising saves.
const SAVED: f64 = 0.75;

/// Seconds that it adds to the compilation of any cell; a part of them because the compiler that stands by does not optimise.
const ADDED: f64 = 0.1;

/// The same for each method that is called: many are generic and compiled with the cell.
const ADDED_BY_CALL: f64 = 0.01;

/// The same, once, for cells that mention one of these.
const ADDED_BY_NAMES: [(f64, &[&str]); 2] = [
    (0.2, &["HashMap", "HashSet", "BTreeMap", "BTreeSet"]),
    (0.9, &["df", "lazy", "LazyFrame", "DataFrame", "Series", "group_by", "CsvReader", "CsvReadOptions"]),
];

/// What is guessed of a cell, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heat {
    /// The time of its own unoptimised code.
    pub work: f64,
    /// What optimising would add to its compilation.
    pub added: f64,
}

impl Heat {
    /// Whether the cell is done sooner if it is optimised.
    pub fn is_hot(self) -> bool {
        self.work * SAVED > self.added
    }
}

/// What is guessed of a cell and the `items` that it reaches, all as Rust; `sizes` is what is known of the variables of the
/// session, and learns those of the cell. Text that is no Rust is cold.
pub fn heat<'a>(cell: &str, items: impl IntoIterator<Item = &'a str>, sizes: &mut Sizes) -> Heat {
    let statements =
        cell.parse().ok().and_then(|tokens: TokenStream| Block::parse_within.parse2(tokens).ok());
    let statements = statements.unwrap_or_default();
    let items: Vec<(Item, HashSet<String>)> = items
        .into_iter()
        .filter_map(|text| text.parse().ok())
        .filter_map(|tokens: TokenStream| Some((syn::parse2(tokens.clone()).ok()?, mentioned(tokens))))
        .collect();
    let mut functions = Functions::default();
    items.iter().for_each(|(item, _)| functions.visit_item(item));
    statements.iter().for_each(|statement| functions.visit_stmt(statement));
    let mut names: HashSet<String> = cell.parse().map(mentioned).unwrap_or_default();
    names.extend(items.into_iter().flat_map(|(_, names)| names));
    let mut work = Work::new(&functions, sizes.clone(), &names);
    statements
        .iter()
        .filter(|statement| !matches!(statement, Stmt::Item(_)))
        .for_each(|s| work.visit_stmt(s));
    let Work { nanoseconds, calls, sizes: known, .. } = work;
    *sizes = known;
    let by_names = ADDED_BY_NAMES.iter().filter(|(_, of)| of.iter().any(|name| names.contains(*name)));
    let added = ADDED + ADDED_BY_CALL * calls as f64 + by_names.map(|(added, _)| added).sum::<f64>();
    Heat { work: nanoseconds * 1e-9, added }
}
