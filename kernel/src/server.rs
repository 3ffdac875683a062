//! The io thread: waits for all sockets at once, routes requests, and gives each its bracket busy → … → reply → idle.

use std::time::{Duration, Instant};

use crate::connection::{Channel, ConnectionFile};
use crate::engine::{CellError, Engine, EventSink, Variable};
use crate::eval::{Evaluator, Notice};
use crate::execution::Cells;
use crate::handlers::{Answer, handler};
use crate::help::Waiting;
use crate::history::{History, HistoryError};
use crate::lsp::Analyzer;
use crate::messages::{Empty, ExecutionState, Reply, Request, to_json};
use crate::names::{Index, Names};
use crate::outbox::Outbox;
use crate::output::StreamBuffer;
use crate::parent::{self, Parent};
use crate::sockets::{SocketError, Sockets};
use crate::stdin::Questions;
use crate::wake::Alarm;
use crate::wire::{Signer, decode};

/// How many notices of the engine are handled before the sockets have a turn again.
const NOTICES_PER_TURN: usize = 256;

/// Why a kernel could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    #[error(transparent)]
    Sockets(#[from] SocketError),
    #[error("cannot set up the kernel's threads and signals: {0}")]
    System(#[from] std::io::Error),
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// A kernel that listens.
pub struct Server {
    pub(crate) outbox: Outbox,
    pub(crate) alarm: Alarm,
    pub(crate) evaluator: Evaluator,
    pub(crate) cells: Cells,
    pub(crate) questions: Questions,
    pub(crate) streams: StreamBuffer,
    pub(crate) history: History,
    /// As of the end of the last cell.
    pub(crate) variables: Vec<Variable>,
    /// The same with their types as source.
    pub(crate) bindings: Vec<Variable>,
    pub(crate) names: Names,
    pub(crate) analyzer: Option<Analyzer>,
    /// Requests that wait for it.
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) stopping: bool,
    parent: Option<Parent>,
}

impl Server {
    /// Binds the sockets and starts the eval thread, in which `make_engine` is called.
    pub fn new<F>(connection: &ConnectionFile, make_engine: F) -> Result<Self, KernelError>
    where
        F: FnOnce(EventSink) -> Box<dyn Engine> + Send + 'static,
    {
        let sockets = Sockets::bind(connection)?;
        let alarm = Alarm::new()?;
        let evaluator = Evaluator::start(make_engine, alarm.waker())?;
        Ok(Self {
            outbox: Outbox::new(sockets, Signer::new(&connection.key)),
            alarm,
            evaluator,
            cells: Cells::default(),
            questions: Questions::default(),
            streams: StreamBuffer::default(),
            history: History::in_memory()?,
            variables: Vec::new(),
            bindings: Vec::new(),
            names: Names::default(),
            analyzer: None,
            waiting: Vec::new(),
            stopping: false,
            parent: None,
        })
    }

    /// Makes this kernel the purpose of the process: SIGINT interrupts the running cell, SIGTERM ends the kernel in order,
    /// and so does the end of the Jupyter that started the process.
    pub fn own_the_process(&mut self) -> Result<(), KernelError> {
        self.parent = Parent::jupyter();
        Ok(self.alarm.watch_signals()?)
    }

    /// Keeps the cells in another history than one that ends with the kernel.
    pub fn keep_history(&mut self, history: History) {
        self.history = history;
    }

    /// Gets the names of the library in a thread of its own; until it has them, completion knows only what the session defines.
    pub fn load_names(&self, load: impl FnOnce() -> Index + Send + 'static) {
        let library = self.names.library.clone();
        // Without the thread completion knows less, that is all.
        let _ = std::thread::Builder::new().name("names".to_owned()).spawn(move || library.set(load()));
    }

    /// Serves until the kernel is ended.
    pub fn serve(mut self) -> Result<(), KernelError> {
        while !self.stopping {
            self.turn()?;
        }
        self.answer_all_waiting();
        self.flush_streams();
        self.evaluator.stop();
        Ok(())
    }

    fn turn(&mut self) -> Result<(), KernelError> {
        self.outbox.sockets.wait(self.alarm.fd(), self.patience())?;
        self.alarm.acknowledge();
        self.stopping |= self.alarm.terminated() || self.parent.as_ref().is_some_and(Parent::gone);
        if self.alarm.interrupted() {
            self.interrupt();
        }
        self.greet_subscribers();
        while let Some(frames) = self.outbox.sockets.receive(Channel::Heartbeat) {
            self.outbox.sockets.send(Channel::Heartbeat, frames);
        }
        self.receive_answers();
        self.receive_all(Channel::Control);
        self.receive_all(Channel::Shell);
        self.handle_notices();
        self.answer_waiting();
        if self.streams.due().is_some_and(|due| due <= Instant::now()) {
            self.flush_streams();
        }
        Ok(())
    }

    /// How long to wait if nothing happens.
    fn patience(&self) -> Option<Duration> {
        let due = self.streams.due().into_iter().chain(self.answers_due()).min();
        let due = due.map(|due| due.saturating_duration_since(Instant::now()));
        let parent = self.parent.as_ref().map(|_| parent::INTERVAL);
        due.into_iter().chain(parent).min()
    }

    fn handle_notices(&mut self) {
        for _ in 0..NOTICES_PER_TURN {
            match self.evaluator.next_notice() {
                Some(Notice::Built(_)) => {}
                Some(Notice::Output(event)) => self.on_output(event),
                Some(Notice::Done(done)) => self.on_done(done),
                None => return,
            }
        }
        // There may be more: come back at once.
        self.alarm.waker().wake();
    }

    fn greet_subscribers(&mut self) {
        while let Some(frames) = self.outbox.sockets.receive(Channel::IoPub) {
            // 1 and the topic for a subscription, 0 and the topic for its end.
            if let Some([1, topic @ ..]) = frames.first().map(Vec::as_slice)
                && let Ok(topic) = std::str::from_utf8(topic)
            {
                self.outbox.welcome(topic);
            }
        }
    }

    /// Takes all messages that are there. One that cannot be read is dropped; the next one is answered.
    pub(crate) fn receive_all(&mut self, channel: Channel) {
        while !self.stopping
            && let Some(frames) = self.outbox.sockets.receive(channel)
        {
            match decode(frames, &mut self.outbox.signer) {
                Err(error) => eprintln!("ferrolab kernel: dropped a message on {channel:?}: {error}"),
                Ok(message) => match Request::new(channel, message) {
                    Err(error) => {
                        eprintln!("ferrolab kernel: dropped a message on {channel:?}: its header: {error}")
                    }
                    Ok(request) => self.receive(request),
                },
            }
        }
    }

    fn receive(&mut self, request: Request) {
        match request.header.msg_type.as_str() {
            "execute_request" => self.enqueue(request),
            _ => self.answer(request),
        }
    }

    /// The bracket of a request that is answered at once.
    fn answer(&mut self, request: Request) {
        self.open(&request);
        let content = match handler(&request.header.msg_type)(self, &request) {
            Ok(Answer::Reply(content)) => Some(content),
            Ok(Answer::Soon(number)) => return self.await_answer(request, number),
            Ok(Answer::None) => None,
            Err(error) => Some(error_reply(error)),
        };
        self.close(&request, content);
        self.repeat_busy();
    }

    /// Clients and servers show the last status they saw: it must not say idle while a cell runs.
    pub(crate) fn repeat_busy(&self) {
        if let Some(parent) = self.cells.running_parent() {
            self.outbox.status(parent, ExecutionState::Busy);
        }
    }

    /// First half of the bracket.
    pub(crate) fn open(&mut self, request: &Request) {
        self.flush_streams();
        self.outbox.status(&request.parent, ExecutionState::Busy);
    }

    /// Second half of the bracket: all output is out before the reply, and idle comes last.
    pub(crate) fn close(&mut self, request: &Request, reply: Option<Vec<u8>>) {
        self.flush_streams();
        if let Some(content) = reply {
            self.outbox.reply(request, content);
        }
        self.outbox.status(&request.parent, ExecutionState::Idle);
    }
}

/// The content of the reply to a request that could not be answered.
pub(crate) fn error_reply(error: CellError) -> Vec<u8> {
    to_json(&Reply::<Empty>::Error(error.into()))
}
