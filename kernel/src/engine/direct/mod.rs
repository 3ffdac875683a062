//! The direct engine: one rustc for each cell, no cargo, no language server.
//!
//! ```text
//!  cell ── parse ── items, imports ──► table ──┐
//!            └───── statements, new variables ─┴► program ──► compile (rustc) ──► child process: load, run
//!                                                  ▲               │ errors           │
//!                                                  └─── repair ◄───┘                  ▼ how it ended
//!                                                          types (from MIR) ──► variables
//! ```
//!
//! A cell becomes a small dynamic library, linked against the [bundle](crate::bundle). Its function takes the variables
//! that the cell mentions out of a store in the child process, runs the statements, and puts the variables back. Items
//! of earlier cells are compiled again, but only those that the cell reaches.

mod blocks;
mod books;
mod calls;
pub(super) mod child;
mod compile;
pub(super) mod death;
mod execute;
mod host;
mod imports;
mod instrument;
mod item;
mod link;
mod names;
pub(super) mod outcome;
pub(super) mod parse;
pub(super) mod phase;
mod program;
pub(super) mod programs;
mod pump;
mod repair;
mod scratch;
#[cfg(feature = "evcxr")]
pub(super) mod second;
pub(super) mod source;
mod statics;
mod symbols;
mod table;
mod types;
mod variables;

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

pub use host::{CHILD_ARGUMENT, child_host};

use super::{
    CellError, Definitions, Dependency, Engine, Event, EventSink, Interrupt, OptLevel, Spent, StreamName,
    Variable,
};
use crate::bundle::Bundle;
use crate::diagnostics;
use child::Child;
use compile::{Compiler, Make, Order};
use phase::Phase;
use programs::Programs;
use scratch::Scratch;
use statics::Statics;
use table::Table;
use variables::Variables;

/// What an engine works with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The library that cells are compiled against.
    pub bundle: Bundle,
    /// The `ferrolab` executable, which is also the child process (see [`child_host`]).
    pub executable: PathBuf,
    /// The folder in which cells are compiled and run.
    pub work_dir: PathBuf,
}

impl Config {
    /// This executable, in the current folder.
    pub fn new(bundle: Bundle) -> io::Result<Self> {
        Ok(Config { bundle, executable: std::env::current_exe()?, work_dir: std::env::current_dir()? })
    }
}

/// An engine that compiles each cell by one call of rustc.
pub struct DirectEngine {
    config: Config,
    events: EventSink,
    scratch: Scratch,
    child: Option<Child>,
    phase: Phase,
    table: Table,
    variables: Variables,
    statics: Statics,
    /// The number of the present run.
    serial: u64,
    /// Variables that are still in the store although no cell can use them any more.
    forgotten: Vec<String>,
    programs: Programs,
    spent: Spent,
    opt_level: OptLevel,
}

impl DirectEngine {
    /// An engine that is not started yet.
    pub fn new(config: Config, events: EventSink) -> io::Result<Self> {
        Ok(DirectEngine {
            config,
            events,
            scratch: Scratch::new()?,
            child: None,
            phase: Phase::default(),
            table: Table::default(),
            variables: Variables::default(),
            statics: Statics::default(),
            serial: 0,
            forgotten: Vec::new(),
            programs: Programs::default(),
            spent: Spent::default(),
            opt_level: OptLevel::default(),
        })
    }

    fn compiler(&self) -> Compiler {
        let Config { bundle, work_dir, .. } = &self.config;
        Compiler { bundle: bundle.clone(), work_dir: work_dir.clone(), opt_level: self.opt_level }
    }

    /// The child process; a new one if the last has ended.
    fn child(&mut self) -> Result<&mut Child, CellError> {
        let child = match self.child.take() {
            Some(child) => child,
            None => {
                let Config { bundle, executable, work_dir } = &self.config;
                Child::start(executable, bundle, work_dir, self.events.clone(), self.programs.clone())
                    .map_err(|error| {
                        let text = format!("the process that runs the cells could not be started: {error}");
                        diagnostics::failure("ProcessDied", &text, None, "", &[])
                    })?
            }
        };
        Ok(self.child.insert(child))
    }

    /// Compiles an empty cell in the background: the first cell then finds compiler, linker and library in memory. From
    /// a cold disk they take seconds.
    fn warm_up(&self) {
        let compiler = self.compiler();
        let folder = self.scratch.cell(0);
        let work = move || {
            let source =
                "#![allow(warnings)]\nuse ferrolab::*;\n#[unsafe(no_mangle)] pub fn warm() { println!() }\n";
            let order = Order { folder: &folder, file: "warm.rs", source, make: Make::Library, epoch: 0 };
            let _ = compiler.compile(&order, &Phase::default());
            let _ = std::fs::remove_dir_all(&folder);
        };
        // Without it the first cell is slower, that is all.
        let _ = std::thread::Builder::new().name("warm-up".to_owned()).spawn(work);
    }

    /// Tells the user something that is no error.
    fn tell(&self, text: &str) {
        (self.events)(Event::Stream { name: StreamName::Stderr, text: format!("{text}\n") });
    }
}

impl Engine for DirectEngine {
    fn start(&mut self) -> Result<(), CellError> {
        self.child()?;
        self.warm_up();
        Ok(())
    }

    fn execute(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        self.run_cell(code, number)
    }

    fn variables(&self) -> Vec<Variable> {
        let describe = |(name, variable): (&String, &variables::Variable)| Variable {
            name: name.clone(),
            type_name: types::short(&variable.type_name),
            mutable: variable.mutable,
        };
        self.variables.iter().map(describe).collect()
    }

    fn type_of(&mut self, expression: &str, number: u32) -> Result<String, CellError> {
        self.find_type(expression, number)
    }

    fn explain(&self, code: &str) -> Option<String> {
        let output = Command::new(&self.config.bundle.rustc).args(["--explain", code]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn spent(&self) -> Spent {
        self.spent
    }

    fn opt_level(&mut self) -> &mut OptLevel {
        &mut self.opt_level
    }

    fn depend(&mut self, _wanted: &[Dependency]) -> Result<(), CellError> {
        Err(diagnostics::failure("DependencyError", "this engine takes no packages yet", None, "", &[]))
    }

    fn clear(&mut self) -> Result<(), CellError> {
        self.child = None;
        self.table = Table::default();
        self.variables = Variables::default();
        self.statics = Statics::default();
        self.forgotten.clear();
        self.child().map(drop)
    }

    fn definitions(&self) -> Definitions {
        self.table.definitions()
    }

    fn interrupt(&self) -> Interrupt {
        let phase = self.phase.clone();
        Arc::new(move || phase.interrupt())
    }

    fn shutdown(&mut self) {
        self.child = None;
    }
}
