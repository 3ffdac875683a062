//! [`Memory`]: numbers in a GPU's memory. What is freed is kept and handed out again, as on the CPU: asking the driver waits
//! for everything that is queued. Because all work is queued on one stream, memory may be handed out while work that reads
//! it still waits there: what is queued next comes later.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cudarc::driver::{result, sys};

use super::error::{CudaError, Doing};
use super::statistics::note_allocation;
use super::words::sizes;
use super::{Gpu, planted};

/// In this library's own tests memory is exactly as long as asked for, full of NaN when it is new, and freed when it is dropped: so
/// the emulator finds whoever reads what nobody has written, goes past an end, or uses what is gone.
const CHECKED: bool = cfg!(test);

/// What a GPU's memory holds.
pub(crate) trait Word: Copy + Send + Sync + 'static {}
impl Word for f32 {}
impl Word for f64 {}
impl Word for u8 {}
impl Word for u16 {}
impl Word for u32 {}
impl Word for u64 {}

/// A fixed number of values in a GPU's memory.
pub(crate) struct Memory<T: Word = f32> {
    gpu: &'static Gpu,
    address: sys::CUdeviceptr,
    /// Bytes that are kept together: those of its size class.
    size: usize,
    len: usize,
    kind: PhantomData<T>,
}

impl<T: Word> Memory<T> {
    /// Values of no meaning, to be overwritten.
    #[track_caller]
    pub(crate) fn scratch(gpu: &'static Gpu, len: usize) -> Self {
        gpu.expect(Self::try_scratch(gpu, len))
    }

    pub(super) fn try_scratch(gpu: &'static Gpu, len: usize) -> Result<Self, CudaError> {
        // Kernels count to 2^31.
        sizes([len]);
        let bytes = len * size_of::<T>();
        let size = if CHECKED { bytes.max(1) } else { size_class(bytes) };
        let scratch = Memory { gpu, address: gpu.pool.take(gpu, size)?, size, len, kind: PhantomData };
        if CHECKED {
            scratch.fill(0xff);
        }
        if planted::is("memory freed before it is used") {
            scratch.free();
        }
        Ok(scratch)
    }

    /// Zero bytes.
    pub(crate) fn zeros(gpu: &'static Gpu, len: usize) -> Self {
        let zeros = Memory::scratch(gpu, len);
        zeros.fill(0);
        zeros
    }

    fn fill(&self, byte: u8) {
        self.gpu.bind();
        if self.len > 0 {
            let (bytes, stream) = (self.len * size_of::<T>(), self.gpu.context.stream());
            // SAFETY: the memory is ours and as long.
            let set = unsafe { result::memset_d8_async(self.address, byte, bytes, stream) };
            self.gpu.expect(set.doing("filling memory"));
        }
    }

    pub(crate) fn gpu(&self) -> &'static Gpu {
        self.gpu
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where it begins, as the GPU counts.
    pub(crate) fn address(&self) -> sys::CUdeviceptr {
        self.address
    }
}

impl<T: Word> Memory<T> {
    /// Gives it back to the driver, which waits for what is queued.
    fn free(&self) {
        self.gpu.bind();
        // SAFETY: it came from the driver, and nobody has it any more.
        let freed = unsafe { result::free_sync(self.address) };
        // A failure of what was queued before is that of whoever waits for it.
        if !std::thread::panicking()
            && freed.is_err_and(|error| error.0 == sys::CUresult::CUDA_ERROR_INVALID_VALUE)
        {
            panic!("memory was freed that is none");
        }
    }
}

impl<T: Word> Clone for Memory<T> {
    /// A copy, made on the GPU.
    fn clone(&self) -> Self {
        let copy = Memory::scratch(self.gpu, self.len);
        self.gpu.bind();
        if self.len > 0 {
            let bytes = self.len * size_of::<T>();
            // SAFETY: both are ours and as long.
            let copied = unsafe {
                result::memcpy_dtod_async(copy.address, self.address, bytes, self.gpu.context.stream())
            };
            self.gpu.expect(copied.doing("copying memory"));
        }
        copy
    }
}

impl<T: Word> Drop for Memory<T> {
    fn drop(&mut self) {
        if !CHECKED {
            return self.gpu.pool.give_back(self.size, self.address);
        }
        self.gpu.pool.in_use.fetch_sub(self.size, Relaxed);
        self.free();
        if planted::is("memory freed twice") {
            self.free();
        }
    }
}

/// Freed memory by its size, and how much is in use.
#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<HashMap<usize, Vec<sys::CUdeviceptr>>>,
    in_use: AtomicUsize,
    peak: AtomicUsize,
}

impl Pool {
    fn take(&self, gpu: &Gpu, size: usize) -> Result<sys::CUdeviceptr, CudaError> {
        let kept = self.lock().get_mut(&size).and_then(Vec::pop);
        let address = kept.map_or_else(|| self.allocate(gpu, size), Ok)?;
        let now = self.in_use.fetch_add(size, Relaxed) + size;
        self.peak.fetch_max(now, Relaxed);
        Ok(address)
    }

    fn allocate(&self, gpu: &Gpu, size: usize) -> Result<sys::CUdeviceptr, CudaError> {
        gpu.bind();
        note_allocation();
        // What is kept in other sizes may be what is missing.
        // SAFETY: the GPU is bound.
        match gpu.with_room(|| unsafe { result::malloc_sync(size) }) {
            Err(result::DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => {
                let ((free, all), mib) = (gpu.context.memory(), |bytes: usize| bytes >> 20);
                Err(CudaError::OutOfMemory {
                    name: gpu.name(),
                    wanted: mib(size.next_multiple_of(1 << 20)),
                    all: mib(all),
                    free: mib(free),
                    taken: mib(self.in_use()),
                })
            }
            got => got.doing("allocating memory"),
        }
    }

    fn give_back(&self, size: usize, address: sys::CUdeviceptr) {
        self.in_use.fetch_sub(size, Relaxed);
        self.lock().entry(size).or_default().push(address);
    }

    /// Gives all that is kept back to the driver, once nothing that is queued uses it.
    pub(super) fn give_up(&self, gpu: &Gpu) -> Result<(), CudaError> {
        let kept = std::mem::take(&mut *self.lock());
        gpu.context.synchronize()?;
        for address in kept.into_values().flatten() {
            // SAFETY: it came from the driver, nobody has it, and nothing that is queued uses it.
            unsafe { result::free_sync(address) }.doing("freeing memory")?;
        }
        Ok(())
    }

    pub(super) fn in_use(&self) -> usize {
        self.in_use.load(Relaxed)
    }

    pub(super) fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }

    pub(super) fn forget_peak(&self) {
        self.peak.store(self.in_use(), Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Vec<sys::CUdeviceptr>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The smallest size class of so many bytes: 1, 1.25, 1.5 or 1.75 times a power of two, at least 512.
fn size_class(bytes: usize) -> usize {
    let bytes = bytes.max(512);
    let quarter = 1 << (bytes.ilog2() - 2);
    bytes.next_multiple_of(quarter)
}

#[cfg(test)]
mod tests {
    use super::size_class;

    #[test]
    fn size_classes_waste_at_most_a_quarter() {
        for bytes in 1..100_000 {
            let size = size_class(bytes);
            assert!(size >= bytes && size <= (bytes + bytes / 4).max(512), "{bytes} bytes in {size}");
            assert_eq!(size_class(size), size, "a size is of its own class");
        }
    }
}
