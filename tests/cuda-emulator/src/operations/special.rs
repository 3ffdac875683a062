//! Reciprocals, roots and the functions of the special unit.
//!
//! What hardware only approximates is computed in f64 and rounded once: more exact than any GPU.

use super::float::Modes;
use super::freedom::approximate as off;
use super::half;
use super::rounding::{F32, narrow, step, to_odd};
use super::{Operation, Rounding, f64_bits, f64_of, unary, unsupported};
use crate::ptx::{Opcode, Type};

pub(super) fn find(code: &Opcode<'_>) -> Result<Operation, String> {
    let approximate = code.has("approx");
    let kind = code.kind()?;
    match kind {
        Type::F32 => {
            let modes = Modes::of(code);
            let rounding = code.rounding();
            let compute = function(code.name)?;
            let rounds = matches!(code.name, "rcp" | "sqrt");
            if !approximate && !rounds {
                return Err(format!("`{}` for f32 needs .approx", code.name));
            }
            Ok(match (code.name, rounding) {
                (_, Rounding::Nearest) if approximate => {
                    unary(move |a| modes.output(off(compute(modes.input(a).into()) as f32, 2)))
                }
                (_, Rounding::Nearest) => unary(move |a| modes.output(compute(modes.input(a).into()) as f32)),
                (name, rounding) => {
                    let root = name == "sqrt";
                    unary(move |a| {
                        let a = f64::from(modes.input(a));
                        let value = compute(a);
                        modes.output(narrow(to_odd(value, missing(root, a, value)), F32, rounding) as f32)
                    })
                }
            })
        }
        Type::F64 => find_double(code, approximate),
        Type::F16 | Type::F16x2 | Type::Bf16 | Type::Bf16x2 if matches!(code.name, "ex2" | "tanh") => {
            code.has("ftz");
            Ok(half::lanes(kind, function(code.name)?))
        }
        _ => unsupported(code, kind),
    }
}

fn find_double(code: &Opcode<'_>, approximate: bool) -> Result<Operation, String> {
    code.has("ftz");
    let compute = function(code.name)?;
    Ok(match (code.name, approximate) {
        // The approximation leaves the lower half of its result empty.
        ("rcp" | "rsqrt", true) => unary(move |a| f64_bits(compute(f64_of(a))) & !0xffff_ffff),
        ("rcp" | "sqrt", false) => {
            let (rounding, root) = (code.rounding(), code.name == "sqrt");
            unary(move |a| {
                let value = compute(f64_of(a));
                if !value.is_finite() || rounding == Rounding::Nearest {
                    return f64_bits(value);
                }
                f64_bits(step(value, missing(root, f64_of(a), value), rounding))
            })
        }
        _ => return unsupported(code, Type::F64),
    })
}

/// What is missing from `value` to the exact root or reciprocal of `a`; only its sign counts.
fn missing(root: bool, a: f64, value: f64) -> f64 {
    if !value.is_finite() || a == 0.0 || !a.is_finite() {
        return 0.0;
    }
    let rest = if root { (-value).mul_add(value, a) } else { (-value).mul_add(a, 1.0) };
    if !root && a < 0.0 { -rest } else { rest }
}

fn function(name: &str) -> Result<fn(f64) -> f64, String> {
    Ok(match name {
        "rcp" => |a| 1.0 / a,
        "sqrt" => f64::sqrt,
        "rsqrt" => |a| 1.0 / a.sqrt(),
        "ex2" => f64::exp2,
        "lg2" => f64::log2,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tanh" => f64::tanh,
        _ => return Err(format!("`{name}` is no function of one number")),
    })
}
