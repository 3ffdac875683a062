//! Matrix products.

use crate::array::{Array, Finish, Layout, OnGpu};
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{self, Right, finished_gemm};
use crate::cuda::{self, Ending, Gpu, Memory, Product};

/// The values of an array, in memory order, as a matrix.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    array: &'a Array,
    columns: usize,
    turned: bool,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix of so many columns.
    pub(crate) fn new(array: &'a Array, columns: usize) -> Self {
        Matrix { array, columns, turned: false }
    }

    /// The transpose of a row-major matrix of so many columns.
    pub(crate) fn transposed(array: &'a Array, columns: usize) -> Self {
        Matrix { array, columns, turned: true }
    }

    fn on_cpu(self) -> gemm::Matrix<'a> {
        let matrix = if self.turned { gemm::Matrix::transposed } else { gemm::Matrix::new };
        matrix(self.array.values(), self.columns)
    }

    /// In a GPU's memory.
    fn on_gpu(self, memory: &Memory) -> cuda::Matrix<'_> {
        let matrix = if self.turned { cuda::Matrix::transposed } else { cuda::Matrix::new };
        matrix(memory, self.columns)
    }
}

/// `a b` for matrices of `m x k` and `k x n`.
pub(crate) fn product(sizes: [usize; 3], a: Matrix, b: Matrix) -> Array {
    let [m, _, n] = sizes;
    match cuda::active() {
        Some(gpu) => {
            let values = product_on_gpu(gpu, sizes, a, b, None, &Finish::Plain);
            Array::on_gpu(&[m, n], Layout::RowMajor, values)
        }
        None => {
            let mut values = Buffer::scratch(m * n);
            finished_gemm(sizes, a.on_cpu(), Right::Matrix(b.on_cpu()), None, &Finish::Plain, &mut values);
            Array::new(&[m, n], Layout::RowMajor, values)
        }
    }
}

/// The values of `a b + bias` on a GPU, each finished as is said.
pub(crate) fn product_on_gpu(
    gpu: &'static Gpu,
    sizes: [usize; 3],
    a: Matrix,
    b: Matrix,
    bias: Option<&Array>,
    finish: &Finish,
) -> Memory {
    let ending = Ending::new(gpu, bias, finish);
    let [left, right] = [a, b].map(|matrix| matrix.array.memory(gpu));
    gpu.product(&Product::new(sizes, a.on_gpu(&left), b.on_gpu(&right)), &ending)
}

/// An array whose values are made when they are first asked for, by the function for the device of this thread.
pub(crate) fn deferred(
    sizes: &[usize],
    layout: Layout,
    on_gpu: impl Fn(&'static Gpu, &Finish) -> Memory + Send + Sync + 'static,
    on_cpu: impl Fn(&Finish) -> Buffer + Send + Sync + 'static,
) -> Array {
    match cuda::active() {
        Some(gpu) => Array::deferred(sizes, layout, OnGpu(move |finish: &Finish| on_gpu(gpu, finish))),
        None => Array::deferred(sizes, layout, on_cpu),
    }
}

/// The products of `count` pairs of matrices of `m x k` and `k x n`, which lie one after the other: an array of the sizes
/// given. The CPU's is `on_cpu`.
pub(crate) fn products(
    result: &[usize],
    count: usize,
    sizes: [usize; 3],
    a: Matrix,
    b: Matrix,
    on_cpu: impl FnOnce(gemm::Matrix, gemm::Matrix) -> Buffer,
) -> Array {
    let Some(gpu) = cuda::active() else {
        return Array::new(result, Layout::RowMajor, on_cpu(a.on_cpu(), b.on_cpu()));
    };
    let [m, k, n] = sizes;
    let [left, right] = [a, b].map(|matrix| matrix.array.memory(gpu));
    let (a, b) = (a.on_gpu(&left).apart(m * k), b.on_gpu(&right).apart(k * n));
    let product = Product { sizes, batch: count, a, b };
    Array::on_gpu(result, Layout::RowMajor, gpu.product(&product, &Ending::default()))
}
