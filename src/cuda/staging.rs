//! Copies from and to a GPU, through memory that the driver has pinned: only from there does it copy while the program goes
//! on. An upload is done when its numbers lie in that memory; a download waits for all that is queued.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use cudarc::driver::{result, sys};

use super::memory::Word;
use super::statistics::{note_download, note_upload};
use super::{Gpu, Memory, planted};

/// Bytes of one piece of pinned memory; longer copies are cut.
const PIECE: usize = 4 << 20;

/// Pinned memory is dear: beyond so many pieces an upload waits for an earlier one.
const MOST_PIECES: usize = 8;

/// Pinned pieces. Those that an upload reads from are free again when its event has come.
#[derive(Default)]
pub(super) struct Staging(Mutex<Vec<Piece>>);

struct Piece {
    memory: *mut c_void,
    read: sys::CUevent,
}

// SAFETY: the memory belongs to no thread, and a piece is handed to one user at a time.
unsafe impl Send for Piece {}

impl Gpu {
    /// The values in its memory.
    pub(crate) fn upload<T: Word>(&'static self, values: &[T]) -> Memory<T> {
        let memory = Memory::scratch(self, values.len());
        self.bind();
        note_upload(size_of_val(values));
        for (number, part) in values.chunks(PIECE / size_of::<T>()).enumerate() {
            let piece = self.staging.take(self);
            let bytes = size_of_val(part);
            // SAFETY: the piece is as long as any part, nobody else has it, and the part lies in `values`.
            unsafe { std::ptr::copy_nonoverlapping(part.as_ptr().cast::<u8>(), piece.memory.cast(), bytes) };
            let place = memory.address() + (number * PIECE) as u64;
            // SAFETY: the piece holds so many bytes and is handed out again only after the event behind this copy.
            let copied = unsafe {
                let from = std::slice::from_raw_parts(piece.memory.cast::<u8>(), bytes);
                result::memcpy_htod_async(place, from, self.context.stream())
            };
            self.check("copying to the GPU", copied);
            // SAFETY: event and stream live as long as the process.
            let recorded = unsafe { result::event::record(piece.read, self.context.stream()) };
            self.check("copying to the GPU", recorded);
            self.staging.give_back(piece);
        }
        memory
    }

    /// Copies values from its memory, once all that is queued has been done.
    pub(crate) fn download<T: Word>(&'static self, memory: &Memory<T>, values: &mut [T]) {
        assert!(memory.len() == values.len(), "{} values do not fit into {}", memory.len(), values.len());
        self.bind();
        note_download(size_of_val(values));
        for (number, part) in values.chunks_mut(PIECE / size_of::<T>()).enumerate() {
            let piece = self.staging.take(self);
            let bytes = size_of_val(part);
            let place = memory.address() + (number * PIECE) as u64;
            // SAFETY: the piece is as long as any part and nobody else has it.
            let copied = unsafe {
                let to = std::slice::from_raw_parts_mut(piece.memory.cast::<u8>(), bytes);
                result::memcpy_dtoh_async(to, place, self.context.stream())
            };
            self.check("copying from the GPU", copied);
            if !planted::is("a download that does not wait") {
                self.synchronize();
            }
            // SAFETY: the copy is done; the part is as long.
            unsafe {
                std::ptr::copy_nonoverlapping(piece.memory.cast::<u8>(), part.as_mut_ptr().cast(), bytes)
            };
            self.staging.give_back(piece);
        }
    }
}

impl Staging {
    /// A piece that no copy reads from any more.
    fn take(&self, gpu: &Gpu) -> Piece {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The oldest lies in front: it is the first to be free.
        let is_free = |piece: &Piece| {
            // SAFETY: the event lives as long as the process.
            unsafe { result::event::query(piece.read) }.is_ok()
        };
        let is_free = |piece| is_free(piece) || planted::is("pinned memory handed out too early");
        if pieces.first().is_some_and(is_free) {
            return pieces.remove(0);
        }
        if pieces.len() < MOST_PIECES {
            return Piece::new(gpu);
        }
        let piece = pieces.remove(0);
        // SAFETY: as above.
        gpu.check("copying to the GPU", unsafe { result::event::synchronize(piece.read) });
        piece
    }

    fn give_back(&self, piece: Piece) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
    }
}

impl Piece {
    fn new(gpu: &Gpu) -> Piece {
        // SAFETY: the GPU is bound by whoever takes a piece; the memory is never given back.
        let memory = unsafe { result::malloc_host(PIECE, 0) };
        let flags = sys::CUevent_flags::CU_EVENT_DISABLE_TIMING;
        Piece {
            memory: gpu.check("pinning memory", memory),
            read: gpu.check("pinning memory", result::event::create(flags)),
        }
    }
}
