//! A question of a running cell, on its way to whoever answers it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What comes of a question to the person in front of the notebook.
pub use ferrolab_display::frame::Answer;

/// Takes the answer to one question. A question that is dropped unanswered is refused: its cell must not wait for ever.
#[derive(Clone)]
pub struct Asker(Arc<Pending>);

type Deliver = Box<dyn FnOnce(Answer) + Send>;

struct Pending(Mutex<Option<Deliver>>);

impl Asker {
    /// One that hands the answer on.
    pub fn new(deliver: impl FnOnce(Answer) + Send + 'static) -> Self {
        Asker(Arc::new(Pending(Mutex::new(Some(Box::new(deliver))))))
    }

    /// Answers. Only the first answer counts.
    pub fn answer(&self, answer: Answer) {
        self.0.deliver(answer);
    }
}

impl Pending {
    fn deliver(&self, answer: Answer) {
        let deliver = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(deliver) = deliver {
            deliver(answer);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.deliver(Answer::Refused);
    }
}

impl PartialEq for Asker {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_counts_and_a_dropped_question_is_refused() {
        let (sender, answers) = std::sync::mpsc::channel();
        let asker = |sender: &std::sync::mpsc::Sender<Answer>| {
            let sender = sender.clone();
            Asker::new(move |answer| sender.send(answer).unwrap())
        };
        let first = asker(&sender);
        first.answer(Answer::Text("a".to_owned()));
        first.clone().answer(Answer::Ended);
        drop((first, asker(&sender), sender));
        assert_eq!(answers.iter().collect::<Vec<_>>(), [Answer::Text("a".to_owned()), Answer::Refused]);
    }
}
