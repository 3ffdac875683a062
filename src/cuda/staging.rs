//! Copies from and to a GPU, through memory that the driver has pinned: only from there does it copy while the program goes
//! on. An upload is done when its numbers lie in that memory; a download waits for all that is queued.

use std::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cudarc::driver::{result, sys};

use super::error::{CudaError, Doing};
use super::memory::Word;
use super::statistics::{note_download, note_upload};
use super::{Gpu, Memory, planted};

/// Bytes of a piece of pinned memory, and how many there are at most: that memory is dear, beyond so many pieces an upload waits for
/// an earlier one. Little uploads (labels, sizes) come several in a step and must not wait for the large ones' sake.
const SMALL: (usize, usize) = (64 << 10, 64);
const LARGE: (usize, usize) = (4 << 20, 8);

/// Pinned pieces. Those that an upload reads from are free again when its event has come.
#[derive(Default)]
pub(super) struct Staging {
    small: Mutex<Vec<Piece>>,
    large: Mutex<Vec<Piece>>,
}

struct Piece {
    size: usize,
    memory: *mut c_void,
    read: sys::CUevent,
}

// SAFETY: the memory belongs to no thread, and a piece is handed to one user at a time.
unsafe impl Send for Piece {}

impl Gpu {
    /// The values in its memory.
    #[track_caller]
    pub(crate) fn upload<T: Word>(&'static self, values: &[T]) -> Memory<T> {
        self.expect(self.try_upload(values))
    }

    pub(super) fn try_upload<T: Word>(&'static self, values: &[T]) -> Result<Memory<T>, CudaError> {
        let memory = Memory::try_scratch(self, values.len())?;
        self.bind();
        note_upload(size_of_val(values));
        for (number, part) in values.chunks(LARGE.0 / size_of::<T>()).enumerate() {
            let bytes = size_of_val(part);
            let piece = self.staging.take(self, bytes)?;
            // SAFETY: the piece is as long as any part, nobody else has it, and the part lies in `values`.
            unsafe { std::ptr::copy_nonoverlapping(part.as_ptr().cast::<u8>(), piece.memory.cast(), bytes) };
            let place = memory.address() + (number * LARGE.0) as u64;
            // SAFETY: the piece holds so many bytes and is handed out again only after the event behind this copy.
            let copied = unsafe {
                let from = std::slice::from_raw_parts(piece.memory.cast::<u8>(), bytes);
                result::memcpy_htod_async(place, from, self.context.stream())
            };
            copied.doing("copying to the GPU")?;
            // SAFETY: event and stream live as long as the process.
            unsafe { result::event::record(piece.read, self.context.stream()) }
                .doing("copying to the GPU")?;
            self.staging.give_back(piece);
        }
        Ok(memory)
    }

    /// Copies values from its memory, once all that is queued has been done.
    #[track_caller]
    pub(crate) fn download<T: Word>(&'static self, memory: &Memory<T>, values: &mut [T]) {
        self.expect(self.try_download(memory, values));
    }

    pub(super) fn try_download<T: Word>(
        &'static self,
        memory: &Memory<T>,
        values: &mut [T],
    ) -> Result<(), CudaError> {
        assert!(memory.len() == values.len(), "{} values do not fit into {}", memory.len(), values.len());
        self.bind();
        note_download(size_of_val(values));
        for (number, part) in values.chunks_mut(LARGE.0 / size_of::<T>()).enumerate() {
            let bytes = size_of_val(part);
            let piece = self.staging.take(self, bytes)?;
            let place = memory.address() + (number * LARGE.0) as u64;
            // SAFETY: the piece is as long as any part and nobody else has it.
            let copied = unsafe {
                let to = std::slice::from_raw_parts_mut(piece.memory.cast::<u8>(), bytes);
                result::memcpy_dtoh_async(to, place, self.context.stream())
            };
            copied.doing("copying from the GPU")?;
            if !planted::is("a download that does not wait") {
                self.context.synchronize()?;
            }
            // SAFETY: the copy is done; the part is as long.
            unsafe {
                std::ptr::copy_nonoverlapping(piece.memory.cast::<u8>(), part.as_mut_ptr().cast(), bytes)
            };
            self.staging.give_back(piece);
        }
        Ok(())
    }
}

impl Staging {
    fn pieces(&self, size: usize) -> MutexGuard<'_, Vec<Piece>> {
        let pieces = if size <= SMALL.0 { &self.small } else { &self.large };
        pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece of at least so many bytes that no copy reads from any more.
    fn take(&self, gpu: &Gpu, bytes: usize) -> Result<Piece, CudaError> {
        let (size, most) = if bytes <= SMALL.0 { SMALL } else { LARGE };
        let mut pieces = self.pieces(size);
        // The oldest lies in front: it is the first to be free.
        let is_free = |piece: &Piece| {
            // SAFETY: the event lives as long as the process.
            unsafe { result::event::query(piece.read) }.is_ok()
        };
        let is_free = |piece| is_free(piece) || planted::is("pinned memory handed out too early");
        if pieces.first().is_some_and(is_free) {
            return Ok(pieces.remove(0));
        }
        if pieces.len() < most {
            return Piece::new(gpu, size);
        }
        let piece = pieces.remove(0);
        // SAFETY: as above.
        unsafe { result::event::synchronize(piece.read) }.doing("copying to the GPU")?;
        Ok(piece)
    }

    fn give_back(&self, piece: Piece) {
        self.pieces(piece.size).push(piece);
    }
}

impl Piece {
    fn new(gpu: &Gpu, size: usize) -> Result<Piece, CudaError> {
        // SAFETY: the GPU is bound by whoever takes a piece; the memory is never given back.
        let memory = gpu.with_room(|| unsafe { result::malloc_host(size, 0) }).doing("pinning memory")?;
        let flags = sys::CUevent_flags::CU_EVENT_DISABLE_TIMING;
        Ok(Piece { size, memory, read: result::event::create(flags).doing("pinning memory")? })
    }
}
