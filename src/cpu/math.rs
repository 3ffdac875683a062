//! Exponentials, logarithms and what is made of them, without branches and calls: in loops inside
//! [`simd::vectorised`](super::simd::vectorised) they are computed in whole registers. Every instruction set gives the same
//! bits.

use std::f32::consts::{FRAC_2_SQRT_PI, LOG2_E};

/// `ln 2` in two parts; a small whole number times the first is exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// Added to a small number, it leaves the nearest whole number in the lowest bits.
const ROUNDING: f32 = 12_582_912.0; // 1.5 · 2²³

/// A polynomial, the highest power first.
#[inline(always)]
fn horner<const N: usize>(at: f32, powers: [f32; N]) -> f32 {
    let mut sum = powers[0];
    for power in &powers[1..] {
        sum = sum * at + power;
    }
    sum
}

/// NaN stays, unlike with `f32::clamp` of one instruction less.
#[inline(always)]
fn between(x: f32, least: f32, most: f32) -> f32 {
    let x = if x < least { least } else { x };
    if x > most { most } else { x }
}

/// `2ⁿ`, for exponents of ordinary numbers.
#[inline(always)]
fn power_of_2(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// `n` and `exp(r) - 1` with `x = n ln 2 + r` and `|r| ≤ ln 2 / 2`. The polynomial is that of Moshier's Cephes library.
#[inline(always)]
fn reduced(x: f32) -> (i32, f32) {
    let rounded = x * LOG2_E + ROUNDING;
    let n = rounded - ROUNDING;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let p = horner(r, [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5]);
    (rounded.to_bits().wrapping_sub(ROUNDING.to_bits()) as i32, r + r * r * p)
}

/// `exp(x)`, at most 1 ulp off.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Beyond, the result rounds to 0 or infinity.
    let (n, above_one) = reduced(between(x, -104.0, 89.0));
    // In two steps, both of ordinary numbers: the result need not be one.
    let half = n >> 1;
    (1.0 + above_one) * power_of_2(half) * power_of_2(n.wrapping_sub(half))
}

/// `exp(x) - 1`, at most 2 ulp off.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let (n, above_one) = reduced(between(x, -20.0, 89.0));
    // Half of the power, which is an ordinary number for the greatest x too.
    let half = power_of_2(n.wrapping_sub(1));
    let result = 2.0 * (half * above_one + (half - 0.5));
    // The sign of zero.
    if x == 0.0 { x } else { result }
}

/// `tanh(x)`, at most 2.5 ulp off.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    // From 10 on it is 1.
    let grown = exp_m1(between(2.0 * x.abs(), 0.0, 20.0));
    (grown / (grown + 2.0)).copysign(x)
}

/// `1 / (1 + exp(-x))`, at most 2.5 ulp off; 0 below -88.7, where the result is no ordinary number.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `ln(x)`, at most 1 ulp off. The polynomial is that of Moshier's Cephes library.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = if tiny { x * 8_388_608.0 } else { x };
    let bits = scaled.to_bits();
    // The exponent that leaves a factor between √½ and √2.
    let exponent = (bits.wrapping_sub(0x3f35_04f3) as i32) >> 23;
    let r = f32::from_bits(bits.wrapping_sub((exponent << 23) as u32)) - 1.0;
    let e = exponent as f32 - if tiny { 23.0 } else { 0.0 };
    let p = horner(
        r,
        [
            7.037_683_6e-2,
            -1.151_461e-1,
            1.167_699_9e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_8e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            3.333_333e-1,
        ],
    );
    let square = r * r;
    let result = r + (p * r * square + e * LN_2[1] - 0.5 * square) + e * LN_2[0];
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x < 0.0 { f32::NAN } else { result };
    // Infinity and NaN.
    if x < f32::INFINITY { result } else { x }
}

/// `ln(1 + x)`, at most 2 ulp off.
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    let sum = 1.0 + x;
    // What the sum has lost, times the slope.
    let lost = (x - (sum - 1.0)) / sum;
    let result = ln(sum) + if sum > 0.0 && sum < f32::INFINITY { lost } else { 0.0 };
    if x == 0.0 { x } else { result }
}

/// `ln(1 + exp(x))`, at most 2.5 ulp off, without overflow.
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    (if x < 0.0 { 0.0 } else { x }) + ln_1p(exp(-x.abs()))
}

/// The error function, to about 1e-7: `2/√π ∫ exp(-t²) dt` from 0 to `x`.
///
/// Near zero its power series, whose terms are exact; beyond 1, `1 - exp(-x²) t P(t)` with `t = 1 / (1 + 0.4 x)`, where
/// the polynomial was fitted by least squares of the relative error (4e-8).
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let (a, square) = (x.abs(), x * x);
    // (-1)ⁿ 2/√π / (n! (2n + 1)), the highest power first.
    let series = horner(
        square,
        [
            -1.636_647_5e-7,
            1.646_114_2e-6,
            -1.492_565_1e-5,
            1.205_533_3e-4,
            -8.548_327e-4,
            5.223_978e-3,
            -2.686_617e-2,
            1.128_379_2e-1,
            -3.761_263_9e-1,
            FRAC_2_SQRT_PI,
        ],
    );
    let t = 1.0 / (1.0 + 0.4 * a);
    let tail = horner(
        t,
        [-0.116_987_57, 0.245_515_67, 0.006_236_53, 0.214_158_68, 0.198_453_14, 0.226_742_92, 0.225_623_92],
    );
    let far = (1.0 - exp(-square) * t * tail).copysign(x);
    if a < 1.0 { x * series } else { far }
}

#[cfg(test)]
mod tests;
