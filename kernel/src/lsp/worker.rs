//! The conversation with the server: starting it, telling it the document, asking, and what to do when it is slow or dies.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use lsp_server::{ErrorCode, Message, Notification, Request, Response, ResponseError};
use lsp_types::{Hover, SignatureHelp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::document::Encoding;
use super::process::Process;
use super::project::{self, Files};
use super::{Finding, Question, Setup, Told, Topic, answers};
use crate::engine::Scratch;

/// What is asked first, under the number 0: the answer makes the server read most of what other answers need, and nobody
/// waits for it.
const WARM_UP: &str = "let warm = [1.5].iter().map(|x| x * 2.0).collect::<Vec<_>>();\nwarm[0].";

/// How often a question is asked again that the server drops because something changed meanwhile.
const TRIES: u32 = 5;

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

/// A process, and how far the conversation with it is.
struct Session {
    setup: Setup,
    process: Process,
    scratch: Scratch,
    files: Files,
    encoding: Encoding,
    stage: Stage,
    /// The text that the server has; its version.
    text: Option<String>,
    version: i32,
    /// The number of the last request.
    request: i32,
    asked: Option<Asked>,
}

/// The first answer takes the longest: the server reads the library for it. What is asked meanwhile waits, because it would
/// disturb that work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has not answered `initialize`.
    Greeting,
    /// It reads the project.
    Loading,
    /// It works on the first answer.
    Warming,
    Ready,
}

/// A question that the server works on.
struct Asked {
    number: u64,
    question: Question,
    open: Vec<(i32, Part)>,
    finding: Finding,
    tries: u32,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Completion,
    Hover,
    Signature,
}

impl Part {
    fn method(self) -> &'static str {
        match self {
            Part::Completion => "textDocument/completion",
            Part::Hover => "textDocument/hover",
            Part::Signature => "textDocument/signatureHelp",
        }
    }

    fn of(topic: Topic) -> &'static [Part] {
        match topic {
            Topic::Completion => &[Part::Completion],
            Topic::Inspection => &[Part::Hover, Part::Signature],
        }
    }
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
        let scratch = Scratch::new()?;
        let files = project::write(scratch.folder(), &setup.project)?;
        let hear = move |message| drop(orders.send(Order::Heard(number, message)));
        let process = Process::start(&setup.program, &setup.arguments, scratch.folder(), hear)?;
        let mut session = Session {
            setup,
            process,
            scratch,
            files,
            encoding: Encoding::default(),
            stage: Stage::Greeting,
            text: None,
            version: 0,
            request: 0,
            asked: None,
        };
        let greeted = session.greet();
        self.session = Some(session);
        greeted.map(drop)
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
        let Session { setup, .. } = session;
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

impl Session {
    fn notify(&mut self, method: &str, params: Value) -> io::Result<()> {
        self.process.send(Notification { method: method.to_owned(), params }.into())
    }

    fn request(&mut self, method: &str, params: Value) -> io::Result<i32> {
        self.request += 1;
        self.process.send(Request { id: self.request.into(), method: method.to_owned(), params }.into())?;
        Ok(self.request)
    }

    fn greet(&mut self) -> io::Result<i32> {
        let params = json!({
            "processId": std::process::id(),
            "clientInfo": {"name": "ferrolab", "version": env!("CARGO_PKG_VERSION")},
            "rootUri": uri(self.scratch.folder()),
            "capabilities": capabilities(),
            "initializationOptions": options(&self.files.project),
        });
        self.request("initialize", params)
    }

    /// The answer to `initialize`.
    fn meet(&mut self, response: Response) -> io::Result<()> {
        let result = response.response_result.map_err(|error| io::Error::other(error.message))?;
        self.encoding = Encoding::named(result["capabilities"]["positionEncoding"].as_str());
        self.stage = Stage::Loading;
        self.notify("initialized", json!({}))
    }

    fn ask(&mut self, number: u64, question: Question) -> io::Result<()> {
        for (request, _) in self.asked.take().into_iter().flat_map(|asked| asked.open) {
            self.notify("$/cancelRequest", json!({"id": request}))?;
        }
        self.show(&question.document.text)?;
        let asked = Asked { number, question, open: Vec::new(), finding: Finding::default(), tries: 0 };
        self.asked = Some(asked);
        self.ask_parts()
    }

    /// Gives the server the text.
    fn show(&mut self, text: &str) -> io::Result<()> {
        let uri = uri(&self.files.session);
        self.version += 1;
        match &self.text {
            Some(known) if known == text => return Ok(()),
            None => {
                let document =
                    json!({"uri": uri, "languageId": "rust", "version": self.version, "text": text});
                self.notify("textDocument/didOpen", json!({"textDocument": document}))?;
            }
            Some(_) => {
                let document = json!({"uri": uri, "version": self.version});
                let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
                self.notify("textDocument/didChange", params)?;
            }
        }
        self.text = Some(text.to_owned());
        Ok(())
    }

