//! cuBLAS, where the machine has it: found when the program runs, used for large matrix products, not needed.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::{Mutex, OnceLock, PoisonError};

use cudarc::cublas::{result, sys};

use super::product::{Matrix, Product};
use super::statistics::note_launch;
use super::{Gpu, Memory, planted, tf32};

/// What cuBLAS keeps for a GPU; none if it is not there.
#[derive(Default)]
pub(super) struct Blas(OnceLock<Option<Mutex<Handle>>>);

struct Handle {
    handle: sys::cublasHandle_t,
    tf32: Cell<bool>,
}

// SAFETY: cuBLAS lets any thread use a handle, one at a time, which the mutex around it sees to.
unsafe impl Send for Handle {}

impl Blas {
    pub(super) fn is_there(&self, gpu: &Gpu) -> bool {
        self.handle(gpu).is_some()
    }

    fn handle(&self, gpu: &Gpu) -> Option<&Mutex<Handle>> {
        self.0.get_or_init(|| Handle::new(gpu).map(Mutex::new)).as_ref()
    }
}

impl Handle {
    fn new(gpu: &Gpu) -> Option<Handle> {
        if std::env::var("FERROLAB_CUBLAS").is_ok_and(|value| value == "0") {
            return None;
        }
        // SAFETY: looks for the library and loads it, which runs the code that NVIDIA's library runs when it is loaded.
        if !unsafe { sys::is_culib_present() } {
            return None;
        }
        gpu.bind();
        // It may be the kept memory that it has no room for.
        let again = |_| gpu.pool.give_up(gpu).ok().and_then(|()| result::create_handle().ok()).ok_or(());
        let handle = result::create_handle().or_else(again).ok()?;
        // SAFETY: handle and stream live as long as the process.
        unsafe { result::set_stream(handle, gpu.context.stream().cast()) }.ok()?;
        Some(Handle { handle, tf32: Cell::new(false) })
    }

    fn allow(&self, tf32: bool) -> Result<(), result::CublasError> {
        if self.tf32.replace(tf32) == tf32 {
            return Ok(());
        }
        use sys::cublasMath_t::{CUBLAS_DEFAULT_MATH, CUBLAS_TF32_TENSOR_OP_MATH};
        let mode = if tf32 { CUBLAS_TF32_TENSOR_OP_MATH } else { CUBLAS_DEFAULT_MATH };
        // SAFETY: the handle lives as long as the process.
        unsafe { sys::cublasSetMathMode(self.handle, mode) }.result()
    }
}

/// A matrix as cuBLAS reads it: column by column. What is row-major for us is its transpose for cuBLAS, and the transpose of
/// a product is that of the transposes, the other way round: nothing has to be turned.
struct Operand {
    turned: sys::cublasOperation_t,
    /// How far apart its columns are.
    leading: c_int,
}

impl Operand {
    /// None if its values lie in a way that cuBLAS does not know.
    fn new(matrix: Matrix, [rows, columns]: [usize; 2]) -> Option<Operand> {
        use sys::cublasOperation_t::{CUBLAS_OP_N, CUBLAS_OP_T};
        let (turned, leading) = match matrix {
            Matrix { column: 1, row, .. } if row >= columns => (CUBLAS_OP_N, row),
            Matrix { row: 1, column, .. } if column >= rows => (CUBLAS_OP_T, column),
            _ => return None,
        };
        let leading = leading + usize::from(planted::is("a wrong leading dimension"));
        Some(Operand { turned, leading: leading.try_into().ok()? })
    }
}

impl Gpu {
    /// [`Gpu::product`] by cuBLAS, not ended. Whether it has been done.
    pub(super) fn blas_product(&'static self, product: &Product, to: &Memory) -> bool {
        let Product { sizes: [m, k, n], batch, a, b } = *product;
        let (Some(left), Some(right)) = (Operand::new(a, [m, k]), Operand::new(b, [k, n])) else {
            return false;
        };
        let Some(handle) = self.blas.handle(self) else { return false };
        let handle = handle.lock().unwrap_or_else(PoisonError::into_inner);
        self.bind();
        if handle.allow(tf32::is_allowed()).is_err() {
            return false;
        }
        note_launch();
        let [rows, depth, columns, count] = [m, k, n, batch].map(|size| size as c_int);
        let ([from_a, from_b], result) =
            ([a, b].map(|x| x.memory.address() as *const f32), to.address() as *mut f32);
        let (one, zero) = (1.0, 0.0);
        // SAFETY: the matrices lie in the memory of those sizes, which is handed out again only to what is queued later.
        let done = unsafe {
            let (handle, left_turned, right_turned) = (handle.handle, left.turned, right.turned);
            if batch == 1 {
                result::sgemm(
                    handle,
                    right_turned,
                    left_turned,
                    columns,
                    rows,
                    depth,
                    &one,
                    from_b,
                    right.leading,
                    from_a,
                    left.leading,
                    &zero,
                    result,
                    columns,
                )
            } else {
                result::sgemm_strided_batched(
                    handle,
                    right_turned,
                    left_turned,
                    columns,
                    rows,
                    depth,
                    &one,
                    from_b,
                    right.leading,
                    b.next as i64,
                    from_a,
                    left.leading,
                    a.next as i64,
                    &zero,
                    result,
                    columns,
                    (m * n) as i64,
                    count,
                )
            }
        };
        done.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use sys::cublasMath_t::{CUBLAS_DEFAULT_MATH, CUBLAS_TF32_TENSOR_OP_MATH};

    use super::*;

    #[test]
    fn tf32_is_used_only_where_it_is_allowed() {
        let Some(gpu) = crate::cuda::active() else { return };
        let Some(handle) = gpu.blas.handle(gpu) else { return };
        let handle = handle.lock().unwrap();
        for (allowed, expected) in [(true, CUBLAS_TF32_TENSOR_OP_MATH), (false, CUBLAS_DEFAULT_MATH)] {
            handle.allow(allowed).unwrap();
            let mut mode = CUBLAS_DEFAULT_MATH;
            // SAFETY: the handle lives as long as the process.
            unsafe { sys::cublasGetMathMode(handle.handle, &mut mode) }.result().unwrap();
            assert_eq!(mode, expected);
        }
    }
}
