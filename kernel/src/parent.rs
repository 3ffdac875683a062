//! Notices when the Jupyter that started this kernel has gone without ending it (crashed, killed): a kernel that nobody
//! can reach must not keep its memory for ever.

use std::os::unix::process::parent_id;
use std::time::Duration;

/// How often to look.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// The process that started this one.
#[derive(Debug)]
pub struct Parent {
    id: u32,
}

impl Parent {
    /// The parent, if it is a Jupyter: only then its end is the kernel's too.
    pub fn jupyter() -> Option<Self> {
        // jupyter_client sets this for kernels that are not meant to outlive it.
        std::env::var_os("JPY_PARENT_PID").map(|_| Self { id: parent_id() })
    }

    /// Whether it has ended: its children have got another parent.
    pub fn gone(&self) -> bool {
        parent_id() != self.id
    }
}
