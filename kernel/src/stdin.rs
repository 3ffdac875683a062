//! The stdin channel: asks the client that runs a cell for a line of text, and takes its answer.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::json;

use crate::connection::Channel;
use crate::engine::{Answer, Asker};
use crate::server::Server;
use crate::wire::{Message, decode};

/// What Jupyter's console sends when the person ends the input (Ctrl-D).
const END: &str = "\u{4}";

/// Questions of the running cell: the first is asked, the others wait for its answer.
#[derive(Default)]
pub(crate) struct Questions {
    /// The id of the `input_request` that was sent for the first.
    asked: Option<String>,
    waiting: VecDeque<Question>,
}

struct Question {
    prompt: String,
    password: bool,
    asker: Asker,
}

/// The id that a header carries; a client that is in a hurry sends none.
#[derive(Default, Deserialize)]
struct Header {
    #[serde(default)]
    msg_id: Option<String>,
    #[serde(default)]
    msg_type: Option<String>,
}

#[derive(Deserialize)]
struct InputReply {
    /// Missing where a client says by `status` that it failed.
    #[serde(default)]
    value: Option<String>,
}

impl Server {
    /// A cell asks. It is refused at once if its client has said that nobody is there to answer.
    pub(crate) fn ask(&mut self, prompt: String, password: bool, asker: Asker) {
        if self.cells.asking().is_none() {
            return asker.answer(Answer::Refused);
        }
        self.questions.waiting.push_back(Question { prompt, password, asker });
        self.ask_next();
    }

    fn ask_next(&mut self) {
        if self.questions.asked.is_some() {
            return;
        }
        // What has come until now answers another question.
        while self.outbox.sockets.receive(Channel::Stdin).is_some() {}
        self.flush_streams();
        let Some(Question { prompt, password, .. }) = self.questions.waiting.front() else { return };
        let Some(request) = self.cells.asking() else { return };
        let content = json!({"prompt": prompt, "password": password});
        self.questions.asked = Some(self.outbox.ask(request, &content));
    }

    /// Takes all answers that are there. One that nobody waits for is dropped.
    pub(crate) fn receive_answers(&mut self) {
        while let Some(frames) = self.outbox.sockets.receive(Channel::Stdin) {
            match decode(frames, &mut self.outbox.signer) {
                Ok(message) => self.on_answer(&message),
                Err(error) => eprintln!("ferrolab kernel: dropped a message on Stdin: {error}"),
            }
        }
    }

    fn on_answer(&mut self, message: &Message) {
        let Some(asked) = &self.questions.asked else { return };
        let header: Header = serde_json::from_slice(&message.header).unwrap_or_default();
        let parent: Header = serde_json::from_slice(&message.parent_header).unwrap_or_default();
        let is_ours = header.msg_type.as_deref() == Some("input_reply")
            // Some clients do not tell what they answer. Those that do may answer late.
            && parent.msg_id.is_none_or(|id| id == *asked)
            && self.cells.asking().is_some_and(|request| request.identities == message.identities);
        if !is_ours {
            return;
        }
        let answer = match serde_json::from_slice::<InputReply>(&message.content) {
            Ok(InputReply { value: Some(value) }) if value != END => Answer::Text(value),
            Ok(_) => Answer::Ended,
            Err(error) => {
                eprintln!("ferrolab kernel: the content is not that of an input_reply: {error}");
                Answer::Ended
            }
        };
        self.questions.asked = None;
        if let Some(question) = self.questions.waiting.pop_front() {
            question.asker.answer(answer);
        }
        self.ask_next();
    }

    /// The cell has ended: nobody waits for an answer any more.
    pub(crate) fn forget_questions(&mut self) {
        self.questions = Questions::default();
    }
}
