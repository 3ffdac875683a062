//! What an engine that compiles cells in its own way uses of this one: the books of items and variables, and the types that
//! only the compiler knows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Config;
use super::DirectEngine;
use super::compile::Make;
use super::parse::{Last, Parsed, parse};
use super::phase::Phase;
use super::programs::Programs;
use super::rewrite::normal;
use super::table::Table;
use super::types::{cannot_be_named, variable_types};
use super::variables::Variable;
use crate::cell::CellText;
use crate::diagnostics::{Diagnostic, Span, compile_error};
use crate::engine::{CellError, Dependency, Spent};

/// A cell, taken apart and compared with what is known.
pub struct Study {
    pub cell: Arc<CellText>,
    pub parsed: Parsed,
    /// The items and imports with those of the cell.
    table: Table,
    /// Variables whose types the cell defines anew.
    pub unfit: Vec<String>,
}

impl DirectEngine {
    pub(in crate::engine) fn config(&self) -> &Config {
        &self.config
    }

    pub(in crate::engine) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(in crate::engine) fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(in crate::engine) fn spent_mut(&mut self) -> &mut Spent {
        &mut self.spent
    }

    /// Does the work of a cell, which can be interrupted.
    pub(in crate::engine) fn begin_cell(&mut self) {
        self.serial += 1;
        self.phase.begin();
    }

    pub(in crate::engine) fn end_cell(&mut self) {
        self.phase.end();
        let _ = std::fs::remove_dir_all(self.scratch.cell(self.serial));
    }

    pub(in crate::engine) fn study(&mut self, code: &str, number: u32) -> Result<Study, CellError> {
        let cell = Arc::new(CellText { number, text: normal(code) });
        let parsed = parse(&cell, Last::Result, self.surroundings())
            .map_err(|error| self.syntax_error(&cell, &error))?;
        let (draft, unfit) = self.draft(cell.clone(), &parsed);
        let table = draft.table;
        Ok(Study { cell, table, unfit, parsed })
    }

    /// Whether the cell compiles; its errors, if it does not.
    pub(in crate::engine) fn check(&mut self, study: &Study) -> Result<(), CellError> {
        let (draft, _) = self.draft(study.cell.clone(), &study.parsed);
        self.compile(draft, Make::Check).map(drop)
    }

    /// The types of the variables that a cell makes, as far as they can be written. The cell is compiled for it, not run.
    pub(in crate::engine) fn types(&mut self, study: &Study) -> Result<HashMap<String, String>, CellError> {
        let (mut draft, _) = self.draft(study.cell.clone(), &study.parsed);
        draft.packed = study.parsed.variables.iter().map(|variable| variable.name.clone()).collect();
        draft.witnesses = true;
        let ready = self.compile(draft, Make::Mir)?;
        let mir = std::fs::read_to_string(ready.compiled.mir).unwrap_or_default();
        let mut types = variable_types(&mir);
        types.retain(|_, type_name| cannot_be_named(type_name).is_none());
        Ok(types)
    }

    /// The cell has run; these variables are there now, with these types.
    pub(in crate::engine) fn adopt(&mut self, study: &Study, present: Vec<(String, String)>) {
        self.table = study.table.clone();
        let names: HashSet<&String> = present.iter().map(|(name, _)| name).collect();
        let gone: Vec<String> = self
            .variables
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !names.contains(name))
            .collect();
        for name in gone {
            let anew = study.parsed.variables.iter().any(|new| new.name == name);
            let how = if anew { "replaced by one that was not kept" } else { "moved" };
            self.variables.lose(&name, format!("it was {how} in cell {}", study.cell.number));
        }
        for (name, type_name) in present {
            let new = study.parsed.variables.iter().find(|new| new.name == name);
            if let Some(new) = new {
                self.variables
                    .insert(name, Variable::new(type_name, new.mutable, study.cell.number, &self.table));
            }
        }
    }

    /// Makes crates usable in cells. Whether the process that runs the cells has to be started anew.
    pub(in crate::engine) fn add(&mut self, wanted: &[Dependency]) -> Result<bool, CellError> {
        self.under_way(|engine| engine.add_crates(wanted))
    }

    /// What rustc must be told of the library and of added crates, where `cc` links: a package of the user's may want
    /// libraries of the system, which only that finds.
    pub(in crate::engine) fn flags_for_cc(&self) -> Vec<String> {
        [self.config.bundle.flags.clone(), self.deps.flags_for_cc()].concat()
    }

    /// The crate that a program must name to be linked to the added crates.
    pub(in crate::engine) fn crate_of_crates(&self) -> Option<&str> {
        self.deps.library()
    }

    /// Variables are gone that no cell has moved.
    pub(in crate::engine) fn lose(&mut self, name: &str, why: String) {
        self.variables.lose(name, why);
    }

    /// All variables are gone; their names, and the cells that made them.
    pub(in crate::engine) fn lose_variables(&mut self) -> Vec<(String, u32)> {
        self.lose_all()
    }

    /// Nothing is known any more.
    pub(in crate::engine) fn forget(&mut self) {
        self.table = Table::default();
        self.variables = Default::default();
    }

    /// Shows errors that have been found elsewhere.
    pub(in crate::engine) fn show_errors(
        &self,
        study: &Study,
        errors: &[Diagnostic],
        locate: &dyn Fn(&Span) -> Option<crate::cell::Place>,
    ) -> CellError {
        let hint =
            |error: &Diagnostic| super::outcome::hint(error, &self.variables, &study.parsed.variables, &[]);
        compile_error(errors, locate, &hint)
    }

    pub(in crate::engine) fn say(&self, text: &str) {
        self.tell(text);
    }
}

/// A first cell, taken apart.
#[cfg(test)]
pub(in crate::engine) fn taken_apart(cell: &Arc<CellText>) -> Parsed {
    let (table, view) = (Table::default(), super::view::View::default());
    let around = super::parse::Surroundings { folder: std::path::Path::new("."), table: &table, view: &view };
    parse(cell, Last::Result, around).unwrap()
}
