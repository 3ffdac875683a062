//! The functions of cuBLAS's interface that are there.

use std::ffi::{c_int, c_longlong, c_uint, c_void};
use std::sync::Arc;

use super::products::{Matrix, MatrixProduct, Number, Scalar, Vector, VectorProduct, sum_of_sizes};
use super::{Handle, call, status};
use crate::driver::{self, Needs};
use crate::libraries::{self, Outcome, Status, say_refused};
use crate::machine::Fault;
use crate::pointers::{In, Out};

/// The version that the library claims to be.
const VERSION: c_int = 11_11_03;
/// `CUDA_R_32F`
const SINGLE: c_uint = 0;

fn refuse(what: String) -> Status {
    say_refused("cuBLAS", what);
    status::INVALID_VALUE
}

fn put<T>(target: Out<T>, value: T) -> Outcome {
    if target.put(value) { Ok(()) } else { Err(status::INVALID_VALUE) }
}

fn enqueue(name: &'static str, stream: usize, work: driver::LibraryCall) -> Outcome {
    if libraries::enqueue(name, stream, work) { Ok(()) } else { Err(status::EXECUTION_FAILED) }
}

fn scalar<T: Number>(handle: &Handle, pointer: In<T>) -> Result<Scalar<T>, Status> {
    if handle.on_device {
        return Ok(Scalar::OnDevice(pointer.0 as u64));
    }
    pointer.get().map(Scalar::Known).ok_or(status::INVALID_VALUE)
}

