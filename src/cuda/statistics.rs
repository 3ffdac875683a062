//! [`Statistics`]: what was done on GPUs since the program began.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What was done on GPUs since the program began.
///
/// ```
/// let before = ferrolab::cuda::statistics();
/// // … a step of a training …
/// println!("{} launches", ferrolab::cuda::statistics().launches - before.launches);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Kernels launched, calls of cuBLAS and cuDNN included.
    pub launches: u64,
    /// Copies to a GPU, and their bytes.
    pub uploads: u64,
    /// Bytes copied to a GPU.
    pub uploaded_bytes: u64,
    /// Copies from a GPU, each of which waits for it.
    pub downloads: u64,
    /// Bytes copied from a GPU.
    pub downloaded_bytes: u64,
    /// How many of these copies were made because an operation has no kernel and computes on the CPU.
    pub fallbacks: u64,
    /// Times that memory was asked of the driver, not of what is kept for reuse.
    pub allocations: u64,
}

macro_rules! counters {
    ($($name:ident)*) => {
        #[allow(non_upper_case_globals)]
        mod counter {
            use super::AtomicU64;
            $(pub(super) static $name: AtomicU64 = AtomicU64::new(0);)*
        }

        /// What was done on GPUs since the program began.
        pub fn statistics() -> Statistics {
            Statistics { $($name: counter::$name.load(Relaxed)),* }
        }
    };
}
counters! { launches uploads uploaded_bytes downloads downloaded_bytes fallbacks allocations }

pub(super) fn note_launch() {
    counter::launches.fetch_add(1, Relaxed);
}

pub(super) fn note_upload(bytes: usize) {
    counter::uploads.fetch_add(1, Relaxed);
    counter::uploaded_bytes.fetch_add(bytes as u64, Relaxed);
}

pub(super) fn note_download(bytes: usize) {
    counter::downloads.fetch_add(1, Relaxed);
    counter::downloaded_bytes.fetch_add(bytes as u64, Relaxed);
}

/// An operation reads numbers from a GPU because it computes on the CPU.
pub(crate) fn note_fallback() {
    counter::fallbacks.fetch_add(1, Relaxed);
    HERE.set(HERE.get() + 1);
}

thread_local! {
    static HERE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How often operations of this thread did.
pub(super) fn fallbacks_here() -> u64 {
    HERE.get()
}

pub(super) fn note_allocation() {
    counter::allocations.fetch_add(1, Relaxed);
}
