//! The curves of a training under way, drawn anew after each epoch in the same place.

use ferrolab_display::{Handle, display, in_notebook};

use super::History;

/// Where the curves are. Only notebooks have such a place.
#[derive(Default)]
pub(super) struct Live(Option<Handle>);

impl Live {
    pub(super) fn show(&mut self, history: &History) {
        // A curve of one point says nothing.
        if !in_notebook() || history.loss.len() < 2 {
            return;
        }
        #[cfg(feature = "plot")]
        let view = history.plot();
        #[cfg(not(feature = "plot"))]
        let view = history;
        match &self.0 {
            Some(handle) => handle.update(&view),
            None => self.0 = Some(display(&view)),
        }
    }
}
