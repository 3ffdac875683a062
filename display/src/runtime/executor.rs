//! Runs the future that a cell with a top-level `.await` becomes, so that an interrupt ends it as it ends a loop.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use super::failure::CellFailure;
use super::interrupt::{interrupted, poll};

/// A pending future is interrupted after at most this time: a signal does not end the waiting of a parked thread.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Wakes the thread that runs the cell.
struct Bell {
    rung: AtomicBool,
    thread: Thread,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Waits for the future of a cell.
pub fn block_on(future: impl Future<Output = Result<(), CellFailure>>) -> Result<(), CellFailure> {
    let mut future = pin!(future);
    let bell = Arc::new(Bell { rung: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(bell.clone());
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
        while !bell.rung.swap(false, Ordering::Acquire) {
            poll();
            thread::park_timeout(LOOK_EVERY);
        }
        poll();
    }
}

/// The same for the future of a cell that an executor of a library waits for: it ends when the user interrupts, also while
/// nothing wakes it.
pub async fn interruptible<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let (waker, ended) = (Arc::new(Mutex::new(None::<Waker>)), Arc::new(AtomicBool::new(false)));
    let _end = OnDrop(ended.clone());
    let theirs = waker.clone();
    // Without it the interrupt is noticed when the future is woken by itself.
    let _ = thread::Builder::new().name("interrupts".to_owned()).spawn(move || {
        while !ended.load(Ordering::Acquire) {
            thread::sleep(LOOK_EVERY);
            let waker = theirs.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(waker) = waker.filter(|_| interrupted()) {
                waker.wake();
            }
        }
    });
    poll_fn(|context| {
        poll();
        *waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        future.as_mut().poll(context)
    })
    .await
}

/// Says that it was dropped: also when the future around it is.
struct OnDrop(Arc<AtomicBool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_another_thread_wakes_is_waited_for() {
        let mut asked = false;
        let future = std::future::poll_fn(|context| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(Ok(()));
            }
            let waker = context.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        });
        assert!(block_on(future).is_ok());
    }

    #[test]
    fn an_interruptible_future_gives_what_it_becomes() {
        let future = async {
            assert_eq!(interruptible(async { 5 }).await, 5);
            Ok(())
        };
        assert!(block_on(future).is_ok());
    }
}
