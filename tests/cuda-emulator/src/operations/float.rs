//! Arithmetic of f32 and f64, with every rounding, flushing and saturation.

use super::freedom::approximate;
use super::rounding::{F32, narrow, step, to_odd, two_product, two_sum};
use super::{
    Operation, Rounding, binary, f32_bits, f32_of, f64_bits, f64_of, flush, ternary, unary, unsupported,
};
use crate::ptx::{Opcode, Type};

/// What happens around the operation itself.
#[derive(Clone, Copy)]
pub(super) struct Modes {
    rounding: Rounding,
    flush: bool,
    saturate: bool,
}

impl Modes {
    pub(super) fn of(code: &Opcode<'_>) -> Self {
        Self { rounding: code.rounding(), flush: code.has("ftz"), saturate: code.has("sat") }
    }

    fn is_plain(self) -> bool {
        self.rounding == Rounding::Nearest && !self.flush && !self.saturate
    }

    #[inline(always)]
    pub(super) fn input(self, bits: u64) -> f32 {
        if self.flush { flush(f32_of(bits)) } else { f32_of(bits) }
    }

    #[inline(always)]
    pub(super) fn output(self, value: f32) -> u64 {
        let value = if self.flush { flush(value) } else { value };
        // NaN saturates to zero.
        f32_bits(if !self.saturate {
            value
        } else if value > 0.0 {
            value.min(1.0)
        } else {
            0.0
        })
    }

    /// A rounded exact value: `value` is the nearest f64, `error` what is missing.
    fn round(self, value: f64, error: f64) -> f32 {
        narrow(to_odd(value, error), F32, self.rounding) as f32
    }
}

/// The zero of an exact sum that vanishes is negative only when rounding down.
fn sum_error(sum: f64, a: f64, b: f64, rounding: Rounding) -> Option<f64> {
    (sum == 0.0 && rounding == Rounding::Down && (a.is_sign_negative() || b.is_sign_negative()))
        .then_some(-0.0)
}

fn add_single(a: f32, b: f32, modes: Modes) -> f32 {
    if modes.rounding == Rounding::Nearest || !a.is_finite() || !b.is_finite() {
        return a + b;
    }
    let (sum, error) = two_sum(a.into(), b.into());
    sum_error(sum, a.into(), b.into(), modes.rounding)
        .map_or_else(|| modes.round(sum, error), |zero| zero as f32)
}

fn multiply_single(a: f32, b: f32, modes: Modes) -> f32 {
    if modes.rounding == Rounding::Nearest { a * b } else { modes.round(f64::from(a) * f64::from(b), 0.0) }
}

fn fuse_single(a: f32, b: f32, c: f32, modes: Modes) -> f32 {
    if modes.rounding == Rounding::Nearest || !(a.is_finite() && b.is_finite() && c.is_finite()) {
        return a.mul_add(b, c);
    }
    let product = f64::from(a) * f64::from(b);
    let (sum, error) = two_sum(product, c.into());
    sum_error(sum, product, c.into(), modes.rounding)
        .map_or_else(|| modes.round(sum, error), |zero| zero as f32)
}

fn divide_single(a: f32, b: f32, modes: Modes) -> f32 {
    if modes.rounding == Rounding::Nearest || !a.is_finite() || !b.is_finite() || b == 0.0 {
        return a / b;
    }
    let (a, b) = (f64::from(a), f64::from(b));
    let quotient = a / b;
    let rest = (-quotient).mul_add(b, a);
    modes.round(quotient, if b < 0.0 { -rest } else { rest })
}

/// `div.approx` multiplies by a reciprocal that is flushed to zero for divisors beyond 2^126.
fn divide_approximately(a: f32, b: f32) -> f32 {
    const LARGE: f32 = 8.507_059e37;
    if b.is_finite() && b.abs() > LARGE {
        return if a.is_finite() { 0f32.copysign(a) * 1f32.copysign(b) } else { f32::NAN };
    }
    a / b
}

/// The lesser (or greater) number: -0 is less than +0, a NaN loses against a number unless `.NaN` lets it win.
macro_rules! extreme {
    ($name:ident, $float:ty) => {
        pub(super) fn $name(a: $float, b: $float, least: bool, keep_nan: bool) -> $float {
            if a.is_nan() || b.is_nan() {
                return match keep_nan || a.is_nan() && b.is_nan() {
                    true => <$float>::NAN,
                    false if a.is_nan() => b,
                    false => a,
                };
            }
            let a_is_less = a < b || (a == b && a.is_sign_negative());
            if a_is_less == least { a } else { b }
        }
    };
}
extreme!(extreme_single, f32);
extreme!(extreme_double, f64);

