//! Arithmetic of f16 and bf16, alone and in pairs.

use std::sync::Arc;

use super::float::extreme_double;
use super::rounding::{from_bf16, from_f16, to_bf16, to_f16, to_odd, two_sum};
use super::{LANES, Operation, Rounding, unsupported};
use crate::ptx::{Opcode, Type};

type Decode = fn(u64) -> f64;
type Encode = fn(f64, Rounding) -> u64;

fn format(kind: Type) -> (Decode, Encode, bool) {
    match kind {
        Type::F16 => (from_f16, to_f16, false),
        Type::F16x2 => (from_f16, to_f16, true),
        Type::Bf16 => (from_bf16, to_bf16, false),
        _ => (from_bf16, to_bf16, true),
    }
}

/// An operation on each half, computed in f64 and rounded once.
fn each(kind: Type, compute: impl Fn(f64, f64, f64) -> f64 + Send + Sync + 'static) -> Operation {
    let (decode, encode, packed) = format(kind);
    let one =
        move |a: u64, b: u64, c: u64| encode(compute(decode(a), decode(b), decode(c)), Rounding::Nearest);
    Arc::new(move |out, a, b, c| {
        for lane in 0..LANES {
            let low = one(a[lane], b[lane], c[lane]);
            let high = if packed { one(a[lane] >> 16, b[lane] >> 16, c[lane] >> 16) << 16 } else { 0 };
            out[lane] = high | low;
        }
    })
}

/// A function of one number on each half.
pub(super) fn lanes(kind: Type, compute: fn(f64) -> f64) -> Operation {
    each(kind, move |a, _, _| compute(a))
}

pub(super) fn find(code: &Opcode<'_>) -> Result<Operation, String> {
    let kind = code.kind()?;
    code.rounding();
    let flushes = code.has("ftz");
    let (saturate, relu) = (code.has("sat"), code.has("relu"));
    let keep_nan = code.has("NaN");
    let smallest = if matches!(kind, Type::F16 | Type::F16x2) { 2f64.powi(-14) } else { 2f64.powi(-126) };
    let flush = move |x: f64| if flushes && x.abs() < smallest { 0f64.copysign(x) } else { x };
    let finish = move |x: f64| {
        let x = flush(x);
        if saturate {
            if x > 0.0 { x.min(1.0) } else { 0.0 }
        } else if relu && x < 0.0 {
            0.0
        } else {
            x
        }
    };
    let sum = |a: f64, b: f64| {
        let (value, error) = two_sum(a, b);
        to_odd(value, error)
    };
    // The halves' signs can be changed without rounding.
    let signs: u64 = if matches!(kind, Type::F16 | Type::Bf16) { 0x8000 } else { 0x8000_8000 };
    Ok(match code.name {
        "add" => each(kind, move |a, b, _| finish(sum(flush(a), flush(b)))),
        "sub" => each(kind, move |a, b, _| finish(sum(flush(a), -flush(b)))),
        "mul" => each(kind, move |a, b, _| finish(flush(a) * flush(b))),
        "fma" => each(kind, move |a, b, c| finish(sum(flush(a) * flush(b), flush(c)))),
        "min" => each(kind, move |a, b, _| finish(extreme_double(flush(a), flush(b), true, keep_nan))),
        "max" => each(kind, move |a, b, _| finish(extreme_double(flush(a), flush(b), false, keep_nan))),
        "neg" => super::unary(move |a| a ^ signs),
        "abs" => super::unary(move |a| a & !signs),
        _ => return unsupported(code, kind),
    })
}
