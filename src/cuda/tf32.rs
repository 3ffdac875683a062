//! Whether NVIDIA's libraries may round the operands of products.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ALLOWED: LazyLock<AtomicBool> =
    LazyLock::new(|| AtomicBool::new(std::env::var("FERROLAB_TF32").is_ok_and(|value| value == "1")));

/// Lets products and convolutions be computed with TF32 from now on, or not: with operands of 10 bits behind the point instead
/// of 23, several times as fast on GPUs from Ampere (2020) on. Off at first, unless the environment has `FERROLAB_TF32=1`. Only
/// cuBLAS and cuDNN do so, which compute what is large where they are found (`libcublas.so`, `libcudnn.so`).
///
/// ```
/// ferrolab::cuda::allow_tf32(true);
/// // … a training whose gradients need not be that exact …
/// ferrolab::cuda::allow_tf32(false);
/// ```
pub fn allow_tf32(allowed: bool) {
    ALLOWED.store(allowed, Relaxed);
}

pub(super) fn is_allowed() -> bool {
    ALLOWED.load(Relaxed)
}
