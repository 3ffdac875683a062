//! Cells: one runs, the others wait their turn; what the running one makes goes to all clients; when one fails, those
//! that wait behind it are aborted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use crate::connection::Channel;
use crate::engine::{Bundle, Event, StreamName};
use crate::eval::{Done, Job};
use crate::history::HistoryError;
use crate::messages::{
    self, Display, ErrorContent, ExecuteReply, ExecuteRequest, ExecuteResult, InspectReply, Outcome, Reply,
    Request, Shown, Transient, to_json,
};
use crate::server::{Server, error_reply};
use crate::session::{Expressions, Page};

/// The cells of a kernel.
#[derive(Default)]
pub(crate) struct Cells {
    /// The number of the last cell that counted.
    count: u32,
    running: Option<Cell>,
    waiting: VecDeque<Request>,
    /// The header that output belongs to: of the running cell, or of the last one, if a thread that it left behind
    /// still prints.
    parent: Option<Vec<u8>>,
}

impl Cells {
    /// The header of the running cell's request.
    pub(crate) fn running_parent(&self) -> Option<&[u8]> {
        self.running.as_ref().map(|cell| cell.request.parent.as_slice())
    }

    /// The running cell's request, if its client can be asked for input.
    pub(crate) fn asking(&self) -> Option<&Request> {
        self.running.as_ref().filter(|cell| cell.content.allow_stdin).map(|cell| &cell.request)
    }

    /// The parent header of output that comes now.
    fn output_parent(&self) -> &[u8] {
        self.parent.as_deref().unwrap_or(b"{}")
    }
}

/// A cell that runs.
struct Cell {
    request: Request,
    content: ExecuteRequest,
    number: u32,
    cancelled: Arc<AtomicBool>,
}

impl Server {
    /// Runs the cell, now or when those before it have ended.
    pub(crate) fn enqueue(&mut self, request: Request) {
        self.cells.waiting.push_back(request);
        self.run_next();
    }

    fn run_next(&mut self) {
        while self.cells.running.is_none()
            && let Some(request) = self.cells.waiting.pop_front()
        {
            self.open(&request);
            match request.content() {
                Ok(content) => self.begin(request, content),
                Err(error) => self.close(&request, Some(error_reply(error))),
            }
        }
    }

    fn begin(&mut self, request: Request, content: ExecuteRequest) {
        let number = self.cells.count + 1;
        if !content.silent {
            let input = json!({"code": content.code, "execution_count": number});
            self.outbox.publish(&request.parent, "execute_input", &input);
            if content.store_history {
                self.cells.count = number;
                note(self.history.push(number, &content.code));
            }
        }
        self.cells.parent = Some(request.parent.clone());
        let cancelled = Arc::new(AtomicBool::new(false));
        let expressions = content.expressions();
        let job = Job { code: content.code.clone(), number, expressions, cancelled: cancelled.clone() };
        self.evaluator.run(job);
        self.cells.running = Some(Cell { request, content, number, cancelled });
    }

    /// Interrupts the running cell. Those that wait are aborted when it has failed by that.
    pub(crate) fn interrupt(&self) {
        if let Some(cell) = &self.cells.running {
            cell.cancelled.store(true, Ordering::Release);
        }
        self.evaluator.interrupt();
    }

    /// Passes on what the cell made. A silent cell shows nothing.
    pub(crate) fn on_output(&mut self, event: Event) {
        let running = self.cells.running.as_ref();
        if running.is_some_and(|cell| cell.content.silent) && !matches!(event, Event::Input { .. }) {
            return;
        }
        let number = running.map_or(self.cells.count, |cell| cell.number);
        let kept = running.is_some_and(|cell| cell.content.store_history);
        match event {
            Event::Stream { name, text } => {
                if let Some((name, text)) = self.streams.push(name, text, Instant::now()) {
                    self.publish_stream(name, &text);
                }
            }
            Event::Display { data, metadata, display_id } => {
                let transient = Transient { display_id };
                self.show("display_data", &Display { data, metadata: object(metadata), transient });
            }
            Event::UpdateDisplay { data, metadata, display_id } => {
                let transient = Transient { display_id: Some(display_id) };
                self.show("update_display_data", &Display { data, metadata: object(metadata), transient });
            }
            Event::ClearOutput { wait } => self.show("clear_output", &json!({"wait": wait})),
            Event::Result { data, metadata } => {
                if kept && let Some(Value::String(text)) = data.get("text/plain") {
                    note(self.history.set_result(text));
                }
                let result = ExecuteResult { data, metadata: object(metadata), execution_count: number };
                self.show("execute_result", &result);
            }
            Event::Input { prompt, password, asker } => self.ask(prompt, password, asker),
        }
    }

