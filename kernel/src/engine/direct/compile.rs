//! Runs rustc on the program of a cell.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::phase::Phase;
use super::standby::Standby;
use super::warnings::LEVELS;
use crate::diagnostics::Diagnostic;
use crate::engine::OptLevel;

/// What to make of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// A library to run.
    Library,
    /// Only MIR, for types.
    Mir,
    /// Nothing: the program holds items only. Their errors are found all the same.
    Check,
    /// The library once more, with line tables.
    Lines,
}

/// What to compile, but for its text: all of it can be known before the cell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Where all files go. Must be new for each cell: a process that has loaded a library takes every later one at the
    /// same place for the same.
    pub folder: PathBuf,
    /// Name of the source file: the place that a panic tells.
    pub file: String,
    pub make: Make,
    /// Programs of different epochs have different types, see `Table::epoch`.
    pub epoch: u64,
    pub opt_level: OptLevel,
    /// Where the library is, and what else rustc needs to know of the session.
    pub flags: Vec<String>,
}

/// A compiled cell.
#[derive(Debug)]
pub struct Compiled {
    /// There if it was ordered.
    pub library: PathBuf,
    /// There if it was ordered.
    pub mir: PathBuf,
    /// What rustc said all the same.
    pub warnings: Vec<Diagnostic>,
}

/// Why there is no compiled cell.
#[derive(Debug)]
pub enum CompileError {
    /// The program has errors.
    Errors(Vec<Diagnostic>),
    /// The user has interrupted the compiler.
    Interrupted,
    /// rustc did not do its work: it could not be started, or died.
    Rustc(String),
}

impl From<io::Error> for CompileError {
    fn from(error: io::Error) -> Self {
        CompileError::Rustc(error.to_string())
    }
}

/// Compiles programs.
#[derive(Debug)]
pub struct Compiler {
    pub rustc: PathBuf,
    pub work_dir: PathBuf,
}

impl Compiler {
    /// Compiles the source of a cell; by the compiler that stands by, if that was started for this order.
    pub fn compile(
        &self,
        order: &Order,
        source: &str,
        standby: Option<Standby>,
        phase: &Phase,
    ) -> Result<Compiled, CompileError> {
        let waiting = standby.and_then(|standby| standby.give(order, source));
        let mut process = match waiting {
            Some(process) => process,
            None => {
                std::fs::create_dir_all(&order.folder)?;
                let file = order.folder.join(&order.file);
                // Of an earlier attempt; it may be a link, see `Standby`.
                let _ = std::fs::remove_file(&file);
                std::fs::write(&file, source)?;
                self.command(order).arg(file).stdin(Stdio::null()).spawn()?
            }
        };
        phase.compiling(process.id());
        let mut messages = Vec::new();
        let read = process.stderr.take().map_or(Ok(0), |mut stderr| stderr.read_to_end(&mut messages));
        // Before the process is waited for: from then on its number may be that of another process.
        let interrupted = phase.idle();
        let status = process.wait()?;
        read?;
        if interrupted {
            return Err(CompileError::Interrupted);
        }
        let messages = String::from_utf8_lossy(&messages);
        let errors: Vec<Diagnostic> = messages.lines().filter_map(Diagnostic::read).collect();
        if status.success() {
            let (library, mir) = (order.folder.join("libcell.so"), order.folder.join("cell.mir"));
            return Ok(Compiled { library, mir, warnings: errors });
        }
        if !errors.iter().any(Diagnostic::is_error) {
            return Err(CompileError::Rustc(format!("rustc ended with {status}: {}", messages.trim())));
        }
        Err(CompileError::Errors(errors))
    }

    /// rustc with all that an order says, without the source file.
    pub fn command(&self, order: &Order) -> Command {
        let Order { folder, make, epoch, opt_level, flags, .. } = order;
        let emit = match make {
            Make::Library | Make::Lines => "link",
            Make::Mir => "mir",
            Make::Check => "metadata",
        };
        let mut command = Command::new(&self.rustc);
        command
            .args(["--crate-name=cell", "--crate-type=cdylib", "--edition=2024", "--error-format=json"])
            .arg("-Cprefer-dynamic")
            .arg(format!("-Copt-level={}", opt_level.0))
            // What they are at level 0, for all levels: an overflow panics, whatever the level is.
            .args(["-Coverflow-checks=yes", "-Cdebug-assertions=yes"])
            .args(flags)
            .args(if matches!(make, Make::Lines | Make::Mir) { &["-Awarnings"] } else { LEVELS })
            .arg(if *make == Make::Lines { "-Cdebuginfo=line-tables-only" } else { "-Cdebuginfo=0" })
            .arg(format!("--emit={emit}"))
            .arg(format!("-Cmetadata={epoch}"))
            // So that a panic and `dbg!` tell `cell_3.rs` and not where it lies.
            .arg(format!("--remap-path-prefix={}/=", folder.display()))
            .arg("--out-dir")
            .arg(folder)
            .current_dir(&self.work_dir)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }
}
