//! [`Buffer`]: the memory of one array. Freed buffers are kept and handed out again: a training step asks for the same
//! sizes each time, and memory fresh from the system costs a page fault every 4 KiB, close to half the step. They begin where
//! a line of the cache does, so that no register is loaded from two of them. (Huge pages were tried: no gain.)

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shorter buffers are left to the allocator, which is good at them.
const SHORTEST_KEPT: usize = 1024;

/// Most values kept for reuse: 512 MiB.
const MOST_KEPT: usize = 128 << 20;

/// A line of the cache.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([f32; LINE]);

const LINE: usize = 16;

const ZEROS: Line = Line([0.0; LINE]);

/// Freed buffers by size class, four classes to a power of two.
static KEPT: [Mutex<Vec<Vec<Line>>>; 4 * usize::BITS as usize] = [const { Mutex::new(Vec::new()) }; _];

/// How many values they have together.
static VALUES_KEPT: AtomicUsize = AtomicUsize::new(0);

/// How many values the buffers in use have, and the most that they had.
static VALUES_IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST_IN_USE: AtomicUsize = AtomicUsize::new(0);

/// The bytes of all arrays, without what is kept for reuse.
pub(crate) fn bytes_in_use() -> usize {
    size_of::<f32>() * VALUES_IN_USE.load(Ordering::Relaxed)
}

/// The most bytes that were in use at a time since the last [`forget_peak`].
pub(crate) fn peak_bytes() -> usize {
    size_of::<f32>() * MOST_IN_USE.load(Ordering::Relaxed)
}

/// The peak is what is in use now.
pub(crate) fn forget_peak() {
    MOST_IN_USE.store(VALUES_IN_USE.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// A fixed number of values.
pub struct Buffer {
    memory: Memory,
    len: usize,
}

enum Memory {
    /// As long as its size class, if it is not too short to be kept.
    Lines(Vec<Line>),
    /// Somebody else's, which is not kept.
    Given(Vec<f32>),
}

impl Memory {
    /// How many values have room.
    fn size(&self) -> usize {
        match self {
            Memory::Lines(lines) => LINE * lines.len(),
            Memory::Given(values) => values.len(),
        }
    }
}

impl Buffer {
    /// The same value `len` times.
    pub fn full(len: usize, value: f32) -> Self {
        let mut buffer = Buffer::reused(len);
        buffer.fill(value);
        buffer
    }

    /// Values of no meaning, to be overwritten: what an earlier buffer left, or zeros. In tests and in debug builds they are
    /// NaN, so that whoever uses one all the same is found out.
    pub fn scratch(len: usize) -> Self {
        let mut buffer = Buffer::reused(len);
        if cfg!(any(test, debug_assertions)) {
            buffer.fill(f32::NAN);
        }
        buffer
    }

    fn reused(len: usize) -> Self {
        if len < SHORTEST_KEPT {
            return Buffer::of(Memory::Lines(vec![ZEROS; len.div_ceil(LINE)]), len);
        }
        let (class, size) = class_of(len);
        let kept = lock(class).pop();
        let lines = match kept {
            Some(lines) => {
                VALUES_KEPT.fetch_sub(size, Ordering::Relaxed);
                lines
            }
            None => vec![ZEROS; size / LINE],
        };
        Buffer::of(Memory::Lines(lines), len)
    }

    /// The first `len` of these values.
    fn of(memory: Memory, len: usize) -> Self {
        let before = VALUES_IN_USE.fetch_add(memory.size(), Ordering::Relaxed);
        MOST_IN_USE.fetch_max(before + memory.size(), Ordering::Relaxed);
        Buffer { memory, len }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let size = self.memory.size();
        VALUES_IN_USE.fetch_sub(size, Ordering::Relaxed);
        if size < SHORTEST_KEPT {
            return;
        }
        let Memory::Lines(lines) = &mut self.memory else { return };
        if VALUES_KEPT.fetch_add(size, Ordering::Relaxed) + size > MOST_KEPT {
            VALUES_KEPT.fetch_sub(size, Ordering::Relaxed);
            return;
        }
        lock(class_of(size).0).push(std::mem::take(lines));
    }
}

/// The smallest size class that holds `len` values, and its size: 1, 1.25, 1.5 or 1.75 times a power of two.
fn class_of(len: usize) -> (usize, usize) {
    let len = len.max(4);
    let quarter = 1 << (len.ilog2() - 2);
    let quarters = len.div_ceil(quarter); // 4 to 8
    let size = quarters * quarter;
    (4 * size.ilog2() as usize + (size >> (size.ilog2() - 2)) % 4, size)
}

fn lock(class: usize) -> std::sync::MutexGuard<'static, Vec<Vec<Line>>> {
    KEPT[class].lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl From<Vec<f32>> for Buffer {
    fn from(values: Vec<f32>) -> Self {
        let len = values.len();
        Buffer::of(Memory::Given(values), len)
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Buffer::reused(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.memory {
            // SAFETY: a line is sixteen values, and there are at least as many lines as `len` needs.
            Memory::Lines(lines) => unsafe { slice::from_raw_parts(lines.as_ptr().cast(), self.len) },
            Memory::Given(values) => values,
        }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        match &mut self.memory {
            // SAFETY: as in `deref`.
            Memory::Lines(lines) => unsafe { slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), self.len) },
            Memory::Given(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_waste_at_most_a_quarter() {
        let mut last = (0, 0);
        for len in 1..100_000 {
            let (class, size) = class_of(len);
            assert!(size >= len && size <= (len + len / 4).max(4), "{len} values in a buffer of {size}");
            assert!(size == last.1 || class > last.0, "class {class} of {len} values is another size's");
            assert_eq!(class_of(size), (class, size), "a size is of its own class");
            last = (class, size);
        }
    }

    #[test]
    fn a_freed_buffer_is_handed_out_again() {
        // A size that no other test uses.
        let buffer = Buffer::full(7_654_321, 3.0);
        let place = buffer.as_ptr();
        drop(buffer);
        let again = Buffer::scratch(7_654_300);
        assert_eq!(again.as_ptr(), place);
        assert_eq!(again.len(), 7_654_300);
    }

    #[test]
    fn buffers_begin_where_a_line_of_the_cache_does() {
        for len in [1, 5, 1000, 5000, 3_000_000] {
            assert_eq!(Buffer::scratch(len).as_ptr() as usize % 64, 0, "{len} values");
        }
    }

    #[test]
    fn a_copy_is_independent() {
        let original = Buffer::from(vec![1.0; 2000]);
        let mut copy = original.clone();
        copy[0] = 2.0;
        assert_eq!((original[0], copy[0], copy.len()), (1.0, 2.0, 2000));
    }
}
