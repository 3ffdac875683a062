//! Writes the program of a cell: variables out of the store, the user's statements, variables back, then the items.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

use super::apart::Linked;
use super::boxes::Boxed;
use super::item::{Item, Namespace};
use super::parse::{Parsed, RUNTIME};
use super::source::{Program, Role};
use super::statics::Statics;
use super::table::Table;
use super::variables::Variable;
use crate::cell::CellText;
use crate::engine::OptLevel;

/// How a variable of an earlier cell goes through this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Borrowed by the body: it comes back, whatever happens.
    Around,
    /// Owned by the body, which moves it and gives it a new value: it comes back at the end.
    Through,
    /// Replaced by a new variable of the same name: the old value comes back if the cell fails.
    Replaced,
    /// The body moves it: it does not come back.
    Into,
}

/// A variable of an earlier cell that this one mentions.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub name: String,
    pub variable: Variable,
    pub way: Way,
}

/// All that a program is written from. Repairs change it, then the program is written anew.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    pub cell: Arc<CellText>,
    pub parsed: &'a Parsed,
    pub table: Table,
    pub loaded: Vec<Loaded>,
    /// New variables to keep.
    pub packed: Vec<String>,
    /// What some of them become, because their own types have no names.
    pub boxed: HashMap<String, Boxed>,
    /// Items of earlier cells that do not compile any more. They stay in the table.
    pub left_out: HashSet<String>,
    /// What links the program to the library and to the crates of `:dep`.
    pub links: String,
    /// What stands at the beginning of the body: settings.
    pub begin: String,
    /// The runtime of `tokio`, if the session has that crate.
    pub executor: Option<Executor>,
    /// The number of this run; never the same twice.
    pub serial: u64,
    /// Functions of earlier cells that it links instead of containing them, by the keys of their items.
    pub linked: BTreeMap<String, Linked>,
    /// How much it is optimised.
    pub level: OptLevel,
    /// Shows the new variables to `witness`, so that the MIR tells their types.
    pub witnesses: bool,
}

/// Waits for the body of a cell that awaits.
const BLOCK_ON: &str = "::ferrolab::display::runtime::block_on(async { ";

/// The runtime of `tokio`: where cells have that crate, its tasks, timers and sockets work in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executor {
    /// The crate's name in cells.
    pub name: String,
    /// It has threads of its own.
    pub threads: bool,
}

impl Executor {
    /// Waits for the body of a cell that awaits: tokio drives it, an interrupt ends it.
    const WAIT: &str = "__tokio.block_on(::ferrolab::display::runtime::interruptible(async { ";

    /// Makes the runtime, once for the process, and the cell a part of it.
    fn enter(&self) -> String {
        let make = if self.threads { "new_multi_thread" } else { "new_current_thread" };
        format!(
            "let __tokio = __store.resident(|| ::{}::runtime::Builder::{make}().enable_all().build())?; \
             let __entered = __tokio.enter(); ",
            self.name
        )
    }
}

/// Name of the cell's function in its library.
pub fn symbol(serial: u64) -> String {
    format!("ferrolab_cell_{serial}")
}

