//! After a cell: brings items, variables and statics in line with what is in the child process.

use std::collections::HashSet;

use ferrolab_display::frame::Outcome;

use super::DirectEngine;
use super::execute::{Ready, hidden_by};
use super::program::{Loaded, Way};
use super::types::{cannot_be_named, variable_types};
use super::variables::Variable;

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
    pub(super) fn keep_books(&mut self, ready: &Ready<'_>, outcome: &Outcome, present: &HashSet<String>) {
        let draft = &ready.draft;
        let number = draft.cell.number;
        for Loaded { name, variable, way } in &draft.loaded {
            if present.contains(name) {
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
        let mir = ready.compiled.mir.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        let types = variable_types(&mir.unwrap_or_default());
        let kept = |name: &String| draft.packed.contains(name) && present.contains(name);
        for new in draft.parsed.variables.iter().filter(|new| kept(&new.name)) {
            let name = new.name.clone();
            let problem = match types.get(&name) {
                Some(type_name) => cannot_be_named(type_name),
                None => Some("its type could not be found out"),
            };
            match (problem, types.get(&name)) {
                (None, Some(type_name)) => {
                    let variable = Variable::new(type_name.clone(), new.mutable, number, &self.table);
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

    /// The process has died; the names of the variables that were in it, and the cells that made them.
    pub(super) fn lose_all(&mut self) -> Vec<(String, u32)> {
        self.forgotten.clear();
        self.statics.clear();
        self.variables.lose_all("it was lost when the process that runs the cells ended")
    }
}
