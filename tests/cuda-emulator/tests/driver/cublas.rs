//! The functions of cuBLAS that are there.

use cudarc::cublas::sys::{cublasOperation_t, cublasStatus_t};
use cudarc::cublas::{CudaBlas, Gemm, GemmConfig, Gemv, GemvConfig, StridedBatchedConfig};
use cudarc::driver::CudaContext;

use super::{fault, on_emulator};

#[test]
fn cublas_multiplies_column_by_column() {
    on_emulator("cublas_multiplies_column_by_column", &[], || {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let blas = CudaBlas::new(stream.clone()).unwrap();
        // Columns: A = [1 3; 2 4], B = [5 7; 6 8].
        let a = stream.clone_htod(&[1f32, 2., 3., 4.]).unwrap();
        let b = stream.clone_htod(&[5f32, 6., 7., 8.]).unwrap();
        let mut c = stream.alloc_zeros::<f32>(4).unwrap();
        let config = GemmConfig {
            transa: cublasOperation_t::CUBLAS_OP_N,
            transb: cublasOperation_t::CUBLAS_OP_N,
            m: 2,
            n: 2,
            k: 2,
            alpha: 1f32,
            lda: 2,
            ldb: 2,
            beta: 0f32,
            ldc: 2,
        };
        unsafe { blas.gemm(config, &a, &b, &mut c) }.unwrap();
        assert_eq!(stream.clone_dtoh(&c).unwrap(), [23., 34., 31., 46.]);
    });
}

#[test]
fn a_leading_dimension_that_is_too_small_is_refused() {
    on_emulator("a_leading_dimension_that_is_too_small_is_refused", &[], || {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let blas = CudaBlas::new(stream.clone()).unwrap();
        let a = stream.clone_htod(&[1f32; 6]).unwrap();
        let mut c = stream.alloc_zeros::<f32>(9).unwrap();
        let mut product = |lda, transa| {
            let transb = cublasOperation_t::CUBLAS_OP_N;
            let config =
                GemmConfig { transa, transb, m: 3, n: 3, k: 2, alpha: 1f32, lda, ldb: 2, beta: 0f32, ldc: 3 };
            // SAFETY: the matrices are as large as the sizes say.
            unsafe { blas.gemm(config, &a, &a, &mut c) }.map_err(|error| error.0)
        };
        assert_eq!(
            product(2, cublasOperation_t::CUBLAS_OP_N),
            Err(cublasStatus_t::CUBLAS_STATUS_INVALID_VALUE)
        );
        assert_eq!(product(3, cublasOperation_t::CUBLAS_OP_N), Ok(()));
        assert_eq!(product(2, cublasOperation_t::CUBLAS_OP_T), Ok(()));
        assert_eq!(stream.clone_dtoh(&c).unwrap(), [2.; 9]);
    });
}

#[test]
fn a_product_beyond_the_end_of_a_matrix_breaks_the_context() {
    on_emulator("a_product_beyond_the_end_of_a_matrix_breaks_the_context", &[], || {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let blas = CudaBlas::new(stream.clone()).unwrap();
        let a = stream.clone_htod(&[1f32; 4]).unwrap();
        let mut c = stream.alloc_zeros::<f32>(3).unwrap();
        let (transa, transb) = (cublasOperation_t::CUBLAS_OP_N, cublasOperation_t::CUBLAS_OP_N);
        let config =
            GemmConfig { transa, transb, m: 2, n: 2, k: 2, alpha: 1f32, lda: 2, ldb: 2, beta: 0f32, ldc: 2 };
        // SAFETY: that one matrix is too small is what the emulator finds.
        unsafe { blas.gemm(config, &a, &a, &mut c) }.unwrap();
        assert!(stream.synchronize().is_err());
        assert!(fault().contains("beyond the end of an allocation of 12 bytes"), "{}", fault());
    });
}

#[test]
fn a_batch_and_a_vector_are_multiplied_and_old_values_scaled() {
    on_emulator("a_batch_and_a_vector_are_multiplied_and_old_values_scaled", &[], || {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let blas = CudaBlas::new(stream.clone()).unwrap();
        let a = stream.clone_htod(&[1f32, 2., 3., 4., 5., 6., 7., 8.]).unwrap();
        let unit = stream.clone_htod(&[1f32, 0., 0., 1.]).unwrap();
        let mut c = stream.clone_htod(&[1f32; 8]).unwrap();
        let (transa, transb) = (cublasOperation_t::CUBLAS_OP_T, cublasOperation_t::CUBLAS_OP_N);
        let gemm =
            GemmConfig { transa, transb, m: 2, n: 2, k: 2, alpha: 2f32, lda: 2, ldb: 2, beta: 10f32, ldc: 2 };
        let batch = StridedBatchedConfig { gemm, batch_size: 2, stride_a: 4, stride_b: 0, stride_c: 4 };
        // SAFETY: the matrices are as large as the sizes say.
        unsafe { blas.gemm_strided_batched(batch, &a, &unit, &mut c) }.unwrap();
        assert_eq!(stream.clone_dtoh(&c).unwrap(), [12., 16., 14., 18., 20., 24., 22., 26.]);
        let x = stream.clone_htod(&[1f32, 10.]).unwrap();
        let mut y = stream.alloc_zeros::<f32>(2).unwrap();
        let trans = cublasOperation_t::CUBLAS_OP_N;
        let gemv = GemvConfig { trans, m: 2, n: 2, alpha: 1f32, lda: 2, incx: 1, beta: 0f32, incy: 1 };
        // SAFETY: as above.
        unsafe { blas.gemv(gemv, &a, &x, &mut y) }.unwrap();
        assert_eq!(stream.clone_dtoh(&y).unwrap(), [31., 42.]);
    });
}
