//! Runs cells that evcxr has compiled. They keep their variables in a store of their own, and catch their panics themselves;
//! how they have ended, the kernel learns from the mark that it has put behind the last statement.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

use super::attempt::{interrupted, panicked, statement};
use super::{interrupt, panic};
use crate::frame::{Location, Outcome};

/// True once the running cell has come to its end.
static COMPLETED: AtomicBool = AtomicBool::new(false);

/// The function that a library of evcxr's exports: it is given the store, or null before there is one.
pub(super) type Function = extern "C" fn(*mut c_void) -> *mut c_void;

/// The store that the cells themselves have made. Nothing else looks into it.
pub(super) struct Store(*mut c_void);

impl Default for Store {
    fn default() -> Self {
        Store(null_mut())
    }
}

/// Marks the end of a cell. The kernel puts a call behind its last statement.
pub fn completed() {
    interrupt::poll();
    COMPLETED.store(true, Ordering::Relaxed);
}

/// Runs a cell. A failing `?` is an error without a text: evcxr's own code has printed it.
pub(super) fn run(function: Function, store: &mut Store) -> Outcome {
    COMPLETED.store(false, Ordering::Relaxed);
    store.0 = function(store.0);
    if COMPLETED.load(Ordering::Relaxed) {
        Outcome::Ok
    } else if interrupt::interrupted() {
        interrupted()
    } else if let Some(panic) = panic::take() {
        panicked(panic)
    } else {
        // The statement is all that is known of the place.
        let location = Location { file: String::new(), line: statement(), column: 1 };
        Outcome::Error { kind: "Error".to_owned(), message: String::new(), causes: Vec::new(), location }
    }
}
