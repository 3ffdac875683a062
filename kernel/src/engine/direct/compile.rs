//! Runs rustc on the program of a cell.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bundle::Bundle;
use crate::diagnostics::Diagnostic;
use crate::engine::direct::phase::Phase;

/// What to make of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// A library to run.
    Library,
    /// A library, and its MIR for the types of variables.
    LibraryAndMir,
    /// Nothing: the program holds items only. Their errors are found all the same.
    Check,
}

/// A compiled cell.
#[derive(Debug)]
pub struct Compiled {
    pub library: PathBuf,
    pub mir: Option<PathBuf>,
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
    /// Where sources and libraries go.
    pub folder: PathBuf,
    pub work_dir: PathBuf,
}

impl Compiler {
    /// Compiles the source of a cell. `name` is that of the source file, hence of the place that a panic tells, without
    /// `.rs`. Programs of different `epoch`s have different types, see `Table::epoch`.
    pub fn compile(
        &self,
        name: &str,
        source: &str,
        make: Make,
        epoch: u64,
        phase: &Phase,
    ) -> Result<Compiled, CompileError> {
        // A folder of its own: the names of rustc's intermediate files depend on the crate's name only.
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let source_file = self.folder.join(format!("{name}.rs"));
        std::fs::write(&source_file, source)?;
        let emit = match make {
            Make::Library => "link",
            Make::LibraryAndMir => "link,mir",
            Make::Check => "metadata",
        };
        let mut command = self.command(&source_file);
        command
            .arg("--out-dir")
            .arg(&folder)
            .arg(format!("--emit={emit}"))
            .arg(format!("-Cmetadata={epoch}"));
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
        if status.success() {
            let mir = (make == Make::LibraryAndMir).then(|| folder.join("cell.mir"));
            return Ok(Compiled { library: folder.join("libcell.so"), mir });
        }
        let messages = String::from_utf8_lossy(&messages);
        let errors: Vec<Diagnostic> =
            messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if errors.is_empty() {
            return Err(CompileError::Rustc(format!("rustc ended with {status}: {}", messages.trim())));
        }
        Err(CompileError::Errors(errors))
    }

    fn command(&self, source: &Path) -> Command {
        let mut command = Command::new(&self.bundle.rustc);
        command
            .args([
                "--crate-name=cell",
                "--crate-type=cdylib",
                "--edition=2024",
                "--error-format=json",
                "-Awarnings",
            ])
            .args(["-Cprefer-dynamic", "-Cdebuginfo=0", "-Copt-level=0"])
            .args(&self.bundle.flags)
            // So that a panic and `dbg!` tell `cell_3.rs` and not where it lies.
            .arg(format!("--remap-path-prefix={}/=", self.folder.display()))
            .arg(source)
            .current_dir(&self.work_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// Removes the files of a cell that the child process has loaded; the process keeps what it needs of them.
    pub fn clean(&self, name: &str) {
        let _ = std::fs::remove_file(self.folder.join(format!("{name}.rs")));
        let _ = std::fs::remove_dir_all(self.folder.join(name));
    }
}
