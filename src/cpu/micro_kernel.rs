//! The loop of [`super::tile`], compiled for every size of tile and every instruction set.

use super::simd::{Portable, Vector};
use super::tile::{Bounds, Kernels, Start, Walk};

/// The loop itself, for `P` rows of `V` registers.
///
/// # Safety
///
/// The machine must have the instruction set of `R`; every address that `walk` reaches must lie inside what the
/// pointers point to, see [`Kernels::run`].
#[inline(always)]
unsafe fn add_up<R: Vector, const P: usize, const V: usize>(
    a: *const f32,
    b: *const f32,
    c: *mut f32,
    walk: &Walk,
    start: Start,
    clamp: Option<Bounds>,
) {
    // SAFETY: the caller vouches for the instruction set and for the addresses.
    unsafe {
        let mut sums = match start {
            Start::Zero => [[R::splat(0.0); V]; P],
            Start::Bias(bias) => [load_row(bias.as_ptr()); P],
            Start::Result => {
                let mut sums = [[R::splat(0.0); V]; P];
                for (p, row) in sums.iter_mut().enumerate() {
                    *row = load_row(c.add(p * walk.c_row));
                }
                sums
            }
        };
        // Hidden from the optimiser, which would reach each row from the one before: a chain of additions through all
        // rows and all steps, longer than the multiplications take.
        let row_offsets: [usize; P] = std::array::from_fn(|p| std::hint::black_box(p * walk.a_row));
        let [outer, middle, inner] = walk.loops;
        for i in 0..outer.count {
            for j in 0..middle.count {
                let mut a = a.add(i * outer.a + j * middle.a);
                let mut b = b.add(i * outer.b + j * middle.b);
                // Two steps a round: half the counting. Past the end after the last, where nothing is read any more.
                for _ in 0..inner.count / 2 {
                    step(&mut sums, a, &row_offsets, b);
                    step(&mut sums, a.wrapping_add(inner.a), &row_offsets, b.wrapping_add(inner.b));
                    a = a.wrapping_add(2 * inner.a);
                    b = b.wrapping_add(2 * inner.b);
                }
                if inner.count % 2 == 1 {
                    step(&mut sums, a, &row_offsets, b);
                }
            }
        }
        if let Some([low, high]) = clamp {
            let low = R::splat(low);
            for sum in sums.iter_mut().flatten() {
                *sum = sum.at_least(low);
            }
            if high < f32::INFINITY {
                let high = R::splat(high);
                for sum in sums.iter_mut().flatten() {
                    *sum = sum.at_most(high);
                }
            }
        }
        for (p, row) in sums.iter().enumerate() {
            for (v, sum) in row.iter().enumerate() {
                sum.store(c.add(p * walk.c_row + v * R::LANES));
            }
        }
    }
}

/// Adds one row of `b` times each of the `P` values of `a`.
///
/// # Safety
///
/// As for [`add_up`].
#[inline(always)]
unsafe fn step<R: Vector, const P: usize, const V: usize>(
    sums: &mut [[R; V]; P],
    a: *const f32,
    row_offsets: &[usize; P],
    b: *const f32,
) {
    // SAFETY: the caller vouches for the instruction set and for the addresses.
    unsafe {
        let columns: [R; V] = load_row(b);
        for (row, &offset) in sums.iter_mut().zip(row_offsets) {
            let factor = R::splat(*a.add(offset));
            for (sum, &column) in row.iter_mut().zip(&columns) {
                *sum = sum.add_product(factor, column);
            }
        }
    }
}

/// `V` registers from consecutive values.
///
/// # Safety
///
/// As for [`add_up`].
#[inline(always)]
unsafe fn load_row<R: Vector, const V: usize>(from: *const f32) -> [R; V] {
    // SAFETY: the caller vouches for the instruction set and for the addresses.
    let mut row = [unsafe { R::splat(0.0) }; V];
    for (v, register) in row.iter_mut().enumerate() {
        // SAFETY: the caller vouches for the instruction set and for the addresses.
        *register = unsafe { R::load(from.add(v * R::LANES)) };
    }
    row
}

/// A table of kernels for one instruction set, for so many rows each.
macro_rules! kernels {
    ($table:ident, $kernel:ident, $register:ty, $(#[$target:meta])? 1: [$($one:literal)*], 2: [$($two:literal)*], 4: [$($four:literal)*]) => {
        /// # Safety
        ///
        /// As for [`add_up`].
        $(#[$target])?
        unsafe fn $kernel<const P: usize, const V: usize>(
            a: *const f32,
            b: *const f32,
            c: *mut f32,
            walk: &Walk,
            start: Start,
            clamp: Option<Bounds>,
        ) {
            // SAFETY: handed on to the caller.
            unsafe { add_up::<$register, P, V>(a, b, c, walk, start, clamp) }
        }

        pub(super) static $table: Kernels = Kernels {
            lanes: <$register as Vector>::LANES,
            by_registers: [&[$($kernel::<$one, 1>),*], &[$($kernel::<$two, 2>),*], &[$($kernel::<$four, 4>),*]],
        };
    };
}
// As many rows as leave room for a row of `b` in the registers: 32 of AVX-512, 16 of AVX2 and SSE2.
kernels!(PORTABLE, portable, Portable, 1: [1 2 3 4 5 6], 2: [1 2 3], 4: [1]);
#[cfg(target_arch = "x86_64")]
kernels!(AVX2, avx2, std::arch::x86_64::__m256, #[target_feature(enable = "avx2,fma")]
    1: [1 2 3 4 5 6 7 8 9 10 11 12], 2: [1 2 3 4 5 6], 4: [1 2]);
#[cfg(target_arch = "x86_64")]
kernels!(AVX512, avx512, std::arch::x86_64::__m512, #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    1: [1 2 3 4 5 6 7 8 9 10 11 12 13 14], 2: [1 2 3 4 5 6 7 8 9 10 11 12 13 14], 4: [1 2 3 4 5 6]);
