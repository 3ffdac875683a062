//! Products of a few rows with a weight `[outputs, inputs]`, which is read once and where it lies: there is too little to
//! multiply for packing it.

use crate::cpu::buffer::Buffer;
use crate::cpu::simd::{self, Level, Vector, for_registers};
use crate::cpu::threads;
use crate::cpu::tile::Bounds;

/// The most rows.
pub const MOST_ROWS: usize = 4;

/// Values of a weight from which on this is faster than the product of matrices, on one thread, with the packed weight that is
/// kept.
pub const WORTHWHILE: usize = 256 * 1024;

/// Rows of the weight that pass together.
const TOGETHER: usize = 4;

/// Multiplications worth a task of their own.
const TASK: usize = 128 * 1024;

/// `y = x weightᵀ + bias`, brought between the bounds of `clamp`; NaN stays. `x` has `rows` rows, at most [`MOST_ROWS`], of
/// `inputs` values.
///
/// ***Panics*** if there are more rows, or if the lengths do not agree.
#[track_caller]
pub fn gemv(
    [rows, inputs, outputs]: [usize; 3],
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    clamp: Bounds,
    y: &mut [f32],
) {
    gemv_with(simd::level(), [rows, inputs, outputs], x, weight, bias, clamp, y);
}

#[track_caller]
fn gemv_with(
    level: Level,
    [rows, inputs, outputs]: [usize; 3],
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    [low, high]: Bounds,
    y: &mut [f32],
) {
    assert!(rows <= MOST_ROWS, "{rows} rows");
    assert!(x.len() == rows * inputs && weight.len() == outputs * inputs && y.len() == rows * outputs);
    if y.is_empty() {
        return;
    }
    // One output after the other, the rows of each together.
    let mut sums = Buffer::full(outputs * rows, 0.0);
    if inputs > 0 {
        let per_task = TASK.div_ceil(rows * inputs).next_multiple_of(TOGETHER);
        threads::chunks_mut(&mut sums, per_task * rows, |task, sums| {
            let weight = &weight[task * per_task * inputs..][..sums.len() / rows * inputs];
            products(level, rows, x, weight, sums);
        });
    }
    for (row, y) in y.chunks_exact_mut(outputs).enumerate() {
        for (output, (y, sums)) in y.iter_mut().zip(sums.chunks_exact(rows)).enumerate() {
            *y = (sums[row] + bias.map_or(0.0, |bias| bias[output])).clamp(low, high);
        }
    }
}

for_registers! {
    /// `sums`, `[outputs, rows]`: the products of every row of the weight and every one of `x`.
    fn products(rows: usize, x: &[f32], weight: &[f32], sums: &mut [f32]) = products_in
}

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn products_in<R: Vector>(rows: usize, x: &[f32], weight: &[f32], sums: &mut [f32]) {
    // SAFETY: handed on to the caller.
    unsafe {
        match rows {
            1 => products_of::<R, 1>(x, weight, sums),
            2 => products_of::<R, 2>(x, weight, sums),
            3 => products_of::<R, 3>(x, weight, sums),
            _ => products_of::<R, 4>(x, weight, sums),
        }
    }
}

/// # Safety
///
/// As for [`products_in`].
#[inline(always)]
unsafe fn products_of<R: Vector, const M: usize>(x: &[f32], weight: &[f32], sums: &mut [f32]) {
    let inputs = x.len() / M;
    let weights = weight.chunks(TOGETHER * inputs).zip(sums.chunks_mut(TOGETHER * M));
    for (weight, sums) in weights {
        // SAFETY: handed on to the caller.
        unsafe {
            if weight.len() == TOGETHER * inputs {
                dots::<R, M, TOGETHER>(inputs, x, weight, sums);
            } else {
                for (weight, sums) in weight.chunks_exact(inputs).zip(sums.chunks_exact_mut(M)) {
                    dots::<R, M, 1>(inputs, x, weight, sums);
                }
            }
        }
    }
}