impl Draft<'_> {
    /// The items of cells that the program needs, as Rust.
    pub fn reached(&self) -> Vec<&Item> {
        let mut items = self.table.reach(&self.roots());
        items.retain(|item| !self.left_out.contains(&item.key));
        items
    }

    /// The names that lead to the items of the program.
    fn roots(&self) -> HashSet<String> {
        let mut names = self.parsed.mentions.clone();
        for loaded in &self.loaded {
            names.extend(loaded.variable.names.iter().cloned());
        }
        // All of its own items, used or not: their errors belong to this cell.
        for item in &self.parsed.items {
            names.extend(item.defines.iter().map(|(_, name)| name.clone()));
            names.extend(item.tokens.mentions.iter().cloned());
        }
        names
    }

    /// The program, and the keys of the statics that it defines. The user's first line is its first line too, and so on:
    /// see `Taking::hoist`.
    pub fn write(&self, statics: &Statics) -> (Program, Vec<String>) {
        let mut program = Program::default();
        program.pieces(&self.parsed.attributes, None);
        if !self.parsed.body.is_empty() {
            self.function(&mut program);
        }
        for import in self.table.imports().iter().filter(|import| !self.parsed.imports.contains(import)) {
            program.generated(&import.text, Role::Import(import.text.clone()));
            program.glue("\n");
        }
        program.pieces(&self.parsed.import_pieces, None);
        program.glue(&self.links);
        let items = self.reached();
        self.keep_order_of_streams(&items, &mut program);
        let mut defined = Vec::new();
        for item in items {
            match &item.declaration {
                _ if self.linked.contains_key(&item.key) => program.glue(&self.linked[&item.key].declare()),
                Some(declaration) => {
                    let cell = self.serial.to_string();
                    if statics.write(&mut program, item, declaration, &self.table, &cell) {
                        defined.push(item.key.clone());
                    }
                }
                None => program.pieces(&item.pieces, Some(&item.key)),
            }
        }
        (program, defined)
    }

    /// A program that writes to standard error gets macros that keep the order of both streams; one that does not pays
    /// nothing. A macro of the user's own stays.
    fn keep_order_of_streams(&self, items: &[&Item], program: &mut Program) {
        let mentions = |name: &str| {
            self.parsed.mentions.contains(name)
                || items.iter().any(|item| item.tokens.mentions.contains(name))
        };
        if !["eprint", "eprintln", "dbg"].into_iter().any(mentions) {
            return;
        }
        let taken = |name: &str| {
            self.table.imports().iter().any(|import| import.binds.as_deref() == Some(name))
                || items.iter().any(|item| item.defines.contains(&(Namespace::Macro, name.to_owned())))
        };
        let free: Vec<&str> = ["print", "println", "eprint", "eprintln", "dbg"]
            .into_iter()
            .filter(|name| mentions(name) && !taken(name))
            .collect();
        program.glue(&format!("use {RUNTIME}::streams::{{{}}};\n", free.join(", ")));
    }

    fn function(&self, program: &mut Program) {
        program.glue(&format!(
            "#[unsafe(no_mangle)] pub fn {}(__store: &mut {RUNTIME}::Store) -> {RUNTIME}::End {{ ",
            symbol(self.serial)
        ));
        for loaded in self.loaded.iter().filter(|loaded| loaded.way != Way::Through) {
            self.take(program, loaded);
        }
        program.glue(&format!(
            "let __end = {RUNTIME}::attempt(|| -> ::std::result::Result<(), {RUNTIME}::CellFailure> {{ "
        ));
        for loaded in self.loaded.iter().filter(|loaded| loaded.way == Way::Through) {
            self.take(program, loaded);
        }
        program.glue(&self.begin);
        if let Some(executor) = &self.executor {
            program.glue(&executor.enter());
        }
        if self.parsed.awaits {
            program.glue(match &self.executor {
                Some(_) => Executor::WAIT,
                None => BLOCK_ON,
            });
        }
        program.pieces(&self.parsed.body, None);
        // An interrupt may have ended what the last statement waited for.
        program.glue(&format!("\n;{RUNTIME}::poll();\n"));
        for name in &self.packed {
            // The MIR tells the type at this call: the argument of the next may be a constant there.
            let witness = format!("{RUNTIME}::store::witness(\"{name}\", &{name}); ");
            let witness = if self.witnesses { witness.as_str() } else { "" };
            let boxed = self.boxed.get(name).map_or_else(String::new, |boxed| boxed.rebind(name));
            let line = format!("{boxed}{witness}__store.put(\"{name}\", {name});\n");
            program.generated(&line, Role::Pack(name.clone()));
        }
        for loaded in self.loaded.iter().filter(|loaded| loaded.way == Way::Through) {
            keep(program, "", &loaded.name);
        }
        program.glue("::std::result::Result::Ok(()) ");
        program.glue(match (self.parsed.awaits, &self.executor) {
            (false, _) => "});\n",
            (true, None) => "}) });\n",
            (true, Some(_)) => "})) });\n",
        });
        for loaded in &self.loaded {
            match loaded.way {
                Way::Around => keep(program, "", &loaded.name),
                Way::Replaced => keep(program, "if __end.failed() ", &loaded.name),
                Way::Through | Way::Into => {}
            }
        }
        program.glue("__end }\n");
    }

    fn take(&self, program: &mut Program, loaded: &Loaded) {
        let Loaded { name, variable, .. } = loaded;
        let mut line = String::new();
        let mutable = if variable.mutable { "mut " } else { "" };
        let _ = write!(line, "let {mutable}{name}: {} = ", variable.type_name);
        // Types that cells define have another `TypeId` in each epoch, see `Table::epoch`. That this one still has the
        // definition that it had, the caller has checked.
        let other_epoch = variable.epoch != self.table.epoch() && !variable.definition.is_empty();
        let _ = if other_epoch {
            write!(line, "unsafe {{ __store.take_same_definition(\"{name}\") }}; ")
        } else {
            write!(line, "__store.take(\"{name}\"); ")
        };
        program.generated(&line, Role::Take(name.clone()));
    }
}

fn keep(program: &mut Program, condition: &str, name: &str) {
    program.generated(
        &format!("{condition}{{ __store.put(\"{name}\", {name}); }}\n"),
        Role::Keep(name.to_owned()),
    );
}
