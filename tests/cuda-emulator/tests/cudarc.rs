//! The driver API through cudarc: each test starts itself again with the emulator on the library path.

mod common;

use common::on_emulator;
use cudarc::cublas::{CudaBlas, Gemm, GemmConfig, sys::cublasOperation_t};
use cudarc::driver::{CudaContext, DevicePtr, DevicePtrMut};

#[test]
fn a_kernel_adds_what_was_copied_to_the_device() {
    on_emulator("a_kernel_adds_what_was_copied_to_the_device", &[], || {
        let context = CudaContext::new(0).unwrap();
        let stream = context.default_stream();
        let kernel = common::Kernel::load(common::ADD, "add");
        let a = stream.clone_htod(&[1f32, 2., 3.]).unwrap();
        let b = stream.clone_htod(&[10f32, 20., 30.]).unwrap();
        let mut sum = stream.alloc_zeros::<f32>(3).unwrap();
        kernel
            .add(&stream, 3, a.device_ptr(&stream).0, b.device_ptr(&stream).0, sum.device_ptr_mut(&stream).0)
            .unwrap();
        assert_eq!(stream.clone_dtoh(&sum).unwrap(), [11., 22., 33.]);
    });
}

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
