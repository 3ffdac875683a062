//! [`SlowBar`]: a progress bar for work that is often done at once.

use std::time::{Duration, Instant};

use ferrolab_display::{Progress, poll};

/// Work that is done by then shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A progress bar that appears when the work takes a while. Leaves the cell if the user interrupts it.
pub(super) struct SlowBar {
    label: &'static str,
    total: usize,
    done: usize,
    started: Instant,
    bar: Option<Progress>,
}

impl SlowBar {
    pub(super) fn new(total: usize, label: &'static str) -> Self {
        SlowBar { label, total, done: 0, started: Instant::now(), bar: None }
    }

    pub(super) fn inc(&mut self, steps: usize) {
        self.done += steps;
        if self.bar.is_none() && self.started.elapsed() > PATIENCE {
            self.bar = Some(Progress::new(self.total, self.label));
        }
        match &self.bar {
            Some(bar) => bar.set(self.done),
            None => poll(),
        }
    }
}