    fn show(&mut self, msg_type: &str, content: &impl Serialize) {
        self.flush_streams();
        self.outbox.publish(self.cells.output_parent(), msg_type, content);
    }

    /// Sends the text that waits for more.
    pub(crate) fn flush_streams(&mut self) {
        if let Some((name, text)) = self.streams.take() {
            self.publish_stream(name, &text);
        }
    }

    fn publish_stream(&self, name: StreamName, text: &str) {
        let name = match name {
            StreamName::Stdout => "stdout",
            StreamName::Stderr => "stderr",
        };
        self.outbox.publish(self.cells.output_parent(), "stream", &json!({"name": name, "text": text}));
    }

    /// The cell has ended: error, reply, idle, and on to the next.
    pub(crate) fn on_done(&mut self, done: Done) {
        let Done { result, pages, expressions, variables, bindings, definitions } = done;
        self.names.learn(definitions);
        (self.variables, self.bindings) = (variables, bindings);
        let abort = result.is_err()
            && self
                .cells
                .running
                .as_ref()
                .is_some_and(|cell| cell.content.stop_on_error && !cell.content.silent);
        if abort {
            // What was sent before the failure is known must be aborted too, so it has to be in the queue by now.
            self.receive_all(Channel::Shell);
        }
        self.forget_questions();
        let Some(cell) = self.cells.running.take() else { return };
        let outcome = match result {
            Ok(()) => {
                let payload = pages.into_iter().map(|page| self.page(page)).collect();
                Outcome::Ok { user_expressions: replies(expressions), payload }
            }
            Err(error) => {
                let error = ErrorContent::from(error);
                self.flush_streams();
                if !cell.content.silent {
                    self.outbox.publish(&cell.request.parent, "error", &error);
                }
                Outcome::Error(error)
            }
        };
        let reply = ExecuteReply { execution_count: cell.number, outcome };
        self.close(&cell.request, Some(to_json(&reply)));
        if abort {
            self.abort_waiting();
        }
        self.run_next();
    }

    fn page(&self, page: Page) -> messages::Page {
        let data = match page {
            Page::Text(data) => data,
            Page::Inspect { name, detail } => match self.inspect(&name, None, detail) {
                InspectReply { found: true, data, .. } => data,
                _ => {
                    Bundle::from([("text/plain".to_owned(), json!(format!("nothing is known of `{name}`")))])
                }
            },
        };
        messages::Page { data, start: 0 }
    }

    fn abort_waiting(&mut self) {
        let reply = to_json(&ExecuteReply { execution_count: self.cells.count, outcome: Outcome::Aborted });
        for request in std::mem::take(&mut self.cells.waiting) {
            self.open(&request);
            self.close(&request, Some(reply.clone()));
        }
    }
}

/// A history that cannot be written is no reason for a cell to fail.
fn note(stored: Result<(), HistoryError>) {
    if let Err(error) = stored {
        eprintln!("ferrolab kernel: {error}");
    }
}

/// The protocol wants an object even where there is nothing to say.
fn object(metadata: Value) -> Value {
    if metadata.is_object() { metadata } else { json!({}) }
}

fn replies(expressions: Expressions) -> BTreeMap<String, Reply<Shown>> {
    let reply = |(key, value)| {
        let reply = match value {
            Ok(data) => Reply::Ok(Shown { data, metadata: json!({}) }),
            Err(error) => Reply::Error(ErrorContent::from(error)),
        };
        (key, reply)
    };
    expressions.into_iter().map(reply).collect()
}