pub(super) fn find_single(code: &Opcode<'_>) -> Result<Operation, String> {
    let modes = Modes::of(code);
    let (least, keep_nan) = (code.name == "min", code.has("NaN"));
    let through = move |compute: fn(f32, f32, Modes) -> f32| {
        binary(move |a, b| modes.output(compute(modes.input(a), modes.input(b), modes)))
    };
    Ok(match code.name {
        "add" if modes.is_plain() => binary(|a, b| f32_bits(f32_of(a) + f32_of(b))),
        "add" => through(add_single),
        "sub" if modes.is_plain() => binary(|a, b| f32_bits(f32_of(a) - f32_of(b))),
        "sub" => through(|a, b, modes| add_single(a, -b, modes)),
        "mul" if modes.is_plain() => binary(|a, b| f32_bits(f32_of(a) * f32_of(b))),
        "mul" => through(multiply_single),
        "mad" | "fma" if modes.is_plain() => {
            ternary(|a, b, c| f32_bits(fused(f32_of(a), f32_of(b), f32_of(c))))
        }
        "mad" | "fma" => ternary(move |a, b, c| {
            modes.output(fuse_single(modes.input(a), modes.input(b), modes.input(c), modes))
        }),
        "div" if code.has("approx") => through(|a, b, _| approximate(divide_approximately(a, b), 2)),
        "div" if code.has("full") => through(|a, b, _| approximate(a / b, 2)),
        "div" => through(divide_single),
        "min" | "max" => {
            binary(move |a, b| modes.output(extreme_single(modes.input(a), modes.input(b), least, keep_nan)))
        }
        "neg" => unary(move |a| u64::from((-modes.input(a)).to_bits())),
        "abs" => unary(move |a| u64::from(modes.input(a).abs().to_bits())),
        // The sign comes from the first source.
        "copysign" => binary(|a, b| (b & 0x7fff_ffff) | (a & 0x8000_0000)),
        _ => return unsupported(code, Type::F32),
    })
}

/// A fused product and sum. The product of two f32 is exact in f64; rounding the sum to odd makes its narrowing exact,
/// which is much faster than a library call where the processor's own instruction is not compiled in.
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    let of_c = sum - product;
    let error = (product - (sum - of_c)) + (c - of_c);
    let bits = sum.to_bits();
    let towards_zero = (error > 0.0) != (sum > 0.0);
    let odd = f64::from_bits((bits - u64::from(towards_zero)) | 1);
    (if error == 0.0 || error.is_nan() { sum } else { odd }) as f32
}

/// A product and a sum in one step; signs are turned where that is said: of the product, of what is added.
pub(crate) fn fused_sum([of_product, of_addend]: [bool; 2]) -> Operation {
    let signed = |value: f32, turned: bool| if turned { -value } else { value };
    ternary(move |a, b, c| {
        f32_bits(fused(signed(f32_of(a), of_product), f32_of(b), signed(f32_of(c), of_addend)))
    })
}

fn add_double(a: f64, b: f64, rounding: Rounding) -> f64 {
    if rounding == Rounding::Nearest || !a.is_finite() || !b.is_finite() {
        return a + b;
    }
    let (sum, error) = two_sum(a, b);
    sum_error(sum, a, b, rounding).unwrap_or_else(|| step(sum, error, rounding))
}

fn fuse_double(a: f64, b: f64, c: f64, rounding: Rounding) -> f64 {
    let nearest = a.mul_add(b, c);
    if rounding == Rounding::Nearest || !a.is_finite() || !b.is_finite() || !c.is_finite() {
        return nearest;
    }
    let (product, lost_of_product) = two_product(a, b);
    let (sum, lost_of_sum) = two_sum(product, c);
    step(nearest, (sum - nearest) + (lost_of_sum + lost_of_product), rounding)
}

fn divide_double(a: f64, b: f64, rounding: Rounding) -> f64 {
    let quotient = a / b;
    if rounding == Rounding::Nearest || !a.is_finite() || !b.is_finite() || b == 0.0 {
        return quotient;
    }
    let rest = (-quotient).mul_add(b, a);
    step(quotient, if b < 0.0 { -rest } else { rest }, rounding)
}

pub(super) fn find_double(code: &Opcode<'_>) -> Result<Operation, String> {
    let rounding = code.rounding();
    let least = code.name == "min";
    let through = move |compute: fn(f64, f64, Rounding) -> f64| {
        binary(move |a, b| f64_bits(compute(f64_of(a), f64_of(b), rounding)))
    };
    Ok(match code.name {
        "add" => through(add_double),
        "sub" => through(|a, b, rounding| add_double(a, -b, rounding)),
        "mul" => through(|a, b, rounding| {
            let (product, error) = two_product(a, b);
            if rounding == Rounding::Nearest || !a.is_finite() || !b.is_finite() {
                product
            } else {
                step(product, error, rounding)
            }
        }),
        "mad" | "fma" => {
            ternary(move |a, b, c| f64_bits(fuse_double(f64_of(a), f64_of(b), f64_of(c), rounding)))
        }
        "div" => through(divide_double),
        "min" | "max" => binary(move |a, b| f64_bits(extreme_double(f64_of(a), f64_of(b), least, false))),
        "neg" => unary(|a| a ^ 1 << 63),
        "abs" => unary(|a| a & !(1 << 63)),
        "copysign" => binary(|a, b| (b & !(1 << 63)) | (a & 1 << 63)),
        _ => return unsupported(code, Type::F64),
    })
}
