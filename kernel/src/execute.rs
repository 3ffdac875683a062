//! The commands `run` and `test`: execute notebooks, write or judge what comes out.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::command::{ExecutionArgs, RunArgs, TestArgs};
use crate::runner::batch::{self, Show};
use crate::runner::junit::JUnit;
use crate::runner::kernel::KernelCommand;
use crate::runner::{Execution, Failure, Options, report};
use crate::steps::{Took, step};
use crate::venv::VenvError;

/// What ends `run` or `test` before there is a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("found no notebook in {0}")]
    NoNotebook(String),
    #[error("cannot look for notebooks: {0}")]
    Search(io::Error),
    #[error(
        "{first} and {second} would both be written to {copy}: run them apart, or give each another --output"
    )]
    SameCopy { first: PathBuf, second: PathBuf, copy: PathBuf },
    #[error("cannot prepare the run: {0}")]
    Prepare(io::Error),
    #[error("cannot write {path}: {error}")]
    Report { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Venv(#[from] VenvError),
    #[error(transparent)]
    Engine(#[from] crate::engine::NotBuilt),
    #[error(transparent)]
    Library(#[from] crate::bundle::BundleError),
}

/// Executes notebooks, writes the executed copies (also of those that fail) and, if asked, pages.
pub fn run(arguments: &RunArgs) -> Result<ExitCode, RunError> {
    let notebooks = notebooks(&arguments.notebooks)?;
    let venv = arguments.html.then(crate::lab::private_jupyter).transpose()?;
    let Executed { mut written, all_well } = execute(&notebooks, &arguments.execution, &arguments.output)?;
    if let Some(venv) = venv.filter(|_| !written.is_empty()) {
        step("pages", |_| venv.convert_to_html(&written))?;
        written = written.into_iter().flat_map(|copy| [copy.with_extension("html"), copy]).collect();
    }
    written.iter().for_each(|file| println!("{}", file.display()));
    Ok(exit_code(all_well))
}

/// What became of notebooks that were executed.
pub struct Executed {
    /// The copies, in the order in which they were done.
    pub written: Vec<PathBuf>,
    /// Whether all have run to their end, and all copies were written.
    pub all_well: bool,
}

/// Executes notebooks and writes the copies into a folder, also of those that fail; says on standard error how each went.
pub fn execute(
    notebooks: &[PathBuf],
    arguments: &ExecutionArgs,
    output: &Path,
) -> Result<Executed, RunError> {
    let copies = copies(notebooks, output)?;
    arguments.engine.available()?;
    crate::library::ensure()?;
    let options = options(arguments)?;
    let colour = io::stderr().is_terminal();
    let mut executed = Executed { written: Vec::new(), all_well: true };
    batch::execute_all(notebooks, &options, arguments.jobs.into(), Show::Cells, |path, result| {
        let failure = match result {
            Err(unread) => Some(unread),
            Ok(execution) => {
                let mark = if execution.failure.is_none() { '✓' } else { '✗' };
                eprintln!("{mark} {} ({})", path.display(), Took(execution.elapsed));
                match execution.notebook.write(&copies[path]) {
                    Ok(()) => executed.written.push(copies[path].clone()),
                    Err(error) => {
                        executed.all_well = false;
                        eprintln!("error: {error}");
                    }
                }
                execution.failure
            }
        };
        if let Some(failure) = failure {
            executed.all_well = false;
            eprint!("\n{}\n", readable(path, &failure, colour));
        }
    });
    executed.all_well &= !options.is_stopped();
    Ok(executed)
}

/// Executes notebooks as tests: a line for each, the reports of those that failed, and how many passed.
pub fn test(arguments: &TestArgs) -> Result<ExitCode, RunError> {
    let notebooks = notebooks(&arguments.notebooks)?;
    arguments.execution.engine.available()?;
    crate::library::ensure()?;

    let options = options(&arguments.execution)?;
    let colour = io::stdout().is_terminal();
    let (mut passed, mut skipped, mut reports) = (0, 0, Vec::new());
    let mut junit = JUnit::default();
    let jobs = arguments.execution.jobs.into();
    batch::execute_all(&notebooks, &options, jobs, Show::Live, |path, result| {
        let (elapsed, cells, failure) = match result {
            Ok(Execution { elapsed, cells, failure, .. }) => (elapsed, cells, failure),
            Err(unread) => (Duration::ZERO, 0, Some(unread)),
        };
        let word = match &failure {
            Some(failure) => {
                junit.failed(path, elapsed, failure);
                reports.push(readable(path, failure, colour));
                "FAILED"
            }
            None if cells == 0 => {
                junit.skipped(path);
                skipped += 1;
                "skipped"
            }
            None => {
                junit.passed(path, elapsed);
                passed += 1;
                "passed"
            }
        };
        let took = if elapsed.is_zero() { String::new() } else { Took(elapsed).to_string() };
        println!("{word:<7} {took:>10}  {}", path.display());
    });

    reports.iter().for_each(|report| print!("\n{report}"));
    let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    println!("\n{passed} passed, {} failed{skips}", reports.len());
    if let Some(path) = &arguments.junit {
        junit.write(path).map_err(|error| RunError::Report { path: path.clone(), error })?;
    }
    Ok(exit_code(reports.is_empty() && !options.is_stopped()))
}

fn exit_code(all_well: bool) -> ExitCode {
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The notebooks that paths stand for.
pub fn notebooks(paths: &[PathBuf]) -> Result<Vec<PathBuf>, RunError> {
    let found = batch::find(paths).map_err(RunError::Search)?;
    if found.is_empty() {
        let places: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(RunError::NoNotebook(places.join(", ")));
    }
    Ok(found)
}

/// Where the executed copy of each notebook goes: its name, in the folder.
fn copies(notebooks: &[PathBuf], folder: &Path) -> Result<HashMap<PathBuf, PathBuf>, RunError> {
    let mut takers: HashMap<PathBuf, &PathBuf> = HashMap::new();
    let mut copies = HashMap::new();
    for notebook in notebooks {
        let copy = folder.join(notebook.file_name().unwrap_or_default());
        if let Some(first) = takers.insert(copy.clone(), notebook) {
            return Err(RunError::SameCopy { first: first.clone(), second: notebook.clone(), copy });
        }
        copies.insert(notebook.clone(), copy);
    }
    Ok(copies)
}

fn options(arguments: &ExecutionArgs) -> Result<Options, RunError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The first Ctrl-C interrupts the cells and ends the run in order, the second ends it at once.
        flag::register_conditional_shutdown(signal, 128 + signal, stop.clone()).map_err(RunError::Prepare)?;
        flag::register(signal, stop.clone()).map_err(RunError::Prepare)?;
    }
    Ok(Options {
        kernel: KernelCommand::this_program(arguments.engine).map_err(RunError::Prepare)?,
        parameters: arguments.parameters.clone(),
        timeout: arguments.timeout,
        stop,
    })
}

fn readable(path: &Path, failure: &Failure, colour: bool) -> String {
    let report = report::failure(path, failure);
    if colour { report } else { report::plain(&report) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_notebooks_of_one_name_are_not_written_over_each_other() {
        let error =
            copies(&["a/x.ipynb".into(), "b/x.ipynb".into()], Path::new("out")).unwrap_err().to_string();
        assert!(error.contains("a/x.ipynb and b/x.ipynb would both be written to out/x.ipynb"), "{error}");
        let copies = copies(&["a/x.ipynb".into(), "y.ipynb".into()], Path::new("out")).unwrap();
        assert_eq!(copies[Path::new("a/x.ipynb")], Path::new("out/x.ipynb"));
    }

    #[test]
    fn a_folder_without_notebooks_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(notebooks(&[folder.path().into()]), Err(RunError::NoNotebook(_))));
    }
}