#[unsafe(no_mangle)]
extern "C" fn cublasCreate_v2(handle: Out<usize>) -> u32 {
    call(|library| {
        if driver::call(Needs::Context, |_| Ok(())) != 0 {
            return Err(status::NOT_INITIALIZED);
        }
        library.last += 16;
        library.handles.insert(library.last, Handle::default());
        put(handle, library.last)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cublasDestroy_v2(handle: usize) -> u32 {
    call(|library| library.handles.remove(&handle).map(|_| ()).ok_or(status::NOT_INITIALIZED))
}

#[unsafe(no_mangle)]
extern "C" fn cublasGetVersion_v2(handle: usize, version: Out<c_int>) -> u32 {
    call(|library| {
        library.handle(handle)?;
        put(version, VERSION)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cublasSetStream_v2(handle: usize, stream: usize) -> u32 {
    call(|library| {
        library.handle(handle)?.stream = stream;
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cublasGetStream_v2(handle: usize, stream: Out<usize>) -> u32 {
    call(|library| put(stream, library.handle(handle)?.stream))
}

#[unsafe(no_mangle)]
extern "C" fn cublasSetWorkspace_v2(handle: usize, _workspace: u64, _size: usize) -> u32 {
    call(|library| library.handle(handle).map(|_| ()))
}

#[unsafe(no_mangle)]
extern "C" fn cublasSetPointerMode_v2(handle: usize, mode: c_uint) -> u32 {
    call(|library| {
        library.handle(handle)?.on_device = mode == 1;
        if mode > 1 { Err(status::INVALID_VALUE) } else { Ok(()) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cublasGetPointerMode_v2(handle: usize, mode: Out<c_uint>) -> u32 {
    call(|library| put(mode, library.handle(handle)?.on_device.into()))
}

#[unsafe(no_mangle)]
extern "C" fn cublasSetMathMode(handle: usize, mode: c_uint) -> u32 {
    call(|library| {
        library.handle(handle)?.math_mode = mode;
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cublasGetMathMode(handle: usize, mode: Out<c_uint>) -> u32 {
    call(|library| put(mode, library.handle(handle)?.math_mode))
}

/// The arguments of a product, as every one of its functions has them.
struct Arguments<T> {
    operations: [c_uint; 2],
    sizes: [c_int; 3],
    alpha: In<T>,
    beta: In<T>,
    addresses: [u64; 3],
    leading: [c_int; 3],
    strides: [i64; 3],
    batches: c_int,
}

fn multiply<T: Number>(handle: usize, name: &'static str, given: Arguments<T>) -> u32 {
    call(|library| {
        let handle = *library.handle(handle)?;
        let [m, n, k] = given.sizes;
        if m < 0 || n < 0 || k < 0 || given.batches < 0 {
            return Err(refuse(format!(
                "{name} of {m} x {n} x {k}, {} times: no size may be negative",
                given.batches
            )));
        }
        if given.operations.iter().any(|operation| *operation > 2) {
            return Err(refuse(format!("{name} with the operations {:?}", given.operations)));
        }
        let transposed = given.operations.map(|operation| operation != 0);
        let shapes = [
            if transposed[0] { (k, m) } else { (m, k) },
            if transposed[1] { (n, k) } else { (k, n) },
            (m, n),
        ];
        for (index, (rows, columns)) in shapes.into_iter().enumerate() {
            if given.leading[index] < rows.max(1) {
                return Err(refuse(format!(
                    "{name}: matrix {} has {rows} rows and {columns} columns, but a leading dimension of {}",
                    ["A", "B", "C"][index],
                    given.leading[index]
                )));
            }
        }
        let matrix = |index: usize| Matrix {
            address: given.addresses[index],
            rows: shapes[index].0 as usize,
            columns: shapes[index].1 as usize,
            leading: given.leading[index] as usize,
            stride: given.strides[index],
        };
        let product = MatrixProduct {
            a: matrix(0),
            b: matrix(1),
            c: matrix(2),
            transposed,
            alpha: scalar(&handle, given.alpha)?,
            beta: scalar(&handle, given.beta)?,
            batches: given.batches as usize,
        };
        enqueue(name, handle.stream, Arc::new(move |memory| product.run(memory)))
    })
}

/// Defines the products of one type.
macro_rules! products {
    ($float:ty, $gemm:ident, $batched:ident, $gemv:ident, $asum:ident) => {
        #[unsafe(no_mangle)]
        #[rustfmt::skip]
        extern "C" fn $gemm(
            handle: usize, of_a: c_uint, of_b: c_uint, m: c_int, n: c_int, k: c_int, alpha: In<$float>,
            a: u64, lda: c_int, b: u64, ldb: c_int, beta: In<$float>, c: u64, ldc: c_int,
        ) -> u32 {
            $batched(handle, of_a, of_b, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1)
        }

        #[unsafe(no_mangle)]
        #[rustfmt::skip]
        extern "C" fn $batched(
            handle: usize, of_a: c_uint, of_b: c_uint, m: c_int, n: c_int, k: c_int, alpha: In<$float>,
            a: u64, lda: c_int, stride_a: c_longlong, b: u64, ldb: c_int, stride_b: c_longlong, beta: In<$float>,
            c: u64, ldc: c_int, stride_c: c_longlong, batches: c_int,
        ) -> u32 {
            let (operations, sizes, leading) = ([of_a, of_b], [m, n, k], [lda, ldb, ldc]);
            let (addresses, strides) = ([a, b, c], [stride_a, stride_b, stride_c]);
            multiply(handle, stringify!($batched), Arguments { operations, sizes, alpha, beta, addresses, leading, strides, batches })
        }

        #[unsafe(no_mangle)]
        #[rustfmt::skip]
        extern "C" fn $gemv(
            handle: usize, operation: c_uint, m: c_int, n: c_int, alpha: In<$float>, a: u64, lda: c_int,
            x: u64, step_of_x: c_int, beta: In<$float>, y: u64, step_of_y: c_int,
        ) -> u32 {
            call(|library| {
                let handle = *library.handle(handle)?;
                if m < 0 || n < 0 || lda < m.max(1) || step_of_x == 0 || step_of_y == 0 || operation > 2 {
                    return Err(refuse(format!(
                        "{} of {m} x {n}, leading dimension {lda}, steps {step_of_x} and {step_of_y}", stringify!($gemv)
                    )));
                }
                let transposed = operation != 0;
                let (inside, outside) = if transposed { (m, n) } else { (n, m) };
                let product = VectorProduct {
                    a: Matrix { address: a, rows: m as usize, columns: n as usize, leading: lda as usize, stride: 0 },
                    x: Vector { address: x, length: inside as usize, step: step_of_x.into() },
                    y: Vector { address: y, length: outside as usize, step: step_of_y.into() },
                    transposed,
                    alpha: scalar(&handle, alpha)?,
                    beta: scalar(&handle, beta)?,
                };
                enqueue(stringify!($gemv), handle.stream, Arc::new(move |memory| product.run(memory)))
            })
        }

        #[unsafe(no_mangle)]
        extern "C" fn $asum(handle: usize, n: c_int, x: u64, step: c_int, result: Out<$float>) -> u32 {
            call(|library| {
                let handle = *library.handle(handle)?;
                let x = Vector { address: x, length: n.max(0) as usize, step: step.into() };
                if handle.on_device {
                    let target = result.address();
                    let sum = move |memory: &mut crate::machine::Memory| {
                        let sum: $float = sum_of_sizes(x, memory)?;
                        memory.write(target, &sum.to_le_bytes())
                    };
                    return enqueue(stringify!($asum), handle.stream, Arc::new(sum));
                }
                // A result on the host is there when the call returns.
                let mut sum = 0.0;
                let code = driver::call(Needs::Context, |driver| {
                    driver.run_stream(handle.stream)?;
                    match sum_of_sizes(x, &mut driver.memory) {
                        Ok(found) => sum = found,
                        Err(trouble) => driver.break_context(Fault::outside(stringify!($asum), *trouble)),
                    }
                    driver.broken()
                });
                if code == 0 { put(result, sum) } else { Err(status::EXECUTION_FAILED) }
            })
        }
    };
}

products!(f32, cublasSgemm_v2, cublasSgemmStridedBatched, cublasSgemv_v2, cublasSasum_v2);
products!(f64, cublasDgemm_v2, cublasDgemmStridedBatched, cublasDgemv_v2, cublasDasum_v2);

#[unsafe(no_mangle)]
#[rustfmt::skip]
extern "C" fn cublasGemmEx(
    handle: usize, of_a: c_uint, of_b: c_uint, m: c_int, n: c_int, k: c_int, alpha: In<c_void>,
    a: u64, type_of_a: c_uint, lda: c_int, b: u64, type_of_b: c_uint, ldb: c_int, beta: In<c_void>,
    c: u64, type_of_c: c_uint, ldc: c_int, compute: c_uint, algorithm: c_int,
) -> u32 {
    cublasGemmStridedBatchedEx(
        handle, of_a, of_b, m, n, k, alpha, a, type_of_a, lda, 0, b, type_of_b, ldb, 0, beta, c, type_of_c, ldc, 0, 1,
        compute, algorithm,
    )
}

#[unsafe(no_mangle)]
#[rustfmt::skip]
extern "C" fn cublasGemmStridedBatchedEx(
    handle: usize, of_a: c_uint, of_b: c_uint, m: c_int, n: c_int, k: c_int, alpha: In<c_void>,
    a: u64, type_of_a: c_uint, lda: c_int, stride_a: c_longlong, b: u64, type_of_b: c_uint, ldb: c_int, stride_b: c_longlong,
    beta: In<c_void>, c: u64, type_of_c: c_uint, ldc: c_int, stride_c: c_longlong, batches: c_int,
    _compute: c_uint, _algorithm: c_int,
) -> u32 {
    if [type_of_a, type_of_b, type_of_c] != [SINGLE; 3] {
        return status::NOT_SUPPORTED.0;
    }
    let (alpha, beta) = (In(alpha.0.cast::<f32>()), In(beta.0.cast::<f32>()));
    cublasSgemmStridedBatched(
        handle, of_a, of_b, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc, stride_c, batches,
    )
}
