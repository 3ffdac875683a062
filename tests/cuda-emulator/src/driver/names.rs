//! Names and texts of errors, as the interface hands them out.

use std::ffi::c_char;

use super::code::describe;

/// The name of an error.
///
/// # Safety
/// `name` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorName(code: u32, name: *mut *const c_char) -> u32 {
    // SAFETY: by this function's contract.
    unsafe { hand_out(describe(code).map(|(name, _)| name), name) }
}

/// The text of an error.
///
/// # Safety
/// `text` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorString(code: u32, text: *mut *const c_char) -> u32 {
    // SAFETY: by this function's contract.
    unsafe { hand_out(describe(code).map(|(_, text)| text), text) }
}

/// # Safety
/// `target` is null or points to a pointer.
unsafe fn hand_out(text: Option<&'static str>, target: *mut *const c_char) -> u32 {
    if target.is_null() {
        return 1;
    }
    let pointer = text.map_or(std::ptr::null(), |text| text.as_ptr().cast());
    // SAFETY: `target` is not null, and points to a pointer by contract.
    unsafe { *target = pointer };
    u32::from(text.is_none())
}