    fn ask_parts(&mut self) -> io::Result<()> {
        let Some(mut asked) = self.asked.take() else { return Ok(()) };
        let position = self.encoding.position(&asked.question.document.text, asked.question.cursor);
        let params = json!({"textDocument": {"uri": uri(&self.files.session)}, "position": position});
        asked.open.clear();
        for part in Part::of(asked.question.topic) {
            asked.open.push((self.request(part.method(), params.clone())?, *part));
        }
        asked.tries += 1;
        self.asked = Some(asked);
        Ok(())
    }

    /// Takes the response to a part of the question; gives the answer if it is complete.
    fn take(&mut self, response: Response) -> io::Result<Option<(u64, Finding)>> {
        let Some(asked) = &mut self.asked else { return Ok(None) };
        let Some(at) = asked.open.iter().position(|(request, _)| response.id == (*request).into()) else {
            return Ok(None);
        };
        let (_, part) = asked.open.remove(at);
        match response.response_result {
            Ok(result) => asked.add(part, result, self.encoding),
            Err(error) if is_passing(&error) && asked.tries < TRIES => {
                self.ask_parts()?;
                return Ok(None);
            }
            // Nothing can be told of this place.
            Err(_) => {}
        }
        let done = self.asked.take_if(|asked| asked.open.is_empty());
        Ok(done.map(|asked| (asked.number, asked.finding)))
    }
}

impl Asked {
    fn add(&mut self, part: Part, result: Value, encoding: Encoding) {
        match part {
            Part::Completion => {
                let list = read(result);
                self.finding.candidates =
                    list.map(|list| answers::candidates(list, &self.question, encoding)).unwrap_or_default();
            }
            Part::Hover => {
                let hover = read::<Option<Hover>>(result).flatten();
                self.finding.hover = hover.and_then(answers::hover);
            }
            Part::Signature => {
                let help = read::<Option<SignatureHelp>>(result).flatten();
                self.finding.call = help.and_then(answers::call);
            }
        }
    }
}

fn warm_up(question: &Question) -> Question {
    let document = question.document.with_cell(WARM_UP);
    let cursor = document.cell + WARM_UP.len();
    Question { topic: Topic::Completion, document, word: cursor, cursor }
}

/// What does not have the shape that the protocol gives it is no answer.
fn read<T: DeserializeOwned>(result: Value) -> Option<T> {
    serde_json::from_value(result).ok()
}

/// Whether an error only says that something changed while the server worked.
fn is_passing(error: &ResponseError) -> bool {
    [ErrorCode::ContentModified, ErrorCode::ServerCancelled].iter().any(|code| error.code == *code as i32)
}

/// rust-analyzer tells when it has read the project. <https://rust-analyzer.github.io/book/contributing/lsp-extensions.html#server-status>
fn is_quiescent(notification: &Notification) -> bool {
    #[derive(Deserialize)]
    struct Status {
        quiescent: bool,
    }
    notification.method == "experimental/serverStatus"
        && Status::deserialize(&notification.params).is_ok_and(|status| status.quiescent)
}

/// The answer to what a server asks of an editor: nothing is set, everything is done.
fn acknowledged(request: Request) -> Response {
    let items = request.params["items"].as_array().map(|items| vec![Value::Null; items.len()]);
    Response { id: request.id, response_result: Ok(items.map_or(Value::Null, Value::Array)) }
}

/// What this client understands.
fn capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
        // That somebody watches the files: the library does not change, and the server need not look.
        "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}},
        "textDocument": {
            "completion": {
                "completionItem": {
                    "snippetSupport": false,
                    "labelDetailsSupport": true,
                    "resolveSupport": {"properties": ["documentation"]},
                },
            },
            "hover": {"contentFormat": ["markdown"]},
            "signatureHelp": {
                "signatureInformation": {
                    "documentationFormat": ["markdown"],
                    "parameterInformation": {"labelOffsetSupport": true},
                    "activeParameterSupport": true,
                },
            },
        },
        "experimental": {"serverStatusNotification": true},
    })
}

/// rust-analyzer's settings: no work besides answers. <https://rust-analyzer.github.io/book/configuration.html>
fn options(project: &Path) -> Value {
    json!({
        "linkedProjects": [project],
        "cachePriming": {"enable": false},
        "cargo": {"buildScripts": {"enable": false}},
        "checkOnSave": false,
        "diagnostics": {"enable": false},
        "numThreads": 1,
        "procMacro": {"enable": true},
        "completion": {
            "autoimport": {"enable": false},
            "callable": {"snippets": "none"},
            "fullFunctionSignatures": {"enable": true},
            "postfix": {"enable": false},
        },
        "hover": {
            "actions": {"enable": false},
            "links": {"enable": false},
            "memoryLayout": {"enable": false},
            // Not the private fields of a library's types.
            "show": {"fields": null},
        },
        "lens": {"enable": false},
    })
}

/// `file:///…`
fn uri(path: &Path) -> String {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut uri = String::from("file://");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
