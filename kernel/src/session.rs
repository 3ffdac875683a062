//! What becomes of a cell in the eval thread: its lines for the kernel are done here, its Rust by the engine.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cell::CellText;
use crate::diagnostics::failure;
use crate::engine::{Bundle, CellError, Engine, Event, EventSink, Interrupt, Spent, StreamName};
use crate::magics::{self, Call, Segment, Shell, split};

/// A text that the client is to show beside the notebook.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    Text(Bundle),
    /// What is known of a name, as an inspection of this detail finds it.
    Inspect {
        name: String,
        detail: u8,
    },
}

/// What `user_expressions` have become.
pub type Expressions = BTreeMap<String, Result<Bundle, CellError>>;

/// An engine, and what the kernel itself remembers from cell to cell.
pub struct Session {
    pub engine: Box<dyn Engine>,
    pub tap: Tap,
    /// Pages that the running cell has asked for.
    pub pages: Vec<Page>,
    /// Every cell tells its time.
    pub timing: bool,
    /// This cell tells its time.
    pub timed: bool,
    /// Results are told with their types.
    pub types: bool,
    pub shell: Shell,
    /// The code of the last error that has one.
    pub last_code: Option<String>,
    /// The cell whose `:dep` lines are done.
    pub added: Option<u32>,
    /// The files that a session begins with were run.
    begun: bool,
    spent: Spent,
}

impl Session {
    /// A session of an engine that sends its events to `tap`.
    pub fn new(engine: Box<dyn Engine>, tap: Tap) -> Self {
        Session {
            engine,
            tap,
            pages: Vec::new(),
            timing: false,
            timed: false,
            types: false,
            shell: Shell::default(),
            last_code: None,
            added: None,
            begun: false,
            spent: Spent::default(),
        }
    }

    /// Runs a cell, part by part, up to the first that fails.
    pub fn execute(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        self.timed = self.timing;
        self.spent = Spent::default();
        if !std::mem::replace(&mut self.begun, true)
            && let Err(error) = magics::begin(self)
        {
            // The cell is not to blame; it may well do without.
            self.tap.send(Event::Stream {
                name: StreamName::Stderr,
                text: error.traceback.join("\n") + "\nwhen it is mended, `:load_config` runs it\n",
            });
        }
        let result = self.part(code, number);
        if self.timed {
            let Spent { compiling, running } = self.spent;
            let (compiling, running) = (compiling.as_secs_f64(), running.as_secs_f64());
            let text = format!("compiled in {compiling:.2} s, ran in {running:.3} s\n");
            self.tap.send(Event::Stream { name: StreamName::Stdout, text });
        }
        result
    }

    /// Runs a text: its Rust and its lines for the kernel.
    pub fn part(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        self.added = None;
        let cell = Arc::new(CellText { number, text: code.to_owned() });
        split(code, self.shell.on).iter().try_for_each(|segment| match segment {
            Segment::Rust(code) => self.rust(code, number),
            Segment::Line(line) => magics::run(self, &Call { line, cell: &cell }),
        })
    }

    /// Runs Rust.
    pub fn rust(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        let result = self.engine.execute(code, number);
        let Spent { compiling, running } = self.engine.spent();
        self.spent.compiling += compiling;
        self.spent.running += running;
        if let Err(error) = &result
            && is_code(&error.ename)
        {
            self.last_code = Some(error.ename.clone());
        }
        result
    }

    /// The values of expressions, as after a cell a client may ask for them. What they print is printed.
    pub fn evaluate(&mut self, expressions: &BTreeMap<String, String>, number: u32) -> Expressions {
        let evaluate = |(key, code): (&String, &String)| {
            let (result, values) = self.results_of(|engine| engine.execute(code, number));
            let nothing = || Bundle::from([("text/plain".to_owned(), "()".into())]);
            (key.clone(), result.map(|()| values.into_iter().next_back().unwrap_or_else(nothing)))
        };
        expressions.iter().map(evaluate).collect()
    }

    /// Lets the engine work and gives the results that it shows meanwhile, which nobody else sees.
    pub fn results_of<F>(&mut self, work: F) -> (Result<(), CellError>, Vec<Bundle>)
    where
        F: FnOnce(&mut dyn Engine) -> Result<(), CellError>,
    {
        self.tap.keep_results();
        let done = guarded(|| work(self.engine.as_mut()));
        (done, self.tap.kept_results())
    }

    /// Interrupts what runs: a program, or the engine.
    pub fn interrupt(&self) -> Interrupt {
        let (engine, shell) = (self.engine.interrupt(), self.shell.interrupt());
        Arc::new(move || {
            shell();
            engine();
        })
    }
}

/// A panic of the engine is the failure of one cell, not the silence of the kernel.
pub fn guarded<T>(call: impl FnOnce() -> Result<T, CellError>) -> Result<T, CellError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = (panic.downcast_ref::<&str>().copied())
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let text = format!("a mistake in ferrolab itself: {text}; restart the kernel if it recurs");
        Err(failure("KernelFault", &text, None, "", &[]))
    })
}

/// `E0382`
fn is_code(ename: &str) -> bool {
    ename
        .strip_prefix('E')
        .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// A place in the way of an engine's events, at which results can be taken out.
#[derive(Clone)]
pub struct Tap {
    sink: EventSink,
    kept: Arc<Mutex<Option<Vec<Bundle>>>>,
}

impl Tap {
    /// A tap through which all flows on to `sink`.
    pub fn new(sink: EventSink) -> Self {
        Tap { sink, kept: Arc::default() }
    }

    /// Where the engine sends its events.
    pub fn entrance(&self) -> EventSink {
        let tap = self.clone();
        Arc::new(move |event| tap.pass(event))
    }

    /// Sends something of the kernel's own.
    pub fn send(&self, event: Event) {
        (self.sink)(event);
    }

    fn pass(&self, event: Event) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *kept, event) {
            (Some(kept), Event::Result { data, .. }) => kept.push(data),
            (_, event) => {
                drop(kept);
                (self.sink)(event);
            }
        }
    }

    fn keep_results(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    fn kept_results(&self) -> Vec<Bundle> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}
