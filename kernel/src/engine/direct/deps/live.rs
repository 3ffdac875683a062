//! What the notebook shows while crates are built: one output, updated in place.

use std::time::{Duration, Instant};

use ferrolab_display::escape;
use serde_json::json;
use uuid::Uuid;

use crate::engine::{Bundle, Event, EventSink};
use crate::steps::{Took, one_line};

/// Time between two updates; faster than this nobody can read.
const PAUSE: Duration = Duration::from_millis(150);

/// The output. It appears with the first thing that is said.
pub struct Live {
    events: EventSink,
    id: String,
    /// The crates that were asked for.
    label: String,
    began: Instant,
    said: Option<Instant>,
}

impl Live {
    pub fn new(events: EventSink, label: String) -> Self {
        Live { events, id: Uuid::new_v4().to_string(), label, began: Instant::now(), said: None }
    }

    /// Says what is being done, unless something has just been said.
    pub fn say(&mut self, detail: &str) {
        if self.said.is_none_or(|said| said.elapsed() >= PAUSE) {
            self.show(&format!("{}: {}", self.label, one_line(detail)));
        }
    }

    /// Says how it ended, if something was said before.
    pub fn end(mut self, end: &str) {
        if self.said.is_some() {
            self.show(&format!("{end} ({})", Took(self.began.elapsed())));
        }
    }

    fn show(&mut self, text: &str) {
        let data = Bundle::from([
            ("text/html".to_owned(), json!(format!("<pre style=\"margin:0\">{}</pre>", escape(text)))),
            ("text/plain".to_owned(), json!(text)),
        ]);
        let (metadata, id) = (json!({}), self.id.clone());
        let event = match self.said.replace(Instant::now()) {
            None => Event::Display { data, metadata, display_id: Some(id) },
            Some(_) => Event::UpdateDisplay { data, metadata, display_id: id },
        };
        (self.events)(event);
    }
}
