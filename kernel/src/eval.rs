//! The eval thread: owns the engine, runs one cell after the other, and puts all that happens into one ordered queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use crate::diagnostics::failure;
use crate::engine::{CellError, Definitions, Engine, Event, EventSink, Interrupt, Variable};
use crate::session::{Expressions, Page, Session, Tap, guarded};
use crate::wake::Waker;

/// How many notices may wait. A cell that makes output faster than it can be sent is slowed down, not collected.
const QUEUE: usize = 1024;
/// How long a cell may take to notice its interruption when the kernel ends. After that the process ends around it.
const GRACE: Duration = Duration::from_millis(400);

/// A cell to run.
pub struct Job {
    pub code: String,
    pub number: u32,
    /// To be evaluated when the cell has succeeded.
    pub expressions: BTreeMap<String, String>,
    /// Set when the cell is interrupted before it has begun.
    pub cancelled: Arc<AtomicBool>,
}

/// What the eval thread tells the io thread.
pub enum Notice {
    /// The engine exists and can be interrupted.
    Built(Interrupt),
    /// A cell made something.
    Output(Event),
    /// The cell has ended; all its output is before this in the queue.
    Done(Done),
}

/// What a cell leaves.
pub struct Done {
    pub result: Result<(), CellError>,
    pub pages: Vec<Page>,
    pub expressions: Expressions,
    /// The variables that cells can use now.
    pub variables: Vec<Variable>,
    /// The same with their types as source.
    pub bindings: Vec<Variable>,
    /// The items and imports that cells can use now.
    pub definitions: Arc<Definitions>,
}

/// The io thread's view of the eval thread.
pub struct Evaluator {
    jobs: Sender<Job>,
    notices: Receiver<Notice>,
    /// Disconnected when the thread has ended.
    alive: Receiver<()>,
    interrupt: Option<Interrupt>,
}

impl Evaluator {
    /// Starts the thread, which makes the engine at once: nobody waits for it before the first cell.
    pub fn start<F>(make_engine: F, waker: Waker) -> std::io::Result<Self>
    where
        F: FnOnce(EventSink) -> Box<dyn Engine> + Send + 'static,
    {
        let (jobs, queue) = channel();
        let (sender, notices) = sync_channel(QUEUE);
        let (life, alive) = channel();
        let outlet = Outlet { sender, waker };
        thread::Builder::new().name("eval".to_owned()).spawn(move || {
            evaluate(make_engine, &queue, &outlet);
            drop(life);
        })?;
        Ok(Self { jobs, notices, alive, interrupt: None })
    }

    /// Hands over a cell. A [`Notice::Done`] follows for each.
    pub fn run(&self, job: Job) {
        // Fails only when the thread has died, and then `next_notice` says so.
        let _ = self.jobs.send(job);
    }

    /// The next thing that happened, if there is one.
    pub fn next_notice(&mut self) -> Option<Notice> {
        let notice = self.notices.try_recv().ok()?;
        if let Notice::Built(interrupt) = &notice {
            self.interrupt = Some(interrupt.clone());
        }
        Some(notice)
    }

    /// Interrupts the running cell, if any.
    pub fn interrupt(&self) {
        if let Some(interrupt) = &self.interrupt {
            interrupt();
        }
    }

    /// Ends the running cell, the engine and the thread; returns soon even if a cell does not react.
    pub fn stop(self) {
        self.interrupt();
        let Self { jobs, notices, alive, .. } = self;
        // Nothing is said any more: who still has something to say must not wait for space in the queue.
        drop((jobs, notices));
        // An engine that is still busy then ends with the process, and its child with it.
        let _ = alive.recv_timeout(GRACE);
    }
}

/// Where the eval thread and the threads of the engine put their notices.
#[derive(Clone)]
struct Outlet {
    sender: SyncSender<Notice>,
    waker: Waker,
}

impl Outlet {
    fn put(&self, notice: Notice) {
        // An error means that the kernel is ending.
        if self.sender.send(notice).is_ok() {
            self.waker.wake();
        }
    }
}

fn evaluate<F>(make_engine: F, jobs: &Receiver<Job>, outlet: &Outlet)
where
    F: FnOnce(EventSink) -> Box<dyn Engine>,
{
    let sink: EventSink = {
        let outlet = outlet.clone();
        Arc::new(move |event| outlet.put(Notice::Output(event)))
    };
    let tap = Tap::new(sink);
    let mut session = match guarded(|| Ok(make_engine(tap.entrance()))) {
        Ok(engine) => Session::new(engine, tap),
        Err(error) => return refuse_all(&error, jobs, outlet),
    };
    outlet.put(Notice::Built(session.interrupt()));
    let mut started = guarded(|| session.engine.start());
    let mut fresh = true;
    for job in jobs {
        // Whoever has mended what kept the engine from starting need not restart the kernel.
        if started.is_err() && !fresh {
            started = guarded(|| session.engine.start());
        }
        fresh = false;
        let result = started.clone().and_then(|()| run(&mut session, &job));
        let expressions = match &result {
            Ok(()) => session.evaluate(&job.expressions, job.number),
            Err(_) => Expressions::new(),
        };
        let pages = std::mem::take(&mut session.pages);
        let (variables, bindings) = (session.engine.variables(), session.engine.bindings());
        let definitions = Arc::new(session.engine.definitions());
        outlet.put(Notice::Done(Done { result, pages, expressions, variables, bindings, definitions }));
    }
    session.engine.shutdown();
}

fn run(session: &mut Session, job: &Job) -> Result<(), CellError> {
    if job.cancelled.load(Ordering::Acquire) {
        return Err(failure("Interrupted", "interrupted before it began", None, "", &[]));
    }
    guarded(|| session.execute(&job.code, job.number))
}

/// There is no engine: every cell fails with the reason.
fn refuse_all(reason: &CellError, jobs: &Receiver<Job>, outlet: &Outlet) {
    for _ in jobs {
        let (pages, expressions, variables, bindings, definitions) = Default::default();
        let result = Err(reason.clone());
        outlet.put(Notice::Done(Done { result, pages, expressions, variables, bindings, definitions }));
    }
}
