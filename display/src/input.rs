//! Asking the person in front of the notebook for a line of text.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::channel::{self, in_notebook};
use crate::frame::{Answer, FromChild};
use crate::runtime::interrupt::{interrupted, poll};

/// How often a waiting cell looks whether it is interrupted.
const GLANCE: Duration = Duration::from_millis(50);

/// Why there is no line of text.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The front end gives no input.
    #[error(
        "expected an answer, but whoever runs this cell gives no input (allow_stdin is false), as `ferrolab run` does: \
         run it in JupyterLab, or write the value into the cell"
    )]
    Refused,
    /// The person has ended the input instead of answering.
    #[error("expected an answer, found the end of the input")]
    Ended,
    /// The terminal cannot be read.
    #[error("expected a terminal to ask on: {0}")]
    Terminal(#[from] io::Error),
}

/// Asks for a line of text and waits for it; the line comes without its end.
///
/// Outside a notebook the terminal is asked.
///
/// ```no_run
/// use ferrolab_display::input;
///
/// let name = input("Your name: ")?;
/// println!("Hello, {name}");
/// # Ok::<(), ferrolab_display::InputError>(())
/// ```
pub fn input(prompt: impl AsRef<str>) -> Result<String, InputError> {
    let prompt = prompt.as_ref();
    if in_notebook() { ask(prompt, false) } else { from_terminal(prompt) }
}

/// Asks for a line of text that is not shown while it is typed, and not kept in the notebook.
///
/// Outside a notebook the terminal is asked.
pub fn password(prompt: impl AsRef<str>) -> Result<String, InputError> {
    let prompt = prompt.as_ref();
    if in_notebook() { ask(prompt, true) } else { Ok(rpassword::prompt_password(prompt)?) }
}

fn ask(prompt: &str, password: bool) -> Result<String, InputError> {
    let question = Question::new(prompt, password);
    loop {
        match question.wait(GLANCE) {
            Some(Answer::Text(text)) => return Ok(text),
            Some(Answer::Refused) => return Err(InputError::Refused),
            Some(Answer::Ended) => return Err(InputError::Ended),
            None if interrupted() => {
                poll();
                // We are unwinding already, and this is a destructor that asks.
                return Err(InputError::Ended);
            }
            None => {}
        }
    }
}

fn from_terminal(prompt: &str) -> Result<String, InputError> {
    print!("{prompt}");
    io::stdout().flush()?;
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        return Err(InputError::Ended);
    }
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Who waits for which answer.
static WAITING: Mutex<Vec<(u64, Sender<Answer>)>> = Mutex::new(Vec::new());

fn waiting() -> MutexGuard<'static, Vec<(u64, Sender<Answer>)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A question to the kernel that may not be answered yet. Dropped, it is not waited for any more.
pub(crate) struct Question {
    id: u64,
    answer: Receiver<Answer>,
}

impl Question {
    pub(crate) fn new(prompt: &str, password: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = channel();
        waiting().push((id, sender));
        // Not acknowledged: other threads may show something while this one waits.
        channel::send_unanswered(&FromChild::Input { id, prompt: prompt.to_owned(), password });
        Question { id, answer }
    }

    /// The answer, if it comes in that time.
    pub(crate) fn wait(&self, time: Duration) -> Option<Answer> {
        self.answer.recv_timeout(time).ok()
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        waiting().retain(|(id, _)| *id != self.id);
    }
}

/// Hands an answer of the kernel to who waits for it.
pub(crate) fn answered(id: u64, answer: Answer) {
    if let Some((_, sender)) = waiting().iter().find(|(other, _)| *other == id) {
        let _ = sender.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reaches_the_question_that_it_belongs_to() {
        let (first, second) = (Question::new("a", false), Question::new("b", false));
        answered(second.id, Answer::Text("two".to_owned()));
        answered(first.id, Answer::Ended);
        assert_eq!(second.wait(GLANCE), Some(Answer::Text("two".to_owned())));
        assert_eq!(first.wait(GLANCE), Some(Answer::Ended));
        let id = first.id;
        drop(first);
        answered(id, Answer::Refused);
        assert!(waiting().iter().all(|(other, _)| *other != id));
    }
}
