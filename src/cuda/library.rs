//! [`Found`]: one of NVIDIA's libraries beside the driver, where the machine has it.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::Gpu;

/// What a library keeps for a GPU.
pub(super) trait Library: Sized {
    /// The environment variable that is 0 where the library is not to be used.
    const SWITCH: &'static str;
    /// What its calls need.
    type Handle;

    /// Whether the machine has it, in a version that will do. Loads it.
    fn is_present() -> bool;

    /// A handle for the GPU that is bound.
    fn create() -> Option<Self::Handle>;

    /// With a handle whose work is queued on the stream of this GPU.
    fn new(handle: Self::Handle, gpu: &Gpu) -> Option<Self>;
}

/// A library, looked for when it is first asked for. One thread at a time uses it.
pub(super) struct Found<T>(OnceLock<Option<Mutex<T>>>);

impl<T> Default for Found<T> {
    fn default() -> Self {
        Found(OnceLock::new())
    }
}

impl<T: Library> Found<T> {
    pub(super) fn is_there(&self, gpu: &Gpu) -> bool {
        self.get(gpu).is_some()
    }

    /// The library, if it is there; its calls go to this GPU.
    pub(super) fn lock(&self, gpu: &Gpu) -> Option<MutexGuard<'_, T>> {
        let library = self.get(gpu)?.lock().unwrap_or_else(PoisonError::into_inner);
        gpu.bind();
        Some(library)
    }

    fn get(&self, gpu: &Gpu) -> Option<&Mutex<T>> {
        let start = || {
            if std::env::var(T::SWITCH).is_ok_and(|value| value == "0") || !T::is_present() {
                return None;
            }
            gpu.bind();
            // It may be the kept memory that it has no room for.
            let again = || gpu.pool.give_up(gpu).ok().and_then(|()| T::create());
            T::new(T::create().or_else(again)?, gpu).map(Mutex::new)
        };
        self.0.get_or_init(start).as_ref()
    }
}
