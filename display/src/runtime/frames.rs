//! Where a thread is in the libraries of cells: the user's part of its stack.

use std::ffi::{CStr, c_int, c_void};
use std::path::Path;

use crate::frame::Frame;

/// File name of every cell's library.
const LIBRARY: &str = "libcell.so";
/// Most frames that are told, and most that are looked at: a recursion without end has very many.
const MOST: usize = 64;
const DEPTH: usize = 2000;

/// The calls in cells that led here, the innermost first. Names are left to the kernel: here only addresses are
/// taken, which costs microseconds even with a large library loaded.
pub(super) fn in_cells() -> Vec<Frame> {
    let mut walk = Walk { frames: Vec::new(), depth: 0 };
    // SAFETY: `visit` gets the pointer back as it is given here, while the call lasts.
    unsafe { _Unwind_Backtrace(visit, (&raw mut walk).cast()) };
    walk.frames
}

struct Walk {
    frames: Vec<Frame>,
    depth: usize,
}

/// Of the unwinder that the standard library is linked to; the same ABI on all systems with a GCC-like unwinder.
#[repr(C)]
struct Context {
    _private: [u8; 0],
}

const GO_ON: c_int = 0;
const STOP: c_int = 4;

unsafe extern "C" {
    fn _Unwind_Backtrace(
        visit: extern "C" fn(*mut Context, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
}

extern "C" fn visit(context: *mut Context, walk: *mut c_void) -> c_int {
    // SAFETY: see `in_cells`; nobody else has the pointer.
    let walk = unsafe { &mut *walk.cast::<Walk>() };
    // SAFETY: the unwinder's own context.
    let address = unsafe { _Unwind_GetIP(context) };
    walk.depth += 1;
    // The address is that behind the call, which may belong to the next function already.
    walk.frames.extend(frame_at(address.wrapping_sub(1)));
    if walk.frames.len() < MOST && walk.depth < DEPTH { GO_ON } else { STOP }
}

fn frame_at(address: usize) -> Option<Frame> {
    // SAFETY: zeroes are a valid `Dl_info`; `dladdr` fills it for any address, and its strings live as long as the library,
    // which is never unloaded.
    let (library, base) = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(address as *const c_void, &mut info) == 0 || info.dli_fname.is_null() {
            return None;
        }
        (CStr::from_ptr(info.dli_fname).to_str().ok()?, info.dli_fbase as usize)
    };
    (Path::new(library).file_name()? == LIBRARY)
        .then(|| Frame { library: library.to_owned(), offset: (address - base) as u64 })
}
