//! Runs the future that a cell with a top-level `.await` becomes, so that an interrupt ends it as it ends a loop.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use super::failure::CellFailure;
use super::interrupt::poll;

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
}
