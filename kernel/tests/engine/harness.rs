//! A session: an engine with a memory of what it was told.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use ferrolab_kernel::bundle::Bundle;
use ferrolab_kernel::engine::direct::Config;
use ferrolab_kernel::engine::{
    Answer, Asker, CellError, Engine, Event, EventSink, Kind, StreamName, VARIABLE,
};
pub use ferrolab_kernel::runner::report::plain;

/// The library, built once for all tests.
pub fn bundle() -> Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| Bundle::ensure(&Bundle::source(), &mut |line| eprintln!("{line}")).unwrap()).clone()
}

/// The engine that the tests run on: `FERROLAB_ENGINE`, as for the program.
pub fn kind() -> Kind {
    match std::env::var(VARIABLE) {
        Ok(name) => Kind::from_str(&name, true).unwrap(),
        Err(_) => Kind::default(),
    }
}

/// The name of the error of a failing `?` whose error is of this type: evcxr tells only its text.
pub fn failing(type_name: &'static str) -> &'static str {
    match kind() {
        Kind::Direct => type_name,
        Kind::Evcxr => "Error",
    }
}

/// A started engine.
pub fn engine(kind: Kind, sink: EventSink) -> Box<dyn Engine> {
    engine_in(&std::env::temp_dir(), kind, sink)
}

/// A started engine of a notebook in this folder.
fn engine_in(folder: &Path, kind: Kind, sink: EventSink) -> Box<dyn Engine> {
    let config = Config {
        bundle: bundle(),
        executable: env!("CARGO_BIN_EXE_ferrolab").into(),
        work_dir: folder.to_owned(),
    };
    let mut engine = kind.engine(config, sink).unwrap();
    engine.start().unwrap();
    engine
}

/// An engine and its events.
pub struct Session {
    pub engine: Box<dyn Engine>,
    events: Arc<Mutex<Vec<Event>>>,
    person: Arc<Mutex<Person>>,
    number: u32,
}

/// Who sits in front of the notebook: answers as prepared, and lets wait for ever when it has no answer left.
#[derive(Default)]
struct Person {
    answers: VecDeque<Answer>,
    /// What was asked: prompt, and whether for a password.
    asked: Vec<(String, bool)>,
    unanswered: Vec<Asker>,
}

impl Session {
    pub fn new() -> Self {
        Session::of(kind())
    }

    /// A session of one particular engine.
    pub fn of(kind: Kind) -> Self {
        Session::with(&std::env::temp_dir(), kind)
    }

    /// A session of a notebook in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Session::with(folder, kind())
    }

    fn with(folder: &Path, kind: Kind) -> Self {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let person: Arc<Mutex<Person>> = Arc::default();
        let sink: EventSink = {
            let (events, person) = (events.clone(), person.clone());
            Arc::new(move |event| match event {
                Event::Input { prompt, password, asker } => {
                    let mut person = person.lock().unwrap_or_else(PoisonError::into_inner);
                    person.asked.push((prompt, password));
                    match person.answers.pop_front() {
                        Some(answer) => asker.answer(answer),
                        None => person.unanswered.push(asker),
                    }
                }
                event => events.lock().unwrap_or_else(PoisonError::into_inner).push(event),
            })
        };
        Session { engine: engine_in(folder, kind, sink), events, person, number: 0 }
    }

    /// A session in which some cells have run well.
    pub fn after(cells: &[&str]) -> Self {
        let mut session = Session::new();
        cells.iter().for_each(|cell| {
            session.ok(cell);
        });
        session
    }

    /// Prepares answers to what the next cells ask.
    pub fn will_answer(&mut self, answers: impl IntoIterator<Item = Answer>) {
        self.person.lock().unwrap().answers.extend(answers);
    }

    /// What was asked since the last call: prompt, and whether for a password.
    pub fn asked(&mut self) -> Vec<(String, bool)> {
        std::mem::take(&mut self.person.lock().unwrap().asked)
    }

    /// How often was asked, for another thread.
    pub fn questions(&self) -> impl Fn() -> usize + Send + 'static {
        let person = self.person.clone();
        move || person.lock().unwrap().asked.len()
    }

    /// Runs a cell and gives its events.
    pub fn run(&mut self, code: &str) -> (Result<(), CellError>, Vec<Event>) {
        self.number += 1;
        let result = self.engine.execute(code, self.number);
        (result, std::mem::take(&mut *self.events.lock().unwrap()))
    }

    /// Runs a cell that must succeed; its events.
    #[track_caller]
    pub fn ok(&mut self, code: &str) -> Vec<Event> {
        let (result, events) = self.run(code);
        if let Err(error) = result {
            panic!("{code}\n{}: {}\n{}", error.ename, error.evalue, error.traceback.join("\n"));
        }
        events
    }

    /// Runs a cell that must fail; its error.
    #[track_caller]
    pub fn fails(&mut self, code: &str) -> CellError {
        self.run(code).0.expect_err("the cell fails")
    }

    /// Runs a cell that does not end by itself, and interrupts it when that is so; its error.
    #[track_caller]
    pub fn interrupted_when(&mut self, when: impl Fn() -> bool + Send + 'static, code: &str) -> CellError {
        self.interrupt_when(when, code).0.expect("the cell fails")
    }

    /// The same; its error, if it fails, and its events.
    pub fn interrupt_when(
        &mut self,
        when: impl Fn() -> bool + Send + 'static,
        code: &str,
    ) -> (Option<CellError>, Vec<Event>) {
        let interrupt = self.engine.interrupt();
        let (stop, stopped) = channel::<()>();
        let waiting = thread::spawn(move || {
            while !when() {
                if stopped.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
            interrupt();
        });
        let (result, events) = self.run(code);
        drop(stop);
        waiting.join().unwrap();
        (result.err(), events)
    }

    /// The standard output of the running cell so far, for another thread.
    pub fn output(&self) -> impl Fn() -> String + Send + 'static {
        let events = self.events.clone();
        move || text(&events.lock().unwrap(), StreamName::Stdout)
    }

    /// The texts of all displays so far, for another thread.
    pub fn displayed(&self) -> impl Fn() -> String + Send + 'static {
        let events = self.events.clone();
        let of = |event: &Event| match event {
            Event::Display { data, .. } | Event::UpdateDisplay { data, .. } => {
                data["text/plain"].as_str().map(|text| format!("{text}\n"))
            }
            _ => None,
        };
        move || events.lock().unwrap().iter().filter_map(of).collect()
    }

    /// Runs a cell and gives what its last expression shows.
    #[track_caller]
    pub fn result(&mut self, code: &str) -> String {
        let events = self.ok(code);
        let results: Vec<&str> = events.iter().filter_map(result_text).collect();
        assert_eq!(results.len(), 1, "{code}: {events:?}");
        results[0].to_owned()
    }
}

fn result_text(event: &Event) -> Option<&str> {
    match event {
        Event::Result { data, .. } => data["text/plain"].as_str(),
        _ => None,
    }
}

/// All text of one stream.
pub fn text(events: &[Event], stream: StreamName) -> String {
    let of = |event: &Event| match event {
        Event::Stream { name, text } if *name == stream => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

/// The drawn error, without colours.
pub fn drawn(error: &CellError) -> String {
    plain(&error.traceback.join("\n"))
}
