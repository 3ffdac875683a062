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

mod apart;
mod blocks;
mod books;
mod boxes;
mod calls;
pub(super) mod child;
mod compile;
pub(super) mod death;
mod deps;
mod execute;
mod expand;
mod heat;
mod host;
mod imports;
mod instrument;
pub(super) mod item;
mod layout;
mod level;
mod link;
mod macros;
mod names;
pub(super) mod outcome;
pub(super) mod parse;
mod paths;
pub(super) mod phase;
mod program;
pub(super) mod programs;
mod pump;
mod repair;
mod rewrite;
mod scratch;
#[cfg(feature = "evcxr")]
pub(super) mod second;
pub(super) mod source;
mod standby;
mod statics;
mod stream;
mod symbols;
mod table;
mod types;
mod variables;
mod view;
mod warnings;
mod words;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

pub(crate) use deps::CrateCache;
pub use host::{CHILD_ARGUMENT, child_host};
pub(crate) use scratch::Scratch;

use ferrolab_display::type_name::short;

use super::{
    CellError, Definitions, Dependency, Engine, Event, EventSink, Installed, Interrupt, OptLevel, Optimised,
    Setting, Spent, StreamName, Variable,
};
use crate::bundle::Bundle;
use crate::cell;
use crate::diagnostics;
use apart::Apart;
use child::Child;
use compile::{Compiler, Make, Order};
use deps::Deps;
use heat::Sizes;
use paths::Paths;
use phase::Phase;
use programs::Programs;
use standby::Standby;
use statics::Statics;
use table::Table;
use variables::Variables;
use view::View;

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
    deps: Deps,
    /// The number of the present run.
    serial: u64,
    /// Variables that are still in the store although no cell can use them any more.
    forgotten: Vec<String>,
    programs: Programs,
    spent: Spent,
    opt_level: Option<OptLevel>,
    apart: Apart,
    /// How the last cell was compiled.
    optimised: Option<Optimised>,
    /// What cells have told of the sizes of variables.
    sizes: Sizes,
    standby: Option<Standby>,
    paths: Paths,
    view: View,
    /// Variables of the environment of the child process.
    environment: Vec<(String, String)>,
    /// What rustc said of the last cell that it refused.
    last_errors: String,
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
            deps: Deps::default(),
            serial: 0,
            forgotten: Vec::new(),
            programs: Programs::default(),
            spent: Spent::default(),
            opt_level: None,
            apart: Apart::default(),
            optimised: None,
            sizes: Sizes::default(),
            standby: None,
            paths: Paths::default(),
            view: View::default(),
            environment: Vec::new(),
            last_errors: String::new(),
        })
    }

    fn compiler(&self) -> Compiler {
        let Config { bundle, work_dir, .. } = &self.config;
        Compiler { rustc: bundle.rustc.clone(), work_dir: work_dir.clone() }
    }

    /// What rustc needs to know of the library and of the crates of `:dep`.
    fn flags(&self) -> Vec<String> {
        let bundle = &self.config.bundle;
        let mentioned = |name: &str| self.variables.iter().any(|(_, variable)| variable.names.contains(name));
        [bundle.cell_flags.clone(), self.deps.flags(bundle, mentioned)].concat()
    }

    /// What links programs to the library and to the crates of `:dep`.
    fn links(&self) -> String {
        self.config.bundle.links.clone() + &self.deps.links()
    }

    /// Starts the compiler of the next cell, which will have this number. Without it the cell takes longer, that is all.
    fn stand_by(&mut self, number: u32) {
        let order = Order {
            folder: self.scratch.cell(self.serial + 1),
            file: cell::file_name(number),
            make: Make::Library,
            epoch: self.table.epoch(),
            opt_level: self.resting_level(),
            flags: self.flags(),
        };
        self.standby = Standby::start(&self.compiler(), order, &self.links()).ok();
    }

    /// The child process; a new one if the last has ended.
    fn child(&mut self) -> Result<&mut Child, CellError> {
        let child = match self.child.take() {
            Some(child) => child,
            None => {
                let Config { bundle, executable, work_dir } = &self.config;
                let mut program = Command::new(executable);
                program
                    .envs(self.environment.iter().map(|(name, value)| (name, value)))
                    .current_dir(work_dir);
                Child::start(program, bundle, self.events.clone(), self.programs.clone()).map_err(
                    |error| {
                        let text = format!("the process that runs the cells could not be started: {error}");
                        diagnostics::failure("ProcessDied", &text, None, "", &[])
                    },
                )?
            }
        };
        Ok(self.child.insert(child))
    }

    /// Tells the user something that is no error.
    fn tell(&self, text: &str) {
        (self.events)(Event::Stream { name: StreamName::Stderr, text: format!("{text}\n") });
    }
}

impl Engine for DirectEngine {
    fn start(&mut self) -> Result<(), CellError> {
        self.stand_by(1);
        self.config.bundle.read_ahead();
        self.child().map(drop)
    }

    fn execute(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        self.run_cell(code, number)
    }

    fn variables(&self) -> Vec<Variable> {
        let shortened = |variable: Variable| Variable { type_name: short(&variable.type_name), ..variable };
        self.bindings().into_iter().map(shortened).collect()
    }

    fn bindings(&self) -> Vec<Variable> {
        let describe = |(name, variable): (&String, &variables::Variable)| Variable {
            name: name.clone(),
            type_name: variable.type_name.clone(),
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

    fn opt_level(&mut self) -> &mut Option<OptLevel> {
        &mut self.opt_level
    }

    fn optimised(&self) -> Option<Optimised> {
        self.optimised.clone()
    }

    fn depend(&mut self, wanted: &[Dependency]) -> Result<(), CellError> {
        self.under_way(|engine| engine.add_crates(wanted).and_then(|_| engine.child().map(drop)))
    }

    fn dependencies(&self) -> Vec<Installed> {
        self.deps.installed()
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.config.work_dir)
    }

    fn last_errors(&self) -> &str {
        &self.last_errors
    }

    fn set(&mut self, setting: &Setting) -> Result<bool, CellError> {
        match setting {
            Setting::Offline(offline) => self.deps.offline = *offline,
            Setting::BuildEnv { name, value } => self.deps.build_env.push((name.clone(), value.clone())),
            Setting::Env { name, value } => self.environment.push((name.clone(), value.clone())),
            Setting::Format(format) => self.view.format.clone_from(format),
            Setting::Types(types) => self.view.types = *types,
            Setting::Errors(errors) => self.view.errors = *errors,
        }
        Ok(true)
    }

    fn restart(&mut self) -> Result<(), CellError> {
        self.child = None;
        self.lose_all();
        self.child().map(drop)
    }

    fn clear(&mut self) -> Result<(), CellError> {
        self.child = None;
        self.table = Table::default();
        self.variables = Variables::default();
        self.statics = Statics::default();
        self.sizes = Sizes::default();
        self.apart = Apart::default();
        self.forgotten.clear();
        self.child().map(drop)
    }

    fn definitions(&self) -> Definitions {
        Definitions { crates: self.deps.sources.clone(), ..self.table.definitions() }
    }

    fn interrupt(&self) -> Interrupt {
        let phase = self.phase.clone();
        Arc::new(move || phase.interrupt())
    }

    fn shutdown(&mut self) {
        self.standby = None;
        self.child = None;
    }
}
