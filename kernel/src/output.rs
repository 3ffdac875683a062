//! Collects the text that a cell writes into few messages. A cell that prints 20 000 lines sends dozens of messages,
//! not 20 000; nothing is reordered, and nothing waits longer than [`MAX_DELAY`].

use std::time::{Duration, Instant};

use crate::engine::StreamName;

/// How long a text may wait for more.
pub const MAX_DELAY: Duration = Duration::from_millis(50);
/// A message is not made larger than this by waiting.
const MAX_BYTES: usize = 1 << 20;

/// Text of one stream that has not been sent yet.
#[derive(Debug, Default)]
pub struct StreamBuffer {
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    name: StreamName,
    text: String,
    due: Instant,
}

impl StreamBuffer {
    /// Adds a text; returns what has to be sent first, if the stream changes or enough has come together.
    pub fn push(&mut self, name: StreamName, text: String, now: Instant) -> Option<(StreamName, String)> {
        match &mut self.waiting {
            Some(waiting) if waiting.name == name => {
                waiting.text.push_str(&text);
                if waiting.text.len() >= MAX_BYTES { self.take() } else { None }
            }
            _ => {
                let before = self.take();
                self.waiting = Some(Waiting { name, text, due: now + MAX_DELAY });
                before
            }
        }
    }

    /// All that waits: to be sent before any other message of the cell.
    pub fn take(&mut self) -> Option<(StreamName, String)> {
        self.waiting.take().map(|waiting| (waiting.name, waiting.text)).filter(|(_, text)| !text.is_empty())
    }

    /// When the waiting text has to go.
    pub fn due(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|waiting| waiting.due)
    }
}

#[cfg(test)]
mod tests {
    use StreamName::{Stderr, Stdout};

    use super::*;

    #[test]
    fn texts_of_one_stream_become_one() {
        let (mut buffer, now) = (StreamBuffer::default(), Instant::now());
        assert_eq!(buffer.push(Stdout, "a".into(), now), None);
        assert_eq!(buffer.push(Stdout, "b\n".into(), now + MAX_DELAY / 2), None);
        assert_eq!(buffer.due(), Some(now + MAX_DELAY));
        assert_eq!(buffer.take(), Some((Stdout, "ab\n".into())));
        assert_eq!((buffer.take(), buffer.due()), (None, None));
    }

    #[test]
    fn a_change_of_stream_sends_what_came_before() {
        let (mut buffer, now) = (StreamBuffer::default(), Instant::now());
        assert_eq!(buffer.push(Stdout, "out".into(), now), None);
        assert_eq!(buffer.push(Stderr, "err".into(), now), Some((Stdout, "out".into())));
        assert_eq!(buffer.push(Stdout, "out again".into(), now), Some((Stderr, "err".into())));
        assert_eq!(buffer.take(), Some((Stdout, "out again".into())));
    }

    #[test]
    fn a_large_text_does_not_wait() {
        let (mut buffer, now) = (StreamBuffer::default(), Instant::now());
        assert_eq!(buffer.push(Stdout, "x".repeat(MAX_BYTES / 2), now), None);
        let (_, text) = buffer.push(Stdout, "y".repeat(MAX_BYTES / 2), now).unwrap();
        assert_eq!(text.len(), MAX_BYTES);
        assert_eq!(buffer.due(), None);
    }

    #[test]
    fn empty_texts_make_no_message() {
        let mut buffer = StreamBuffer::default();
        assert_eq!(buffer.push(Stdout, String::new(), Instant::now()), None);
        assert_eq!(buffer.take(), None);
    }
}
