//! Executes notebooks through a real kernel over the real protocol, and keeps what Jupyter would keep.

pub mod batch;
pub mod junit;
pub mod kernel;
pub mod report;

mod cell;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::notebook::Notebook;
use crate::notebook::outputs::Outputs;
use crate::notebook::parameters::{self, Parameter};
use kernel::{Kernel, KernelCommand, KernelError};

/// Cells with this tag may fail, and the run goes on.
pub const RAISES_EXCEPTION: &str = "raises-exception";
/// Cells with this tag are left alone, with the outputs they have.
pub const SKIP_EXECUTION: &str = "skip-execution";

/// How notebooks are executed.
#[derive(Debug, Clone)]
pub struct Options {
    pub kernel: KernelCommand,
    pub parameters: Vec<Parameter>,
    /// For each cell; a cell that takes longer is interrupted and has failed.
    pub timeout: Option<Duration>,
    /// Set from outside (Ctrl-C): the running cell is interrupted and the run ends.
    pub stop: Arc<AtomicBool>,
}

/// What is left of a run: the notebook with all outputs until its end or the failure.
#[derive(Debug)]
pub struct Execution {
    pub notebook: Notebook,
    pub failure: Option<Failure>,
    /// How many cells had something to run.
    pub cells: usize,
    pub elapsed: Duration,
}

/// Why a notebook failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// None when the notebook could not even be started.
    pub cell: Option<FailedCell>,
    pub ename: String,
    pub evalue: String,
    /// ANSI-coloured lines; may be empty.
    pub traceback: Vec<String>,
}

/// The cell that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCell {
    /// Counted from 1 over all cells of the notebook, texts too.
    pub position: usize,
    /// The number in `[3]`.
    pub execution_count: Option<u64>,
    pub source: String,
}

/// Where a run is, for progress displays.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// The kernel is being started.
    Starting { cells: usize },
    /// A cell is about to run; `done` cells have run.
    Cell { done: usize, cells: usize, source: &'a str },
}

impl Failure {
    fn new(ename: &str, evalue: impl ToString) -> Self {
        Self { cell: None, ename: ename.to_owned(), evalue: evalue.to_string(), traceback: Vec::new() }
    }

    fn of_kernel(error: &KernelError) -> Self {
        Self::new("KernelError", error)
    }
}

/// Reads and executes a notebook, its folder being the kernel's working folder. A failure stops the run; whatever was
/// made until then is in the result.
///
/// # Errors
/// A failure without a notebook when the file cannot be read.
pub fn execute(path: &Path, options: &Options, watch: &dyn Fn(Progress)) -> Result<Execution, Failure> {
    let start = Instant::now();
    let mut notebook = Notebook::read(path).map_err(|error| Failure::new("NotebookError", error))?;
    let result = parameters::inject(&mut notebook, &options.parameters)
        .map_err(|error| Failure::new("ParameterError", error));
    let runnable = clear(&mut notebook);
    let cells = runnable.len();
    let failure = result.and_then(|()| run_all(&mut notebook, &runnable, path, options, watch)).err();
    Ok(Execution { notebook, failure, cells, elapsed: start.elapsed() })
}

fn run_all(
    notebook: &mut Notebook,
    runnable: &[usize],
    path: &Path,
    options: &Options,
    watch: &dyn Fn(Progress),
) -> Result<(), Failure> {
    let cells = runnable.len();
    if cells == 0 {
        return Ok(());
    }
    watch(Progress::Starting { cells });
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut kernel = Kernel::start(&options.kernel, folder).map_err(|error| Failure::of_kernel(&error))?;
    describe(notebook, &kernel.info);

    let mut outputs = Outputs::default();
    let result = run_cells(&mut kernel, notebook, runnable, &mut outputs, options, watch);
    for &index in runnable {
        notebook.cells[index].set_outputs(outputs.of(index));
    }
    result
}

fn run_cells(
    kernel: &mut Kernel,
    notebook: &mut Notebook,
    runnable: &[usize],
    outputs: &mut Outputs,
    options: &Options,
    watch: &dyn Fn(Progress),
) -> Result<(), Failure> {
    for (done, &index) in runnable.iter().enumerate() {
        watch(Progress::Cell { done, cells: runnable.len(), source: &notebook.cells[index].source });
        let Err(failure) = cell::run(kernel, &mut notebook.cells[index], index, outputs, options) else {
            continue;
        };
        let cell = &notebook.cells[index];
        if cell.has_tag(RAISES_EXCEPTION) && failure.is_of_the_code {
            continue;
        }
        let cell = FailedCell {
            position: index + 1,
            execution_count: cell.execution_count(),
            source: cell.source.clone(),
        };
        let cell::CellFailure { ename, evalue, traceback, .. } = failure;
        return Err(Failure { cell: Some(cell), ename, evalue, traceback });
    }
    Ok(())
}

/// Takes away the outputs of all cells that will run; gives their positions.
fn clear(notebook: &mut Notebook) -> Vec<usize> {
    let mut runnable = Vec::new();
    for (index, cell) in notebook.cells.iter_mut().enumerate() {
        if !cell.is_code() || cell.has_tag(SKIP_EXECUTION) {
            continue;
        }
        cell.set_outputs([]);
        cell.set_execution_count(None);
        if !cell.source.trim().is_empty() {
            runnable.push(index);
        }
    }
    runnable
}

/// Notes the language in the notebook, as front-ends do, and the kernel if the notebook names none.
fn describe(notebook: &mut Notebook, info: &Value) {
    if let Some(language) = info.get("language_info") {
        notebook.metadata.insert("language_info".into(), language.clone());
    }
    let kernelspec = json!({
        "name": crate::kernelspec::KERNEL_NAME,
        "display_name": crate::kernelspec::DISPLAY_NAME,
        "language": "rust",
    });
    notebook.metadata.entry("kernelspec").or_insert(kernelspec);
}

impl Options {
    /// Whether the run is to end now.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
