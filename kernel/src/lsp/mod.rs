//! Help by rust-analyzer while people type: completion, inspection and signatures that know every inferred type. It is a
//! process beside the kernel; where it is not installed, not ready or late, [`names`](crate::names) answers alone.
//!
//! ```text
//!  io thread                         thread "rust-analyzer"                 process
//!  Analyzer ── Question (document) ─► worker: starts it, didChange, asks ─► rust-analyzer
//!     ▲                                  ▲                                      │
//!     └────── Told: answer, lost ────────┴───── process: messages ◄─────────────┘
//! ```
//!
//! `document` is the session as one file, `project` says what it is compiled against, `session` is the conversation with one
//! process, `answers` reads what comes back.

mod answers;
mod document;
mod editor;
mod find;
mod process;
mod project;
mod session;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

pub use document::Document;
pub use find::{Absent, Program, VARIABLE, find};

use crate::bundle::Project;
use crate::names::{Candidate, Sheet};
use worker::{Order, Worker};

/// How long the end of the process is waited for when the kernel ends.
const GRACE: Duration = Duration::from_millis(200);

/// What is started, and for what.
#[derive(Debug, Clone)]
pub struct Setup {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// The library that cells are compiled against.
    pub project: Project,
}

/// What is asked about a place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// What can stand there?
    Completion,
    /// What stands there, and whose arguments?
    Inspection,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub topic: Topic,
    pub document: Document,
    /// The byte of the document at which the word begins that is being typed.
    pub word: usize,
    /// The byte of the document at which the cursor stands.
    pub cursor: usize,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// The best first.
    pub candidates: Vec<Candidate>,
    /// What stands there.
    pub hover: Option<Sheet>,
    /// The function whose arguments are being written.
    pub call: Option<Sheet>,
}

/// What the worker tells.
#[derive(Debug)]
enum Told {
    /// From now on answers come soon.
    Ready,
    Answer(u64, Arc<Finding>),
    /// Nothing that was asked will be answered. Another process may be starting.
    Lost,
}

/// The io thread's view of it. Nothing is started before the first question.
pub struct Analyzer {
    orders: Sender<Order>,
    told: Receiver<Told>,
    ready: bool,
    /// How many questions were asked.
    count: u64,
    /// The last question, and its answer if it has come.
    last: Option<(Question, Option<Arc<Finding>>)>,
}

/// What became of a question.
#[derive(Debug)]
pub enum Asked {
    /// The answer was known.
    Known(Arc<Finding>),
    /// The answer will come under this number.
    Soon(u64),
    /// The answer may come too late for this request; it is remembered for the next.
    Later,
}

impl Analyzer {
    /// `setup` is called at the first question, in the worker's thread; it may take its time, and there may be nothing to
    /// start.
    ///
    /// `wake` is called when there is something for [`answers`](Self::answers).
    pub fn new(
        setup: impl FnOnce() -> Option<Setup> + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (orders, queue) = channel();
        let (sender, told) = channel();
        let tell = move |what| {
            // Fails only when the kernel is ending.
            if sender.send(what).is_ok() {
                wake();
            }
        };
        let worker = Worker::new(Box::new(setup), orders.clone(), Box::new(tell));
        std::thread::Builder::new().name("rust-analyzer".to_owned()).spawn(move || worker.run(&queue))?;
        Ok(Self { orders, told, ready: false, count: 0, last: None })
    }

    /// Asks, unless the answer to this question is there, or on its way.
    pub fn ask(&mut self, question: Question) -> Asked {
        if let Some((last, answer)) = &self.last
            && last.serves(&question)
        {
            return answer.clone().map_or_else(|| self.asked(), Asked::Known);
        }
        self.count += 1;
        self.last = Some((question.clone(), None));
        // Fails only when the worker has died: then the answer is late for ever.
        let _ = self.orders.send(Order::Ask(self.count, question));
        self.asked()
    }

    fn asked(&self) -> Asked {
        if self.ready { Asked::Soon(self.count) } else { Asked::Later }
    }

    /// What has come since the last call: the numbers of questions that are answered, each with its answer, or without one
    /// if there will be none.
    pub fn answers(&mut self) -> Vec<(u64, Option<Arc<Finding>>)> {
        let mut answers = Vec::new();
        while let Ok(told) = self.told.try_recv() {
            match told {
                Told::Ready => self.ready = true,
                Told::Answer(number, finding) => {
                    if let Some((_, answer)) = self.last.as_mut().filter(|_| number == self.count) {
                        *answer = Some(finding.clone());
                    }
                    answers.push((number, Some(finding)));
                }
                Told::Lost => {
                    (self.ready, self.last) = (false, None);
                    answers.push((self.count, None));
                }
            }
        }
        answers
    }
}

impl Drop for Analyzer {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        // A worker that is stuck in writing to a process that does not read ends with the kernel, and the process with it.
        let patience = Instant::now() + GRACE;
        while self.told.recv_timeout(patience.saturating_duration_since(Instant::now())).is_ok() {}
    }
}

impl Question {
    /// What stands before the word, the word as far as the cursor, and the rest.
    fn parts(&self) -> (&str, &str, &str) {
        let (before, rest) = self.document.text.split_at(self.word);
        let (word, rest) = rest.split_at(self.cursor - self.word);
        (before, word, rest)
    }

    /// Whether what answers this question answers another one too: the same one, or one about a word that has grown since.
    fn serves(&self, other: &Question) -> bool {
        let ((before, word, rest), (other_before, other_word, other_rest)) = (self.parts(), other.parts());
        let grown = match self.topic {
            Topic::Completion => other_word.starts_with(word),
            Topic::Inspection => other_word == word,
        };
        self.topic == other.topic && grown && before == other_before && rest == other_rest
    }
}
