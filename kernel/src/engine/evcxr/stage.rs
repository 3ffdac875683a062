//! Where the cells of evcxr run: in the same kind of child process as those of the direct engine, so that output, input,
//! interrupts and deaths are the same. evcxr is told only what it needs to keep its books.
//!
//! ```text
//!  evcxr ── "LOAD_AND_RUN library function" ──► relay process ── socket ──► stage ── frames ──► child process
//!        ◄── marks, "EVCXR_EXECUTION_COMPLETE" ─────────────────────────────┘
//! ```

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::marks::{self, Marks};
use super::text::{FILE, Lines, Text};
use crate::engine::EventSink;
use crate::engine::direct::Config;
use crate::engine::direct::child::{Child, Job, Ran};
use crate::engine::direct::phase::Phase;
use crate::engine::direct::programs::Programs;

const COMMAND: &str = "LOAD_AND_RUN ";
const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";

/// How a cell ran.
#[derive(Debug)]
pub struct Report {
    pub ran: io::Result<Ran>,
    /// A `?` met an error; the last line of the standard error is its text.
    pub error: Option<String>,
    pub running: Duration,
}

/// The thread that runs cells when evcxr asks for it.
pub struct Stage {
    folder: TempDir,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    config: Config,
    marks: Marks,
    programs: Programs,
    phase: Phase,
    /// Cells run. Before that, evcxr tries itself out.
    open: AtomicBool,
    closing: AtomicBool,
    lines: Mutex<Lines>,
    report: Mutex<Option<Report>>,
}

impl Stage {
    pub fn new(config: Config, events: EventSink, programs: Programs, phase: Phase) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("ferrolab-stage-").tempdir()?;
        let listener = UnixListener::bind(socket(folder.path()))?;
        let shared = Arc::new(Shared {
            config,
            marks: Marks::new(events),
            programs,
            phase,
            open: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            lines: Mutex::default(),
            report: Mutex::default(),
        });
        let thread = thread::Builder::new().name("stage".to_owned()).spawn({
            let shared = shared.clone();
            move || {
                for connection in listener.incoming().map_while(Result::ok) {
                    if shared.closing.load(Ordering::Acquire) {
                        return;
                    }
                    // A connection that fails is one that has ended: evcxr finds out by itself.
                    let _ = shared.serve(&connection);
                }
            }
        })?;
        Ok(Stage { folder, shared, thread: Some(thread) })
    }

    /// Where the relay process finds the stage.
    pub fn socket(&self) -> PathBuf {
        socket(self.folder.path())
    }

    /// From now on cells run.
    pub fn open(&self) {
        self.shared.open.store(true, Ordering::Release);
    }

    /// Announces a cell: places in its text can be found from now on.
    pub fn announce(&self, text: &Text) {
        lock(&self.shared.lines).add(text);
        *lock(&self.shared.report) = None;
    }

    /// How the last cell ran; none if it did not, because it was interrupted before.
    pub fn report(&self) -> Option<Report> {
        lock(&self.shared.report).take()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        // Wakes the thread.
        let _ = UnixStream::connect(self.socket());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// One life of a child process.
    fn serve(&self, connection: &UnixStream) -> io::Result<()> {
        let Config { bundle, executable, work_dir } = &self.config;
        let mut program = Command::new(executable);
        program.current_dir(work_dir);
        let mut child = Child::start(program, bundle, self.marks.entrance(), self.programs.clone());
        let mut answer = connection;
        for line in BufReader::new(connection).lines() {
            let line = line?;
            let command = line.strip_prefix(COMMAND).and_then(|rest| rest.rsplit_once(' '));
            let Some((library, symbol)) = command else { continue };
            if self.open.load(Ordering::Acquire) {
                let found = match &mut child {
                    Ok(child) => self.run(child, Path::new(library), symbol),
                    Err(error) => self.tell(Err(io::Error::other(error.to_string())), None, Duration::ZERO),
                };
                let Some(found) = found else { return Ok(()) };
                for mark in found {
                    writeln!(answer, "{mark}")?;
                }
            }
            writeln!(answer, "{COMPLETE}")?;
        }
        Ok(())
    }

    /// Runs a cell and gives its marks; none if the process has ended.
    fn run(&self, child: &mut Child, library: &Path, symbol: &str) -> Option<Vec<String>> {
        if self.phase.idle() {
            *lock(&self.report) = None;
            return Some(vec![marks::PANIC.to_owned()]);
        }
        if let Some(source) = library.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file())
            && let Ok(source) = std::fs::read_to_string(source)
        {
            let program = lock(&self.lines).find(&source);
            self.programs.remember_foreign(FILE.to_owned(), program, library);
        }
        let begin = Instant::now();
        let (symbol, forget) = (symbol.to_owned(), Vec::new());
        let ran = child.run(Job { library, symbol, forget, share: false, foreign: true }, &self.phase);
        let (found, stderr) = self.marks.take();
        let error = found.iter().any(|mark| mark == marks::ERROR).then_some(stderr);
        self.tell(ran, error, begin.elapsed())?;
        Some(found)
    }

    /// Keeps the report. None if there is no process any more.
    fn tell(&self, ran: io::Result<Ran>, error: Option<String>, running: Duration) -> Option<Vec<String>> {
        let lives = matches!(ran, Ok(Ran::Done { .. }));
        *lock(&self.report) = Some(Report { ran, error, running });
        lives.then(Vec::new)
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
