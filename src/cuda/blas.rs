//! cuBLAS, where the machine has it: found when the program runs, used for large matrix products, not needed.

use std::cell::Cell;
use std::ffi::c_int;

use cudarc::cublas::{result, sys};

use super::library::Library;
use super::product::{Matrix, Product};
use super::statistics::note_launch;
use super::{Gpu, Memory, planted, tf32};

/// What cuBLAS keeps for a GPU.
pub(super) struct Blas {
    handle: sys::cublasHandle_t,
    tf32: Cell<bool>,
}

// SAFETY: cuBLAS lets any thread use a handle, one at a time, which the mutex around it sees to.
unsafe impl Send for Blas {}

impl Library for Blas {
    const SWITCH: &'static str = "FERROLAB_CUBLAS";
    type Handle = sys::cublasHandle_t;

    fn is_present() -> bool {
        // SAFETY: looks for the library and loads it, which runs the code that NVIDIA's library runs when it is loaded.
        unsafe { sys::is_culib_present() }
    }

    fn create() -> Option<Self::Handle> {
        result::create_handle().ok()
    }

    fn new(handle: Self::Handle, gpu: &Gpu) -> Option<Self> {
        // SAFETY: handle and stream live as long as the process.
        unsafe { result::set_stream(handle, gpu.context.stream().cast()) }.ok()?;
        Some(Blas { handle, tf32: Cell::new(false) })
    }
}

impl Blas {
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
        let Some(blas) = self.blas.lock(self) else { return false };
        if blas.allow(tf32::is_allowed()).is_err() {
            return false;
        }
        note_launch();
        let [rows, depth, columns, count] = [m, k, n, batch].map(|size| size as c_int);
        let ([from_a, from_b], result) =
            ([a, b].map(|x| x.memory.address() as *const f32), to.address() as *mut f32);
        let (one, zero) = (1.0, 0.0);
        // SAFETY: the matrices lie in the memory of those sizes, which is handed out again only to what is queued later.
        let done = unsafe {
            let (handle, left_turned, right_turned) = (blas.handle, left.turned, right.turned);
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
        let Some(blas) = gpu.blas.lock(gpu) else { return };
        for (allowed, expected) in [(true, CUBLAS_TF32_TENSOR_OP_MATH), (false, CUBLAS_DEFAULT_MATH)] {
            blas.allow(allowed).unwrap();
            let mut mode = CUBLAS_DEFAULT_MATH;
            // SAFETY: the handle lives as long as the process.
            unsafe { sys::cublasGetMathMode(blas.handle, &mut mode) }.result().unwrap();
            assert_eq!(mode, expected);
        }
    }
}
