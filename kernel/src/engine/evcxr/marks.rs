//! The lines by which the code that evcxr generates tells how a cell went. They stand in the standard output of the cell;
//! this takes them out of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::{Event, EventSink, StreamName};

/// The cell has panicked.
pub const PANIC: &str = "EVCXR_PANIC_NOTIFICATION";
/// A `?` has met an error.
pub const ERROR: &str = "EVCXR_ERROR_OCCURRED";
/// A variable's type is another than it was; its name follows.
pub const CHANGED: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";

const ALL: [&str; 3] = [PANIC, ERROR, CHANGED];
/// Most bytes of the standard error that are kept for the text of an error.
const END: usize = 4096;

/// What a cell has said so far.
#[derive(Debug, Default)]
struct Said {
    /// Text that may turn out to be a mark.
    held: String,
    found: Vec<String>,
    /// The end of the standard error.
    stderr: String,
}

/// Takes the marks out of a cell's output.
#[derive(Clone)]
pub struct Marks {
    events: EventSink,
    said: Arc<Mutex<Said>>,
}

impl Marks {
    pub fn new(events: EventSink) -> Self {
        Marks { events, said: Arc::default() }
    }

    /// Where the output of cells goes in.
    pub fn entrance(&self) -> EventSink {
        let marks = self.clone();
        Arc::new(move |event| marks.pass(event))
    }

    /// The cell has ended: its marks, and the last line that it wrote to the standard error.
    pub fn take(&self) -> (Vec<String>, String) {
        let mut said = self.lock();
        let Said { held, found, stderr } = std::mem::take(&mut *said);
        drop(said);
        self.send(held);
        (found, stderr.trim_end().lines().next_back().unwrap_or_default().to_owned())
    }

    fn pass(&self, event: Event) {
        match event {
            Event::Stream { name: StreamName::Stdout, text } => {
                let mut said = self.lock();
                let text = said.feed(&text);
                drop(said);
                self.send(text);
            }
            event => {
                if let Event::Stream { name: StreamName::Stderr, text } = &event {
                    let stderr = &mut self.lock().stderr;
                    stderr.push_str(text);
                    let excess = stderr.len().saturating_sub(END);
                    stderr.drain(..stderr.ceil_char_boundary(excess));
                }
                (self.events)(event);
            }
        }
    }

    fn send(&self, text: String) {
        if !text.is_empty() {
            (self.events)(Event::Stream { name: StreamName::Stdout, text });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    /// Gives the text without marks, as far as it is certain. A mark is the end of a line; what was printed before it without
    /// a line break stands on the same line.
    fn feed(&mut self, text: &str) -> String {
        let text = std::mem::take(&mut self.held) + text;
        let mut clean = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(whole) => match mark(whole) {
                    Some(at) => {
                        clean.push_str(&line[..at]);
                        self.found.push(whole[at..].to_owned());
                    }
                    None => clean.push_str(line),
                },
                None => {
                    let at = unfinished(line).unwrap_or(line.len());
                    clean.push_str(&line[..at]);
                    self.held = line[at..].to_owned();
                }
            }
        }
        clean
    }
}

/// Where a mark begins that ends the line.
fn mark(line: &str) -> Option<usize> {
    [PANIC, ERROR]
        .iter()
        .find_map(|mark| line.strip_suffix(mark).map(str::len))
        .or_else(|| line.find(CHANGED))
}

/// Where something begins that may become a mark.
fn unfinished(line: &str) -> Option<usize> {
    line.char_indices().map(|(at, _)| at).find(|at| {
        let rest = &line[*at..];
        ALL.iter().any(|mark| mark.starts_with(rest)) || rest.starts_with(CHANGED)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_wherever_the_output_is_cut() {
        let output = "E\nabcEVCXR_PANIC_NOTIFICATION\nEVCXR_VARIABLE_CHANGED_TYPE:x\nEVCXR EVCXR_P";
        for cut in 0..=output.len() {
            let mut said = Said::default();
            let clean = said.feed(&output[..cut]) + &said.feed(&output[cut..]) + &said.held;
            assert_eq!(clean, "E\nabcEVCXR EVCXR_P", "cut at {cut}");
            assert_eq!(said.found, [PANIC, "EVCXR_VARIABLE_CHANGED_TYPE:x"]);
        }
    }
}
