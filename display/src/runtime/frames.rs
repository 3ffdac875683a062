//! Where a thread is in the libraries of cells: the user's part of its stack.

use crate::frame::Frame;

/// The calls in cells that led here, the innermost first. Names are left to the kernel: here only addresses are taken,
/// which costs little even with a large library loaded.
#[cfg(target_os = "linux")]
pub(super) fn in_cells() -> Vec<Frame> {
    linux::in_cells()
}

/// Elsewhere nobody can read the names behind the addresses.
#[cfg(not(target_os = "linux"))]
pub(super) fn in_cells() -> Vec<Frame> {
    Vec::new()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CStr, c_int, c_void};
    use std::ops::Range;
    use std::path::Path;

    use crate::frame::Frame;

    /// File name of every cell's library.
    const LIBRARY: &str = "libcell.so";
    /// Most frames that are told, and most that are looked at: a recursion without end has very many.
    const MOST: usize = 64;
    const DEPTH: usize = 2000;

    pub(super) fn in_cells() -> Vec<Frame> {
        let mut walk = Walk { libraries: Vec::new(), frames: Vec::new(), depth: 0 };
        let data: *mut c_void = (&raw mut walk).cast();
        // SAFETY: both functions get the pointer back as it is given here, while the calls last.
        unsafe {
            // `dladdr` would tell the library of an address, but it looks through all symbols of a library for it.
            libc::dl_iterate_phdr(Some(note_library), data);
            _Unwind_Backtrace(visit, data);
        }
        walk.frames
    }

    struct Walk {
        libraries: Vec<Library>,
        frames: Vec<Frame>,
        depth: usize,
    }

    struct Library {
        path: String,
        base: u64,
        code: Range<u64>,
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

    /// Called for each loaded library.
    unsafe extern "C" fn note_library(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        walk: *mut c_void,
    ) -> c_int {
        // SAFETY: see `in_cells`; the loader's description, its name and its headers live during the call.
        let (walk, info, headers) = unsafe {
            let info = &*info;
            let headers = std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into());
            (&mut *walk.cast::<Walk>(), info, headers)
        };
        if info.dlpi_name.is_null() {
            return GO_ON;
        }
        // SAFETY: as above.
        let Ok(path) = unsafe { CStr::from_ptr(info.dlpi_name) }.to_str() else { return GO_ON };
        if Path::new(path).file_name().is_some_and(|name| name == LIBRARY) {
            let base = info.dlpi_addr;
            let code = headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
            walk.libraries.extend(code.filter(|header| header.p_flags & libc::PF_X != 0).map(|header| {
                let start = base + header.p_vaddr;
                Library { path: path.to_owned(), base, code: start..start + header.p_memsz }
            }));
        }
        GO_ON
    }

    /// Called for each frame of the stack.
    extern "C" fn visit(context: *mut Context, walk: *mut c_void) -> c_int {
        // SAFETY: see `in_cells`; nobody else has the pointer.
        let walk = unsafe { &mut *walk.cast::<Walk>() };
        // SAFETY: the unwinder's own context. The address is that behind the call, which may belong to the next function.
        let address = unsafe { _Unwind_GetIP(context) }.wrapping_sub(1) as u64;
        walk.depth += 1;
        let library = walk.libraries.iter().find(|library| library.code.contains(&address));
        let frame =
            |library: &Library| Frame { library: library.path.clone(), offset: address - library.base };
        walk.frames.extend(library.map(frame));
        if walk.frames.len() < MOST && walk.depth < DEPTH { GO_ON } else { STOP }
    }
}
