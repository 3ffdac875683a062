//! Completion and inspection: from the names that the kernel knows, and from what rust-analyzer says, if it says it soon.
//! A request that waits for it holds up nothing.

use std::time::{Duration, Instant};

use crate::engine::CellError;
use crate::handlers::Answer;
use crate::lsp::{Analyzer, Asked, Document, Finding, Question, Setup, Topic};
use crate::magics;
use crate::messages::{CompleteRequest, InspectReply, InspectRequest, Reply, Request, to_json};
use crate::names;
use crate::server::{KernelError, Server, error_reply};

/// How long an answer may take. Who types does not wait longer for a better one.
const PATIENCE: Duration = Duration::from_millis(400);
/// How long it may take where the kernel alone knows nothing. JupyterLab gives up after a second.
const PATIENCE_FOR_ANY: Duration = Duration::from_millis(900);

/// A request whose answer is not complete yet.
pub(crate) struct Waiting {
    request: Request,
    /// The number of the question.
    number: u64,
    due: Instant,
}

/// The handler of `complete_request` and `inspect_request`.
pub(crate) fn help(server: &mut Server, request: &Request) -> Result<Answer, CellError> {
    let (topic, code, cursor) = place(request)?;
    match server.question(topic, &code, cursor) {
        Asked::Known(finding) => server.tell(request, &finding).map(Answer::Reply),
        Asked::Soon(number) => Ok(Answer::Soon(number)),
        Asked::Later => server.tell(request, &Finding::default()).map(Answer::Reply),
    }
}

/// What a request asks, and where.
fn place(request: &Request) -> Result<(Topic, String, Option<usize>), CellError> {
    if request.header.msg_type == "complete_request" {
        let CompleteRequest { code, cursor_pos } = request.content()?;
        Ok((Topic::Completion, code, cursor_pos))
    } else {
        let InspectRequest { code, cursor_pos, .. } = request.content()?;
        Ok((Topic::Inspection, code, cursor_pos))
    }
}

impl Server {
    /// Asks rust-analyzer too, from the first request on. `setup` is called then, in another thread.
    pub fn ask_analyzer(
        &mut self,
        setup: impl FnOnce() -> Option<Setup> + Send + 'static,
    ) -> Result<(), KernelError> {
        let waker = self.alarm.waker();
        self.analyzer = Some(Analyzer::new(setup, move || waker.wake())?);
        Ok(())
    }

    fn question(&mut self, topic: Topic, code: &str, cursor: Option<usize>) -> Asked {
        let (word, at) = names::word_at(code, cursor);
        let Some(analyzer) = self.analyzer.as_mut().filter(|_| names::magic(&code[..at]).is_none()) else {
            return Asked::Later;
        };
        let document = Document::new(self.names.definitions(), &self.bindings, code);
        let (word, cursor) = (document.cell + word, document.cell + at);
        analyzer.ask(Question { topic, document, word, cursor })
    }

    /// The content of the reply.
    fn tell(&self, request: &Request, finding: &Finding) -> Result<Vec<u8>, CellError> {
        let known = self.names.known(&self.variables);
        Ok(match place(request)? {
            (Topic::Completion, code, cursor) => {
                let found = &finding.candidates;
                let reply = names::complete_among(&code, cursor, &known, &magics::list(), found);
                to_json(&Reply::Ok(reply))
            }
            (Topic::Inspection, code, cursor) => {
                let InspectRequest { detail_level, .. } = request.content()?;
                let found = (finding.hover.as_ref(), finding.call.as_ref());
                let reply = names::inspect_among(&code, cursor, detail_level, &known, &magics::list(), found);
                to_json(&Reply::Ok(reply))
            }
        })
    }

    /// What is known of the thing at a place of a text.
    pub(crate) fn inspect(&self, code: &str, cursor: Option<usize>, detail: u8) -> InspectReply {
        names::inspect(code, cursor, detail, &self.names.known(&self.variables), &magics::list())
    }

    /// Keeps a request until its question is answered. Those that wait already are not worth more time: their cell has
    /// changed.
    pub(crate) fn await_answer(&mut self, request: Request, number: u64) {
        let older = std::mem::take(&mut self.waiting);
        let patience = if self.knows_nothing(&request) { PATIENCE_FOR_ANY } else { PATIENCE };
        self.waiting.push(Waiting { request, number, due: Instant::now() + patience });
        for waiting in older {
            if waiting.number == number {
                self.waiting.push(waiting);
            } else {
                self.settle(&waiting.request, &Finding::default());
            }
        }
    }

    /// Whether the kernel alone has no answer.
    fn knows_nothing(&self, request: &Request) -> bool {
        let known = self.names.known(&self.variables);
        place(request).is_ok_and(|(topic, code, cursor)| match topic {
            Topic::Completion => names::complete(&code, cursor, &known, &magics::list()).matches.is_empty(),
            Topic::Inspection => !self.inspect(&code, cursor, 0).found,
        })
    }

    /// Answers the requests for which an answer has come, and those that have waited long enough.
    pub(crate) fn answer_waiting(&mut self) {
        let answers = self.analyzer.as_mut().map(Analyzer::answers).unwrap_or_default();
        let now = Instant::now();
        for waiting in std::mem::take(&mut self.waiting) {
            match answers.iter().find(|(number, _)| *number == waiting.number) {
                Some((_, finding)) => {
                    self.settle(&waiting.request, finding.as_deref().unwrap_or(&Finding::default()))
                }
                None if waiting.due <= now => self.settle(&waiting.request, &Finding::default()),
                None => self.waiting.push(waiting),
            }
        }
    }

    /// Answers all that wait, with what is known.
    pub(crate) fn answer_all_waiting(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            self.settle(&waiting.request, &Finding::default());
        }
    }

    /// When the next of them has waited long enough.
    pub(crate) fn answers_due(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    fn settle(&mut self, request: &Request, finding: &Finding) {
        let content = self.tell(request, finding).unwrap_or_else(error_reply);
        self.close(request, Some(content));
        self.repeat_busy();
    }
}
