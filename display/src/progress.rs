//! Progress bars: in a notebook one output updated in place, on a terminal one line redrawn, elsewhere silent.

mod draw;

use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::channel::in_notebook;
use crate::handle::Handle;
use crate::runtime::interrupt::poll;

/// Time between two redraws. Faster than this nobody can read, and each redraw costs a message.
const PAUSE: Duration = Duration::from_millis(100);

/// A progress bar for `total` steps.
///
/// Redraws at most ten times a second, so `inc` may be called in a tight loop. `set` and `inc` also check whether the
/// user has interrupted the cell; if so, they unwind out of it and the variables are kept.
///
/// ```
/// use ferrolab_display::Progress;
///
/// let bar = Progress::new(3, "epoch");
/// for loss in [0.9, 0.5, 0.3] {
///     bar.message(format!("loss {loss}"));
///     bar.inc(1);
/// }
/// bar.finish();
/// ```
#[derive(Debug)]
pub struct Progress {
    place: Place,
    state: Mutex<State>,
}

/// Where a bar is drawn.
#[derive(Debug)]
enum Place {
    Notebook(Handle),
    Terminal,
    Nowhere,
}

/// What a bar shows.
#[derive(Debug, Clone)]
struct State {
    label: String,
    message: String,
    done: u64,
    /// `None`: unknown.
    total: Option<u64>,
    started: Instant,
    drawn: Option<Instant>,
    finished: Option<Duration>,
}

impl Progress {
    /// A bar for `total` steps with a label before it. It appears at once.
    pub fn new(total: usize, label: impl Into<String>) -> Self {
        Self::start(Some(total as u64), label.into())
    }

    /// A bar for a number of steps that nobody knows yet, with a label before it: it counts them. It appears at once.
    ///
    /// ```
    /// use ferrolab_display::Progress;
    ///
    /// let bar = Progress::unbounded("lines");
    /// bar.inc(120);
    /// bar.set_total(500); // now it is known
    /// ```
    pub fn unbounded(label: impl Into<String>) -> Self {
        Self::start(None, label.into())
    }

    /// Says how many steps there are altogether. It is drawn with the next step.
    pub fn set_total(&self, total: usize) {
        self.lock().total = Some(total as u64);
    }

    fn start(total: Option<u64>, label: String) -> Self {
        let place = if in_notebook() {
            Place::Notebook(Handle::new())
        } else if stderr().is_terminal() {
            Place::Terminal
        } else {
            Place::Nowhere
        };
        let state = State {
            label,
            message: String::new(),
            done: 0,
            total,
            started: Instant::now(),
            drawn: None,
            finished: None,
        };
        let bar = Progress { place, state: Mutex::new(state) };
        bar.draw(bar.lock(), true);
        bar
    }

    /// Sets the number of steps done.
    pub fn set(&self, done: usize) {
        let mut state = self.lock();
        state.done = done as u64;
        self.draw(state, false);
        poll();
    }

    /// Adds `steps` to the number of steps done.
    pub fn inc(&self, steps: usize) {
        let mut state = self.lock();
        state.done += steps as u64;
        self.draw(state, false);
        poll();
    }

    /// Sets the text after the bar, for example the present loss. It is drawn with the next step.
    pub fn message(&self, text: impl Into<String>) {
        let mut state = self.lock();
        state.message = text.into();
        self.draw(state, false);
    }

    /// Draws the final state. Further calls change nothing on the screen. A bar that is dropped finishes by itself,
    /// except when a panic or an interrupt drops it: then it stays as it was.
    pub fn finish(&self) {
        let mut state = self.lock();
        if state.finished.is_none() {
            state.finished = Some(state.started.elapsed());
            self.draw(state, true);
            if let Place::Terminal = self.place {
                eprintln!();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, mut state: MutexGuard<'_, State>, now: bool) {
        if matches!(self.place, Place::Nowhere) || (!now && (state.finished.is_some() || !state.is_due())) {
            return;
        }
        let first = state.drawn.replace(Instant::now()).is_none();
        match &self.place {
            Place::Notebook(handle) if first => handle.show(state.bundle()),
            Place::Notebook(handle) => handle.replace(state.bundle()),
            Place::Terminal => {
                let _ = write!(stderr(), "\r\x1b[2K{}", state.line()).and_then(|()| stderr().flush());
            }
            Place::Nowhere => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.finish();
        }
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.drawn.is_none_or(|last| last.elapsed() >= PAUSE)
    }
}

/// Iterates with a progress bar.
///
/// ```
/// use ferrolab_display::progress;
///
/// let sum: i32 = progress(vec![1, 2, 3]).sum();
/// assert_eq!(sum, 6);
/// ```
pub fn progress<I: IntoIterator>(iter: I) -> ProgressIter<I::IntoIter> {
    let inner = iter.into_iter();
    let total = inner.size_hint().1.map(|n| n as u64);
    ProgressIter { bar: Progress::start(total, String::new()), inner }
}

/// An iterator that moves a progress bar. Made by [`progress`].
#[derive(Debug)]
pub struct ProgressIter<I> {
    inner: I,
    bar: Progress,
}

impl<I> ProgressIter<I> {
    /// The bar, to set its label's message from inside a loop.
    pub fn bar(&self) -> &Progress {
        &self.bar
    }
}

impl<I: Iterator> Iterator for ProgressIter<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let item = self.inner.next();
        match item {
            // The step is counted when it is handed out: with `n` items the loop body of the last one runs at `n / n`.
            Some(_) => self.bar.inc(1),
            None => self.bar.finish(),
        }
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for ProgressIter<I> {}
