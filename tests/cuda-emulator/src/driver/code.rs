//! The driver's error codes.

use crate::machine::FaultKind;

/// A `CUresult` that is not success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(pub u32);

/// What a call comes to.
pub(crate) type Outcome = Result<(), Code>;

/// Defines the codes with their names and texts.
macro_rules! codes {
    ($($name:ident = $value:literal, $text:literal;)*) => {
        impl Code {
            $(pub const $name: Self = Self($value);)*
        }

        /// The name and the text of a code, both ended by a zero byte.
        pub(super) fn describe(code: u32) -> Option<(&'static str, &'static str)> {
            match code {
                0 => Some(("CUDA_SUCCESS\0", "no error\0")),
                $($value => Some((concat!("CUDA_ERROR_", stringify!($name), "\0"), concat!($text, "\0"))),)*
                _ => None,
            }
        }
    };
}

codes! {
    INVALID_VALUE = 1, "invalid argument";
    OUT_OF_MEMORY = 2, "out of memory";
    NOT_INITIALIZED = 3, "initialization error";
    NO_DEVICE = 100, "no CUDA-capable device is detected";
    INVALID_DEVICE = 101, "invalid device ordinal";
    INVALID_CONTEXT = 201, "invalid device context";
    NO_BINARY_FOR_GPU = 209, "no kernel image is available for execution on the device";
    INVALID_PTX = 218, "a PTX JIT compilation failed";
    UNSUPPORTED_LIMIT = 215, "limit is not supported on this architecture";
    FILE_NOT_FOUND = 301, "file not found";
    INVALID_HANDLE = 400, "invalid resource handle";
    NOT_FOUND = 500, "named symbol not found";
    NOT_READY = 600, "device not ready";
    ILLEGAL_ADDRESS = 700, "an illegal memory access was encountered";
    LAUNCH_TIMEOUT = 702, "the launch timed out and was terminated";
    ASSERT = 710, "device-side assert triggered";
    MISALIGNED_ADDRESS = 716, "misaligned address";
    LAUNCH_FAILED = 719, "unspecified launch failure";
    NOT_PERMITTED = 800, "operation not permitted";
    NOT_SUPPORTED = 801, "operation not supported";
    STREAM_CAPTURE_UNSUPPORTED = 900, "operation not permitted when stream is capturing";
    STREAM_CAPTURE_INVALIDATED = 901, "operation failed due to a previous error during capture";
    STREAM_CAPTURE_UNMATCHED = 903, "operation would end a capture that began on another stream";
    STREAM_CAPTURE_UNJOINED = 904, "capturing stream has unjoined work";
    STREAM_CAPTURE_ISOLATION = 905, "dependency created on uncaptured work in another stream";
    STREAM_CAPTURE_IMPLICIT = 906, "operation would make the legacy stream depend on a capturing blocking stream";
    UNKNOWN = 999, "unknown error";
}

impl Code {
    /// What a GPU would say to a fault, if it noticed.
    pub fn of_fault(kind: FaultKind) -> Self {
        match kind {
            FaultKind::OutOfBounds
            | FaultKind::UseAfterFree
            | FaultKind::InvalidFree
            | FaultKind::Uninitialised
            | FaultKind::ReadOnly => Self::ILLEGAL_ADDRESS,
            FaultKind::Misaligned => Self::MISALIGNED_ADDRESS,
            FaultKind::Assertion => Self::ASSERT,
            FaultKind::Endless => Self::LAUNCH_TIMEOUT,
            FaultKind::InvalidLaunch => Self::INVALID_VALUE,
            FaultKind::SharedRace
            | FaultKind::WarpRace
            | FaultKind::BlockRace
            | FaultKind::DivergentBarrier
            | FaultKind::InactiveLane
            | FaultKind::Trap
            | FaultKind::InvalidBranch => Self::LAUNCH_FAILED,
        }
    }
}
