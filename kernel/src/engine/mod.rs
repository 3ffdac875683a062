//! The seam between the Jupyter side and whatever evaluates a cell. Nothing outside `engine/` knows which engine runs.

mod ask;
pub mod direct;
#[cfg(feature = "evcxr")]
pub mod evcxr;
mod setting;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use ask::{Answer, Asker};
pub(crate) use direct::{CrateCache, Scratch};
pub use setting::{ErrorFormat, Format, Setting};

/// A MIME bundle: MIME type to content, as Jupyter's `data` field.
pub type Bundle = BTreeMap<String, Value>;

/// What a running cell makes, in the order it made it.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Text that the cell wrote.
    Stream { name: StreamName, text: String },
    /// A picture, table, … ; with an id it can be replaced later.
    Display { data: Bundle, metadata: Value, display_id: Option<String> },
    /// New content for every display with this id.
    UpdateDisplay { data: Bundle, metadata: Value, display_id: String },
    /// Empties the cell's output; with `wait`, only when the next output arrives.
    ClearOutput { wait: bool },
    /// The value of the cell's last expression.
    Result { data: Bundle, metadata: Value },
    /// The cell waits for a line of text from the person in front of it.
    Input { prompt: String, password: bool, asker: Asker },
}

/// Which of the two standard streams a text was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamName {
    Stdout,
    Stderr,
}

/// Where an engine sends its events; callable from any thread, keeps their order.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// Why a cell failed: the three fields of Jupyter's `error` message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// Kind of error: `E0308`, `panic`, `Error`, `Interrupted`, `SyntaxError`, `ProcessDied`, …
    pub ename: String,
    /// One line for people.
    pub evalue: String,
    /// ANSI-coloured lines.
    pub traceback: Vec<String>,
}

/// A variable of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub type_name: String,
    pub mutable: bool,
}

/// Where the time of a cell went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    pub compiling: Duration,
    pub running: Duration,
}

/// How much the compiler optimises cells: 0 to 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OptLevel(pub u8);

/// How much a cell was optimised, and why, as the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optimised {
    pub level: OptLevel,
    pub why: String,
}

/// What cells have defined besides variables, as far as later cells can use it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    /// Functions, types, `impl`s, macros, …; a method that stood alone in its `impl` block still does.
    pub items: Vec<Definition>,
    /// `use …;`, one name or glob each.
    pub imports: Vec<String>,
    /// The crates that were built for cells, and those that they use.
    pub crates: Vec<UsedCrate>,
}

/// A crate that was built for cells, as a language server reads it. The crates that it uses are places in the list in which it
/// stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedCrate {
    /// Its name in cells, if they can name it.
    pub name: Option<String>,
    pub source: crate::bundle::Crate,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The execution count of the cell that defines it.
    pub cell: u32,
    /// As the user wrote it.
    pub source: String,
}

/// A crate that cells are to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Its name in cells and in a Cargo.toml.
    pub name: String,
    /// The right-hand side in a Cargo.toml: `"1"`, or `{ version = "1", features = ["derive"] }`, as TOML text.
    pub specification: String,
}

/// A crate that cells can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    pub name: String,
    /// As it was asked for: the right-hand side in a Cargo.toml.
    pub specification: String,
    pub version: String,
    /// It is part of the library that cells are compiled against, and cost nothing.
    pub bundled: bool,
}

/// The variable of the environment that chooses the engine where the command line does not.
pub const VARIABLE: &str = "FERROLAB_ENGINE";

/// Which engine evaluates the cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// One rustc for each cell
    #[default]
    Direct,
    /// The crate evcxr; only in a build with the feature `evcxr`
    Evcxr,
}

/// This program was built without an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this ferrolab was built without the engine `{}`: build it with `cargo build --release -p ferrolab-kernel --features evcxr`",
    .0.name()
)]
pub struct NotBuilt(Kind);

impl Kind {
    /// The engines in this build.
    pub const BUILT: &'static [Kind] =
        if cfg!(feature = "evcxr") { &[Kind::Direct, Kind::Evcxr] } else { &[Kind::Direct] };

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Direct => "direct",
            Kind::Evcxr => "evcxr",
        }
    }

    /// An error if it is not in this build.
    pub fn available(self) -> Result<(), NotBuilt> {
        if Kind::BUILT.contains(&self) { Ok(()) } else { Err(NotBuilt(self)) }
    }

    /// Makes an engine that is not started yet.
    pub fn engine(self, config: direct::Config, events: EventSink) -> io::Result<Box<dyn Engine>> {
        match self {
            Kind::Direct => Ok(Box::new(direct::DirectEngine::new(config, events)?)),
            #[cfg(feature = "evcxr")]
            Kind::Evcxr => Ok(Box::new(evcxr::EvcxrEngine::new(config, events)?)),
            #[cfg(not(feature = "evcxr"))]
            Kind::Evcxr => Err(io::Error::other(NotBuilt(self))),
        }
    }
}

/// Interrupts the running cell; cloneable, callable from any thread, harmless when nothing runs.
pub type Interrupt = Arc<dyn Fn() + Send + Sync>;

/// Evaluates cells. Lives in the eval thread; everything it makes goes to the `EventSink` it was built with, and when
/// `execute` returns, all output of that cell has been sent.
pub trait Engine {
    /// Gets ready (starts the child process, loads the library). Called once, before the first cell.
    fn start(&mut self) -> Result<(), CellError>;
    /// Runs one cell; `number` is its execution count.
    fn execute(&mut self, code: &str, number: u32) -> Result<(), CellError>;
    /// The variables that cells can use now.
    fn variables(&self) -> Vec<Variable>;
    /// The same with types as source that any cell can contain, as far as the engine knows it: with full paths.
    fn bindings(&self) -> Vec<Variable> {
        self.variables()
    }
    /// The type of an expression, for people. It is compiled, not run.
    fn type_of(&mut self, expression: &str, number: u32) -> Result<String, CellError>;
    /// What the compiler knows about one of its error codes, in Markdown.
    fn explain(&self, code: &str) -> Option<String>;
    /// The time that the last call of `execute` took.
    fn spent(&self) -> Spent;
    /// How cells are compiled from now on; `None`: the engine chooses.
    fn opt_level(&mut self) -> &mut Option<OptLevel>;
    /// How the last cell was compiled that was run, if the engine can tell.
    fn optimised(&self) -> Option<Optimised> {
        None
    }
    /// Makes crates usable in cells, all or none of them: resolves and builds where needed.
    fn depend(&mut self, wanted: &[Dependency]) -> Result<(), CellError>;
    /// The crates that cells can use by [`Engine::depend`].
    fn dependencies(&self) -> Vec<Installed> {
        Vec::new()
    }
    /// The folder of the notebook, if there is one.
    fn folder(&self) -> Option<&Path> {
        None
    }
    /// What the compiler said of the last cell that it refused: a line of JSON for each error; empty if there was none.
    fn last_errors(&self) -> &str {
        ""
    }
    /// Changes a setting; false if this engine has no such thing.
    fn set(&mut self, _setting: &Setting) -> Result<bool, CellError> {
        Ok(false)
    }
    /// Ends the child process and starts a new one: variables are lost, all else stays.
    fn restart(&mut self) -> Result<(), CellError> {
        self.clear()
    }
    /// Forgets all variables, items and imports.
    fn clear(&mut self) -> Result<(), CellError>;
    /// The items and imports that cells can use now.
    fn definitions(&self) -> Definitions;
    /// A handle by which other threads interrupt the running cell.
    fn interrupt(&self) -> Interrupt;
    /// Ends the child process. Also happens on drop.
    fn shutdown(&mut self);
}