/// The products of `N` rows of the weight and `M` of `x`.
///
/// # Safety
///
/// As for [`products_in`].
#[inline(always)]
unsafe fn dots<R: Vector, const M: usize, const N: usize>(
    inputs: usize,
    x: &[f32],
    weight: &[f32],
    sums: &mut [f32],
) {
    assert!(x.len() == M * inputs && weight.len() == N * inputs && sums.len() == N * M);
    let whole = inputs / R::LANES * R::LANES;
    // SAFETY: the caller vouches for the instruction set; `at` leaves a register of every row.
    unsafe {
        let mut products = [[R::splat(0.0); M]; N];
        for at in (0..whole).step_by(R::LANES) {
            let mut values = [R::splat(0.0); M];
            for (m, value) in values.iter_mut().enumerate() {
                *value = R::load(x.as_ptr().add(m * inputs + at));
            }
            for (n, products) in products.iter_mut().enumerate() {
                let weights = R::load(weight.as_ptr().add(n * inputs + at));
                for (product, &value) in products.iter_mut().zip(&values) {
                    *product = product.add_product(value, weights);
                }
            }
        }
        let mut lanes = [0.0; 16];
        for (n, m) in (0..N).flat_map(|n| (0..M).map(move |m| (n, m))) {
            products[n][m].store(lanes[..R::LANES].as_mut_ptr());
            let rest = weight[n * inputs + whole..][..inputs - whole].iter().zip(&x[m * inputs + whole..]);
            let rest: f32 = rest.map(|(w, x)| w * x).sum();
            sums[n * M + m] = lanes[..R::LANES].iter().sum::<f32>() + rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::fence::Fenced;
    use crate::cpu::tile::UNBOUNDED;
    use crate::random::Generator;

    fn check(sizes: [usize; 3]) {
        let [rows, inputs, outputs] = sizes;
        let mut random = Generator::new(7);
        let lens = [rows * inputs, outputs * inputs, outputs];
        let [x, weight, bias] = lens.map(|len| Fenced::new(random.uniform(&[len], -1.0, 1.0).values()));
        let expected = |row: usize, output: usize| {
            let (x, w) = (&x[row * inputs..][..inputs], &weight[output * inputs..][..inputs]);
            x.iter().zip(w).map(|(x, w)| f64::from(x * w)).sum::<f64>() + f64::from(bias[output])
        };
        for (level, clamp) in
            simd::available().into_iter().flat_map(|level| [(level, UNBOUNDED), (level, [0.0, 0.5])])
        {
            let mut y = Fenced::room(rows * outputs);
            gemv_with(level, sizes, &x, &weight, Some(&bias), clamp, &mut y);
            y.assert_intact();
            for (i, &y) in y.iter().enumerate() {
                let expected = expected(i / outputs, i % outputs).clamp(clamp[0].into(), clamp[1].into());
                let close = (f64::from(y) - expected).abs() < 1e-5 * (inputs + 4) as f64;
                assert!(close, "{level:?}, {sizes:?}, value {i}: {y} for {expected}");
            }
        }
    }

    #[test]
    fn every_size_equals_the_definition() {
        for size in 1..=67 {
            check([size % 5, size, 3]);
            check([1 + size % 4, 19, size]);
        }
        check([1, 1280, 1000]);
        check([4, 0, 3]);
        check([3, 5, 0]);
    }

    #[test]
    fn nan_stays() {
        let mut y = [0.0; 2];
        gemv([1, 1, 2], &[f32::NAN], &[1.0, 2.0], None, [0.0, 6.0], &mut y);
        assert!(y.iter().all(|y| y.is_nan()));
    }

    #[test]
    fn the_result_does_not_depend_on_the_number_of_threads() {
        let [x, weight] =
            [3 * 400, 900 * 400].map(|len| Generator::new(4).uniform(&[len], -1.0, 1.0).to_vec());
        let product = || {
            let mut y = vec![f32::NAN; 3 * 900];
            gemv([3, 400, 900], &x, &weight, None, UNBOUNDED, &mut y);
            y
        };
        assert_eq!(threads::alone(product), product());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_sizes_equal_the_definition(rows in 0usize..5, inputs in 0usize..300, outputs in 0usize..40) {
            check([rows, inputs, outputs]);
        }
    }
}
