//! Pointers that come from a C caller, with the two things that are done with them.
//!
//! The functions of an interface in C can not check what they are given beyond null. That the rest is right is the caller's promise,
//! as it is with CUDA; these types hold the places where the promise is used.

/// A place to write a result to, or null.
#[repr(transparent)]
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The address, for places that turn out to be on the device.
    pub fn address(&self) -> u64 {
        self.0 as u64
    }

    /// Writes the result; `false` if the caller gave no place.
    #[must_use]
    pub fn put(self, value: T) -> bool {
        if self.0.is_null() {
            return false;
        }
        // SAFETY: the caller of the C interface promises that the pointer is null or valid for writing.
        unsafe { self.0.write_unaligned(value) };
        true
    }

    /// Writes several values.
    pub fn put_all(self, values: &[T])
    where
        T: Copy,
    {
        if !self.0.is_null() {
            // SAFETY: the caller promises room for as many values as the function's description says.
            unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), self.0, values.len()) };
        }
    }
}

/// Values to read, or null.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub(crate) struct In<T>(pub *const T);

impl<T: Copy> In<T> {
    /// The first value.
    pub fn get(self) -> Option<T> {
        // SAFETY: the caller of the C interface promises that the pointer is null or valid for reading.
        (!self.0.is_null()).then(|| unsafe { self.0.read_unaligned() })
    }

    /// The value of this number.
    pub fn at(self, index: usize) -> Option<T> {
        // SAFETY: as above, for as many values as the function's description says.
        (!self.0.is_null()).then(|| unsafe { self.0.add(index).read_unaligned() })
    }

    /// This many values.
    pub fn take(self, count: usize) -> Option<Vec<T>> {
        if count == 0 {
            return Some(Vec::new());
        }
        // SAFETY: as above.
        (!self.0.is_null()).then(|| unsafe { std::slice::from_raw_parts(self.0, count) }.to_vec())
    }
}

impl In<std::ffi::c_char> {
    /// Text up to its zero byte.
    pub fn text(self) -> Option<String> {
        // SAFETY: the caller promises null or text that ends with a zero byte.
        (!self.0.is_null())
            .then(|| unsafe { std::ffi::CStr::from_ptr(self.0) }.to_string_lossy().into_owned())
    }
}
