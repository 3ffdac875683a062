//! What is known when a request comes: the session's definitions, its variables, the libraries.

use std::sync::{Arc, OnceLock};

use super::entry::Source;
use super::index::Index;
use super::local;
use super::scan::{Choice, Scan, Use, scan};
use super::text::{open_brackets, tokens};
use super::world::World;
use crate::engine::{Definitions, Variable};

/// What the server keeps.
#[derive(Default)]
pub struct Names {
    /// The libraries' names, when they are loaded.
    pub(crate) library: Arc<OnceLock<Index>>,
    definitions: Arc<Definitions>,
    session: Index,
    uses: Vec<Use>,
}

/// What a request is answered from.
pub struct Known<'a> {
    pub variables: &'a [Variable],
    pub session: &'a Index,
    pub uses: &'a [Use],
    pub library: Option<&'a Index>,
}

impl Names {
    /// With the libraries' names at hand, of which nothing is loaded in the background.
    pub fn with_library(library: Index) -> Self {
        Names { library: Arc::new(OnceLock::from(library)), ..Names::default() }
    }

    /// Takes note of what the session defines now.
    pub fn learn(&mut self, definitions: Arc<Definitions>) {
        if self.definitions == definitions {
            return;
        }
        let mut all = Scan::default();
        for definition in &definitions.items {
            if let Some(found) = scan(&definition.source, &Choice::default()) {
                let source = Source { cell: Some(definition.cell), text: definition.source.as_str().into() };
                all.add(found, |entry| entry.source = Some(Box::new(source.clone())));
            }
        }
        let imports = definitions.imports.iter().filter_map(|import| scan(import, &Choice::default()));
        self.uses = imports.flat_map(|found| found.uses).collect();
        self.session = Index::of_scan(all);
        self.definitions = definitions;
    }

    /// What the session defines.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// What can be answered from now.
    pub fn known<'a>(&'a self, variables: &'a [Variable]) -> Known<'a> {
        Known { variables, session: &self.session, uses: &self.uses, library: self.library.get() }
    }
}

/// The items of the cell, with the layers below it.
pub struct Layers {
    cell: Index,
    uses: Vec<Use>,
    empty: Index,
}

impl Layers {
    pub fn of_cell(text: &str) -> Self {
        let (cell, uses) = local::items(text);
        Layers { cell, uses, empty: Index::default() }
    }

    /// What can be named where `before` ends.
    pub fn world<'a>(&'a self, known: &Known<'a>, before: &str) -> World<'a> {
        let mut uses = known.uses.to_vec();
        uses.extend(self.uses.iter().cloned());
        if in_macro(before, "sequential") {
            // `Input` and the words that may follow it.
            let path = ["ferrolab", "nn", "plan", "strict"].map(str::to_owned).to_vec();
            uses.push(Use { public: false, path, name: None });
        }
        let layers = vec![&self.cell, known.session, known.library.unwrap_or(&self.empty)];
        let mut world = World { layers, variables: known.variables, uses, locals: Vec::new() };
        local::collect(&mut world, before);
        world
    }
}

/// Whether the text ends inside of a call of this macro.
pub fn in_macro(before: &str, name: &str) -> bool {
    let all = tokens(before);
    open_brackets(&all).into_iter().any(|open| open >= 2 && all[open - 1].is("!") && all[open - 2].is(name))
}
