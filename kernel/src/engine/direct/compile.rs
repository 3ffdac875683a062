//! Runs rustc on the program of a cell.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bundle::Bundle;
use crate::diagnostics::Diagnostic;
use crate::engine::OptLevel;
use crate::engine::direct::phase::Phase;

/// What to make of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// A library to run.
    Library,
    /// A library, and its MIR for the types of variables.
    LibraryAndMir,
    /// Only MIR, for the type of an expression.
    Mir,
    /// Nothing: the program holds items only. Their errors are found all the same.
    Check,
    /// The library once more, with line tables.
    Lines,
}

/// What to compile.
#[derive(Debug)]
pub struct Order<'a> {
    /// Where all files go. Must be new for each cell: a process that has loaded a library takes every later one at the
    /// same place for the same.
    pub folder: &'a Path,
    /// Name of the source file: the place that a panic tells.
    pub file: &'a str,
    pub source: &'a str,
    pub make: Make,
    /// Programs of different epochs have different types, see `Table::epoch`.
    pub epoch: u64,
}

/// A compiled cell.
#[derive(Debug)]
pub struct Compiled {
    pub library: PathBuf,
    pub mir: Option<PathBuf>,
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

/// Compiles programs against one bundle.
#[derive(Debug)]
pub struct Compiler {
    pub bundle: Bundle,
    pub work_dir: PathBuf,
    pub opt_level: OptLevel,
}

impl Compiler {
    /// Compiles the source of a cell.
    pub fn compile(&self, order: &Order<'_>, phase: &Phase) -> Result<Compiled, CompileError> {
        let Order { folder, file, source, make, epoch } = *order;
        std::fs::create_dir_all(folder)?;
        let source_file = folder.join(file);
        std::fs::write(&source_file, source)?;
        let emit = match make {
            Make::Library | Make::Lines => "link",
            Make::LibraryAndMir => "link,mir",
            Make::Mir => "mir",
            Make::Check => "metadata",
        };
        let mut command = self.command();
        command
            .arg(if make == Make::Lines { "-Cdebuginfo=line-tables-only" } else { "-Cdebuginfo=0" })
            .args(matches!(make, Make::Lines | Make::Mir).then_some("-Awarnings"))
            .arg(format!("--emit={emit}"))
            .arg(format!("-Cmetadata={epoch}"))
            // So that a panic and `dbg!` tell `cell_3.rs` and not where it lies.
            .arg(format!("--remap-path-prefix={}/=", folder.display()))
            .arg("--out-dir")
            .arg(folder)
            .arg(&source_file);
        let mut child = command.spawn()?;
        phase.compiling(child.id());
        let mut messages = Vec::new();
        let read = child.stderr.take().map_or(Ok(0), |mut stderr| stderr.read_to_end(&mut messages));
        // Before the process is waited for: from then on its number may be that of another process.
        let interrupted = phase.idle();
        let status = child.wait()?;
        read?;
        if interrupted {
            return Err(CompileError::Interrupted);
        }
        let messages = String::from_utf8_lossy(&messages);
        let errors: Vec<Diagnostic> =
            messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if status.success() {
            let mir = matches!(make, Make::LibraryAndMir | Make::Mir).then(|| folder.join("cell.mir"));
            return Ok(Compiled { library: folder.join("libcell.so"), mir, warnings: errors });
        }
        if !errors.iter().any(Diagnostic::is_error) {
            return Err(CompileError::Rustc(format!("rustc ended with {status}: {}", messages.trim())));
        }
        Err(CompileError::Errors(errors))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.bundle.rustc);
        command
            .args(["--crate-name=cell", "--crate-type=cdylib", "--edition=2024", "--error-format=json"])
            .arg("-Cprefer-dynamic")
            .arg(format!("-Copt-level={}", self.opt_level.0))
            .args(&self.bundle.flags)
            .current_dir(&self.work_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }
}
