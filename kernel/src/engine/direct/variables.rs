//! The book of variables: their types, and for those that are gone, why.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names::mentioned;
use super::table::{Definition, Table};

/// What the kernel knows of a variable in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its type, as source that any cell can contain.
    pub type_name: String,
    /// The names in its type.
    pub names: HashSet<String>,
    pub mutable: bool,
    /// The cell that made it.
    pub cell: u32,
    /// What its type is made of in cells, as it was when the variable was made.
    pub definition: Definition,
    /// The epoch (see `Table::epoch`) in which the variable was last put into the store.
    pub epoch: u64,
}

impl Variable {
    pub fn new(type_name: String, mutable: bool, cell: u32, table: &Table) -> Self {
        let names = names_in(&type_name);
        let definition = table.definition(&names, None);
        Variable { type_name, names, mutable, cell, definition, epoch: table.epoch() }
    }

    /// Whether its type is still made of what it was made of. An `impl` that has come since cannot have changed a type
    /// that compiled without it.
    pub fn fits(&self, table: &Table) -> bool {
        table.definition(&self.names, Some(&self.definition)) == self.definition
    }
}

fn names_in(type_name: &str) -> HashSet<String> {
    type_name.parse().map(mentioned).unwrap_or_default()
}

/// Variables by name.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    live: BTreeMap<String, Variable>,
    /// Those that cells could expect and that are not there: a sentence why.
    gone: HashMap<String, String>,
}

impl Variables {
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Variable)> {
        self.live.iter()
    }

    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.live.get(name)
    }

    pub fn insert(&mut self, name: String, variable: Variable) {
        self.gone.remove(&name);
        self.live.insert(name, variable);
    }

    /// Takes a variable off the list of what is there, with the reason.
    pub fn lose(&mut self, name: &str, why: impl Into<String>) {
        self.live.remove(name);
        self.gone.insert(name.to_owned(), why.into());
    }

    /// Why a name is not there, if it was once.
    pub fn why_gone(&self, name: &str) -> Option<&str> {
        self.gone.get(name).map(String::as_str)
    }

    /// The store is empty: the process has died. Gives the names that were in it, and the cells that made them.
    pub fn lose_all(&mut self, why: &str) -> Vec<(String, u32)> {
        let live = std::mem::take(&mut self.live);
        live.into_iter()
            .map(|(name, variable)| {
                self.gone.insert(name.clone(), why.to_owned());
                (name, variable.cell)
            })
            .collect()
    }
}
