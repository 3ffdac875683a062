//! The conversation with one process: what it has been told, what it was asked.

use std::io;

use lsp_server::{ErrorCode, Message, Notification, Request, Response, ResponseError};
use lsp_types::{Hover, SignatureHelp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::document::Encoding;
use super::editor::{capabilities, options, uri};
use super::process::Process;
use super::project::Files;
use super::{Finding, Question, Setup, Topic, answers};
use crate::engine::{Scratch, UsedCrate};

/// How often a question is asked again that the server drops because something changed meanwhile.
const TRIES: u32 = 5;

/// A process, and how far the conversation with it is.
pub struct Session {
    pub setup: Setup,
    pub process: Process,
    scratch: Scratch,
    files: Files,
    encoding: Encoding,
    pub stage: Stage,
    /// The crates besides the library that the server knows of.
    crates: Vec<UsedCrate>,
    /// The text that the server has; its version.
    text: Option<String>,
    version: i32,
    /// The number of the last request.
    request: i32,
    pub asked: Option<Asked>,
}

/// The first answer takes the longest: the server reads the library for it. What is asked meanwhile waits, because it would
/// disturb that work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has not answered `initialize`.
    Greeting,
    /// It reads the project.
    Loading,
    /// It works on the first answer.
    Warming,
    Ready,
}

/// A question that the server works on.
pub struct Asked {
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

impl Session {
    /// Starts the process. `hear` gets its messages, then `None` for its end.
    pub fn start(setup: Setup, hear: impl FnMut(Option<Message>) + Send + 'static) -> io::Result<Self> {
        let scratch = Scratch::new()?;
        let files = Files::write(scratch.folder(), &setup.project)?;
        let process = Process::start(&setup.program, &setup.arguments, scratch.folder(), hear)?;
        Ok(Session {
            setup,
            process,
            scratch,
            files,
            encoding: Encoding::default(),
            stage: Stage::Greeting,
            crates: Vec::new(),
            text: None,
            version: 0,
            request: 0,
            asked: None,
        })
    }

    fn notify(&mut self, method: &str, params: Value) -> io::Result<()> {
        self.process.send(Notification { method: method.to_owned(), params }.into())
    }

    fn request(&mut self, method: &str, params: Value) -> io::Result<i32> {
        self.request += 1;
        self.process.send(Request { id: self.request.into(), method: method.to_owned(), params }.into())?;
        Ok(self.request)
    }

    /// Begins the conversation.
    pub fn greet(&mut self) -> io::Result<()> {
        let params = json!({
            "processId": std::process::id(),
            "clientInfo": {"name": "ferrolab", "version": env!("CARGO_PKG_VERSION")},
            "rootUri": uri(self.scratch.folder()),
            "capabilities": capabilities(),
            "initializationOptions": options(&self.files.project),
        });
        self.request("initialize", params).map(drop)
    }

    /// The answer to `initialize`.
    pub fn meet(&mut self, response: Response) -> io::Result<()> {
        let result = response.response_result.map_err(|error| io::Error::other(error.message))?;
        self.encoding = Encoding::named(result["capabilities"]["positionEncoding"].as_str());
        self.stage = Stage::Loading;
        self.notify("initialized", json!({}))
    }

    /// Asks, and cancels what it was asked before.
    pub fn ask(&mut self, number: u64, question: Question) -> io::Result<()> {
        for (request, _) in self.asked.take().into_iter().flat_map(|asked| asked.open) {
            self.notify("$/cancelRequest", json!({"id": request}))?;
        }
        self.know(&question.document.crates)?;
        self.show(&question.document.text)?;
        let asked = Asked { number, question, open: Vec::new(), finding: Finding::default(), tries: 0 };
        self.asked = Some(asked);
        self.ask_parts()
    }

    /// Tells the server of crates that are new. It answers meanwhile from what it knows.
    fn know(&mut self, crates: &[UsedCrate]) -> io::Result<()> {
        if self.crates == crates {
            return Ok(());
        }
        self.files.describe(&self.setup.project, crates)?;
        self.crates = crates.to_owned();
        self.request("rust-analyzer/reloadWorkspace", Value::Null).map(drop)
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
    pub fn take(&mut self, response: Response) -> io::Result<Option<(u64, Finding)>> {
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

/// What does not have the shape that the protocol gives it is no answer.
fn read<T: DeserializeOwned>(result: Value) -> Option<T> {
    serde_json::from_value(result).ok()
}

/// Whether an error only says that something changed while the server worked.
fn is_passing(error: &ResponseError) -> bool {
    [ErrorCode::ContentModified, ErrorCode::ServerCancelled].iter().any(|code| error.code == *code as i32)
}
