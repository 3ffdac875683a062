//! Showing values in the middle of a cell, and replacing them later.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::channel::{self, in_notebook};
use crate::frame::FromChild;
use crate::mime::{MimeBundle, Show};

/// A value on the screen that can be replaced. Made by [`display`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    id: String,
}

/// Shows a value at once, in the middle of a cell. The handle replaces it later, also from another cell.
///
/// Outside a notebook the plain text is printed.
pub fn display<T: Show + ?Sized>(value: &T) -> Handle {
    let handle = Handle::new();
    handle.show(value.bundle());
    handle
}

/// Empties the output of the running cell. With `wait` the old output stays until the next one arrives, so that an
/// animation does not flicker. Outside a notebook nothing happens.
pub fn clear_output(wait: bool) {
    channel::send(&FromChild::Clear { wait });
}

impl Handle {
    /// A handle whose value is not on the screen yet.
    pub(crate) fn new() -> Self {
        // Ids are saved in the notebook file, so they must differ between runs too.
        static RUN: OnceLock<u128> = OnceLock::new();
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let run =
            RUN.get_or_init(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos()));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Handle { id: format!("{run:x}-{:x}-{number:x}", std::process::id()) }
    }

    /// Replaces the value wherever it is shown. Outside a notebook nothing happens.
    pub fn update<T: Show + ?Sized>(&self, value: &T) {
        self.replace(value.bundle());
    }

    pub(crate) fn show(&self, data: MimeBundle) {
        if in_notebook() {
            channel::send(&FromChild::Display { data, metadata: no_metadata(), id: Some(self.id.clone()) });
        } else if let Some(text) = data.plain() {
            println!("{text}");
        }
    }

    pub(crate) fn replace(&self, data: MimeBundle) {
        channel::send(&FromChild::Update { data, metadata: no_metadata(), id: self.id.clone() });
    }
}

pub(crate) fn no_metadata() -> Value {
    json!({})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_displays_have_different_handles() {
        assert_ne!(Handle::new(), Handle::new());
    }
}
