//! The worker: starts the server at the first question, asks when it is ready, and starts it once more when it dies.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use lsp_server::Message;

use super::editor::{acknowledged, is_quiescent};
use super::session::{Session, Stage};
use super::{Question, Setup, Told, Topic};

/// What is asked first, under the number 0: the answer makes the server read most of what other answers need, and nobody
/// waits for it.
const WARM_UP: &str = "let warm = [1.5].iter().map(|x| x * 2.0).collect::<Vec<_>>();\nwarm[0].";

/// What the worker hears.
pub enum Order {
    Ask(u64, Question),
    /// From the process with this number; `None` for its end.
    Heard(u32, Option<Message>),
    Stop,
}

/// The thread's own.
pub struct Worker {
    setup: Option<Box<dyn FnOnce() -> Option<Setup> + Send>>,
    orders: Sender<Order>,
    tell: Box<dyn Fn(Told) + Send>,
    /// How many processes were started.
    started: u32,
    session: Option<Session>,
    /// To be asked when the server is ready for it.
    waiting: Option<(u64, Question)>,
}

impl Worker {
    pub fn new(
        setup: Box<dyn FnOnce() -> Option<Setup> + Send>,
        orders: Sender<Order>,
        tell: Box<dyn Fn(Told) + Send>,
    ) -> Self {
        Worker { setup: Some(setup), orders, tell, started: 0, session: None, waiting: None }
    }

    /// Works until it is stopped.
    pub fn run(mut self, orders: &Receiver<Order>) {
        for order in orders {
            let done = match order {
                Order::Stop => return,
                Order::Ask(number, question) => {
                    self.waiting = Some((number, question));
                    if let Some(setup) = self.setup.take() {
                        setup().map_or(Ok(()), |setup| self.start(setup))
                    } else {
                        self.ask()
                    }
                }
                Order::Heard(process, message) if process == self.started => match message {
                    Some(message) => self.hear(message),
                    None if self.session.is_some() => Err(io::Error::other("it has ended")),
                    None => Ok(()),
                },
                Order::Heard(..) => Ok(()),
            };
            if let Err(error) = done {
                self.lose(&error);
            }
        }
    }

    fn start(&mut self, setup: Setup) -> io::Result<()> {
        self.started += 1;
        let (number, orders) = (self.started, self.orders.clone());
        let hear = move |message| drop(orders.send(Order::Heard(number, message)));
        self.session.insert(Session::start(setup, hear)?).greet()
    }

    /// The process has ended or does not speak the protocol: once another one is tried.
    fn lose(&mut self, error: &io::Error) {
        let Some(session) = self.session.take() else {
            eprintln!(
                "ferrolab kernel: rust-analyzer could not be started: {error}; completion goes on without it"
            );
            return;
        };
        // What it was asked is not asked again: that may be what it could not bear.
        let setup = session.setup.clone();
        drop(session);
        (self.tell)(Told::Lost);
        if self.started > 1 {
            eprintln!(
                "ferrolab kernel: rust-analyzer was lost again ({error}); completion goes on without it"
            );
        } else if let Err(error) = self.start(setup) {
            self.lose(&error);
        }
    }

    fn hear(&mut self, message: Message) -> io::Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        match message {
            Message::Request(request) => session.process.send(acknowledged(request).into()),
            Message::Notification(notification) => {
                let loaded = session.stage == Stage::Loading && is_quiescent(&notification);
                if loaded {
                    session.stage = Stage::Warming;
                    return match &self.waiting {
                        Some((_, question)) => session.ask(0, warm_up(question)),
                        None => Ok(()),
                    };
                }
                Ok(())
            }
            Message::Response(response) if session.stage == Stage::Greeting => session.meet(response),
            Message::Response(response) => {
                let Some((number, finding)) = session.take(response)? else { return Ok(()) };
                if number > 0 {
                    if session.stage == Stage::Warming {
                        session.stage = Stage::Ready;
                        (self.tell)(Told::Ready);
                    }
                    (self.tell)(Told::Answer(number, Arc::new(finding)));
                }
                self.ask()
            }
        }
    }

    /// Asks what waits, if the server is ready for it.
    fn ask(&mut self) -> io::Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let free = match session.stage {
            Stage::Greeting | Stage::Loading => false,
            Stage::Warming => session.asked.is_none(),
            Stage::Ready => true,
        };
        match self.waiting.take_if(|_| free) {
            Some((number, question)) => session.ask(number, question),
            None => Ok(()),
        }
    }
}

fn warm_up(question: &Question) -> Question {
    let document = question.document.with_cell(WARM_UP);
    let cursor = document.cell + WARM_UP.len();
    Question { topic: Topic::Completion, document, word: cursor, cursor }
}
