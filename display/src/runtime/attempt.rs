//! Runs the body of a cell and tells how it ended.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use super::failure::{CellFailure, write_by};
use super::interrupt::{Interrupt, poll};
use super::panic;
use crate::frame::{Outcome, Panic};

/// The line of the top-level statement that is running.
static STATEMENT: AtomicU32 = AtomicU32::new(0);

/// How a cell ended, as its function returns it.
pub struct End(pub(super) Outcome);

impl End {
    /// True if the cell did not run to its end.
    pub fn failed(&self) -> bool {
        self.0 != Outcome::Ok
    }
}

/// Marks the start of the top-level statement at a line of the cell, so that a panic deep inside a library can be
/// attributed to a line of the user's. An interrupted cell ends here.
pub fn at(line: u32) {
    poll();
    STATEMENT.store(line, Ordering::Relaxed);
}

/// Runs the body of a cell. A panic, a failing `?` and an interrupt all end here.
///
/// Every cell compiles this anew for its own closure: all that can be is done in a function that is compiled once.
pub fn attempt<F: FnOnce() -> Result<(), CellFailure>>(body: F) -> End {
    let mut body = Some(body);
    attempt_once(&mut || match body.take() {
        Some(body) => body(),
        None => Ok(()),
    })
}

#[inline(never)]
fn attempt_once(body: &mut dyn FnMut() -> Result<(), CellFailure>) -> End {
    write_by(0);
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => End(Outcome::Ok),
        Ok(Err(failure)) => End(failure.into_outcome()),
        Err(payload) => End(unwound(payload)),
    }
}

/// The line of the statement that is running, or was last.
pub(super) fn statement() -> u32 {
    STATEMENT.load(Ordering::Relaxed)
}

/// The cell was interrupted in the statement that it was at.
pub(super) fn interrupted() -> Outcome {
    Outcome::Interrupted { statement: statement() }
}

/// The cell panicked in the statement that it was at.
pub(super) fn panicked(panic: Panic) -> Outcome {
    Outcome::Panic { panic, statement: statement() }
}

/// Why a cell unwound.
#[inline(never)]
pub(super) fn unwound(payload: Box<dyn Any + Send>) -> Outcome {
    if payload.is::<Interrupt>() {
        return interrupted();
    }
    let outcome = panicked(panic::last(&*payload));
    // A payload of a user's own type could panic again when it is dropped; that panic would have nobody to catch it.
    std::mem::forget(payload);
    outcome
}
