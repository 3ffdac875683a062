//! After a cell: brings items, variables and statics in line with what is in the child process.

use std::collections::HashMap;

use ferrolab_display::frame::{Outcome, Stored};

use super::DirectEngine;
use super::compile::Make;
use super::execute::{Ready, hidden_by};
use super::parse::NewVariable;
use super::program::{Draft, Loaded, Way};
use super::types::{cannot_be_named, variable_types};
use super::variables::Variable;
use crate::engine::OptLevel;

impl DirectEngine {
    /// The cell compiles: from here on its items and imports are there, whatever happens when it runs. Variables that
    /// are `unfit` for them go.
    pub(super) fn accept(&mut self, ready: &Ready<'_>, unfit: Vec<String>) {
        let number = ready.draft.cell.number;
        self.table = ready.draft.table.clone();
        for name in unfit {
            let (now, then) = match hidden_by(ready.draft.parsed, &name) {
                Some(item) => (format!("`{item}` has its name now"), format!("`{item}` has its name since")),
                None => ("its type is defined anew".into(), "its type was defined anew there".into()),
            };
            self.tell(&format!("`{name}` is dropped: {now}"));
            let why = format!("it was dropped in cell {number}, because {then}");
            self.variables.lose(&name, why);
            self.forgotten.push(name);
        }
        let parsed = ready.draft.parsed;
        if parsed.body.is_empty() && parsed.items.iter().any(|item| item.key == "fn main") {
            self.tell("`main` is defined: to run it, write `main()`");
        }
        for note in ready.repairs.notes.iter().chain(&ready.warnings) {
            self.tell(note);
        }
        for (name, why) in &ready.repairs.lost {
            self.variables.lose(name, why);
        }
    }

    /// The cell has ended, and these variables are `present` in the store.
    pub(super) fn keep_books(&mut self, ready: &Ready<'_>, outcome: &Outcome, stored: &[Stored]) {
        let draft = &ready.draft;
        let number = draft.cell.number;
        let present: HashMap<&str, &str> =
            stored.iter().map(|stored| (stored.name.as_str(), stored.type_name.as_str())).collect();
        for Loaded { name, variable, way } in &draft.loaded {
            if present.contains_key(name.as_str()) {
                let epoch = self.table.epoch();
                self.variables.insert(name.clone(), Variable { epoch, ..variable.clone() });
            } else if *way == Way::Through {
                self.variables
                    .lose(name, format!("it was lost when cell {number} failed while it was moved"));
            } else {
                self.variables.lose(name, format!("it was moved in cell {number}"));
            }
        }
        if *outcome != Outcome::Ok {
            return;
        }
        let kept = |new: &&NewVariable| draft.packed.contains(&new.name);
        let new: Vec<(&NewVariable, &str)> = (draft.parsed.variables.iter().filter(kept))
            .filter_map(|new| Some((new, *present.get(new.name.as_str())?)))
            .collect();
        let types = self.written_types(ready, &new);
        for ((new, _), type_name) in new.into_iter().zip(types) {
            let name = new.name.clone();
            let problem = match &type_name {
                Some(type_name) => cannot_be_named(type_name),
                None => Some("its type could not be found out"),
            };
            match (problem, type_name) {
                (None, Some(type_name)) => {
                    let variable = Variable::new(type_name, new.mutable, number, &self.table);
                    self.variables.insert(name, variable);
                }
                (problem, _) => {
                    let why = problem.unwrap_or_default();
                    self.variables.lose(&name, format!("it could not be kept after cell {number}: {why}"));
                    self.forgotten.push(name);
                }
            }
        }
    }

    /// The types of new variables as cells can write them; rustc is asked if one holds a path that is new.
    fn written_types(&mut self, ready: &Ready<'_>, new: &[(&NewVariable, &str)]) -> Vec<Option<String>> {
        let known: Vec<_> = new.iter().map(|(_, name)| self.paths.written(name, &self.table)).collect();
        if known.iter().all(Option::is_some) {
            return known;
        }
        let mut types = self.types_in_mir(ready);
        for (new, type_name) in new {
            if let Some(written) = types.get(&new.name) {
                self.paths.learn(type_name, written);
            }
        }
        new.iter().map(|(new, _)| types.remove(&new.name)).collect()
    }

    /// What rustc says of the types of new variables.
    fn types_in_mir(&self, ready: &Ready<'_>) -> HashMap<String, String> {
        let draft = Draft { witnesses: true, ..ready.draft.clone() };
        let (program, _) = draft.write(&self.statics);
        let order = self.order(&draft.cell, Make::Mir, draft.table.epoch(), OptLevel::default());
        let compiled = self.compiler().compile(&order, program.text(), None, &self.phase);
        let mir = compiled.ok().and_then(|compiled| std::fs::read_to_string(compiled.mir).ok());
        variable_types(&mir.unwrap_or_default())
    }

    /// The process has died; the names of the variables that were in it, and the cells that made them.
    pub(super) fn lose_all(&mut self) -> Vec<(String, u32)> {
        self.forgotten.clear();
        self.statics.clear();
        self.variables.lose_all("it was lost when the process that runs the cells ended")
    }
}
