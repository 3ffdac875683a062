//! The panic hook of the child process: remembers where a panic happened; the kernel shows it in the cell's terms.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use super::frames;
use crate::channel;
use crate::frame::{FromChild, Location, Panic};

/// The last panic of the thread that runs the cells; not yet shown, as the cell may catch it or end with it.
static LAST: Mutex<Option<Panic>> = Mutex::new(None);

/// What the thread that runs the cells is called. Its standard library did not start it and has no name for it.
const MAIN: &str = "main";

/// The thread that runs the cells.
static CELL_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// Replaces the standard hook. Called once, by the thread that will run the cells.
pub(super) fn install_hook() {
    let _ = CELL_THREAD.set(thread::current().id());
    std::panic::set_hook(Box::new(hook));
}

fn hook(info: &PanicHookInfo<'_>) {
    let current = thread::current();
    let in_cell = CELL_THREAD.get() == Some(&current.id());
    let panic = Panic {
        message: message(info.payload()),
        location: info.location().map(Location::from),
        thread: if in_cell { MAIN } else { current.name().unwrap_or("<unnamed>") }.to_owned(),
        frames: frames::in_cells(),
    };
    if in_cell {
        // It may be one that ends the process: in a destructor, or by a check of unsafe code.
        channel::send_unanswered(&FromChild::Panicking(panic.clone()));
        if let Some(earlier) = remember(Some(panic)) {
            channel::send(&FromChild::Panic(earlier));
        }
    } else {
        // Nobody else will tell of it: a thread that dies is silent. If the panic is passed on to the cell, as rayon
        // does, the cell's failure has this location too.
        remember(Some(panic.clone()));
        channel::send(&FromChild::Panic(panic));
    }
}

/// The panic that ended the cell.
pub(super) fn last(payload: &(dyn Any + Send)) -> Panic {
    take().unwrap_or_else(|| Panic {
        message: message(payload),
        location: None,
        thread: MAIN.to_owned(),
        frames: Vec::new(),
    })
}

/// The last panic of the running cell, if there was one. It is not told of again.
pub(super) fn take() -> Option<Panic> {
    remember(None)
}

/// Tells of a panic that the cell caught. Called when a cell has ended well.
pub(super) fn report_caught() {
    if let Some(panic) = take().filter(|panic| panic.thread == MAIN) {
        channel::send(&FromChild::Panic(panic));
    }
}

fn remember(panic: Option<Panic>) -> Option<Panic> {
    std::mem::replace(&mut *LAST.lock().unwrap_or_else(PoisonError::into_inner), panic)
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "the panic carries a value that is not a text".to_owned()
    }
}
