//! Batches made ahead, on a thread of their own, while the model learns from those before.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ferrolab_display::poll;

use super::feed::{Feed, Next, Parcel, Pass};

/// How often the thread that waits looks whether the user has interrupted the cell.
const LOOK: Duration = Duration::from_millis(50);

/// What the threads are called, in messages of their panics.
const NAME: &str = "data loader";

/// A batch, or what made the thread panic.
type Made = Result<Parcel, Box<dyn Any + Send>>;

/// The end of the thread at which batches come out. Dropped, it ends the thread after the batch that it is at.
pub(crate) struct Ahead(Receiver<Made>);

impl Ahead {
    /// The next batch; waits for it. A panic of the thread goes on here.
    pub(crate) fn next(&mut self) -> Option<Parcel> {
        loop {
            poll();
            match self.0.recv_timeout(LOOK) {
                Ok(Ok(parcel)) => return Some(parcel),
                Ok(Err(panic)) => resume_unwind(panic),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

/// Both ends, with room for batches such that at most `count` are made ahead: the thread holds one itself.
pub(crate) fn ahead(count: usize) -> (SyncSender<Made>, Ahead) {
    let (sender, receiver) = sync_channel(count.saturating_sub(1));
    (sender, Ahead(receiver))
}

/// What the thread does: makes batches until there are no more, or nobody wants them.
pub(crate) fn make(next: &mut Next<'_>, sender: &SyncSender<Made>) {
    loop {
        match catch_unwind(AssertUnwindSafe(&mut *next)) {
            Ok(None) => return,
            Ok(Some(parcel)) => {
                if sender.send(Ok(parcel)).is_err() {
                    return;
                }
            }
            Err(panic) => {
                // If nobody wants the batch, nobody wants to know either.
                let _ = sender.send(Err(panic));
                return;
            }
        }
    }
}

/// A thread that may outlive its caller.
pub(crate) fn spawn(body: impl FnOnce() + Send + 'static) {
    start(thread::Builder::new().name(NAME.into()).spawn(body).map(drop));
}

#[track_caller]
fn start(started: std::io::Result<()>) {
    started.unwrap_or_else(|error| panic!("the system starts no thread to load data: {error}"));
}

/// Runs `body` on the batches of a pass; up to `count` of them are made ahead. With 0, each is made when it is asked for.
pub(crate) fn with_batches(feed: &Feed<'_>, pass: Pass, count: usize, body: &mut dyn FnMut(&mut Taker<'_>)) {
    if count == 0 {
        return body(&mut *feed.batches(pass));
    }
    thread::scope(|scope| {
        let (sender, mut ahead) = ahead(count);
        let thread = thread::Builder::new().name(NAME.into());
        start(thread.spawn_scoped(scope, move || make(&mut *feed.batches(pass), &sender)).map(drop));
        // Leaving `body`, by a panic too, drops `ahead`: the thread ends and the scope with it.
        body(&mut move || ahead.next());
    });
}

/// Asks for one batch after another.
pub(crate) type Taker<'a> = dyn FnMut() -> Option<Parcel> + 'a;
