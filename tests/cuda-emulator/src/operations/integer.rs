//! Integer arithmetic: sums, products, quotients, extremes, dot products of bytes.
#![allow(
    clippy::unnecessary_cast,
    reason = "the macro casts between types that are the same only for some of its uses"
)]

use super::{Operation, binary, ternary, unary, unsupported};
use crate::ptx::{Opcode, Type};

/// Evaluates an expression with `$int` and `$unsigned` standing for the Rust types of a PTX type.
macro_rules! with_integer {
    ($code:expr, $kind:expr, $int:ident, $unsigned:ident => $body:expr) => {
        match $kind {
            Type::U16 | Type::B16 => with_integer!(@ u16, u16, $int, $unsigned, $body),
            Type::S16 => with_integer!(@ i16, u16, $int, $unsigned, $body),
            Type::U32 | Type::B32 => with_integer!(@ u32, u32, $int, $unsigned, $body),
            Type::S32 => with_integer!(@ i32, u32, $int, $unsigned, $body),
            Type::U64 | Type::B64 => with_integer!(@ u64, u64, $int, $unsigned, $body),
            Type::S64 => with_integer!(@ i64, u64, $int, $unsigned, $body),
            other => return unsupported($code, other),
        }
    };
    (@ $a:ty, $b:ty, $int:ident, $unsigned:ident, $body:expr) => {{
        #[allow(dead_code)]
        type $int = $a;
        #[allow(dead_code)]
        type $unsigned = $b;
        $body
    }};
}

pub(super) fn find(code: &Opcode<'_>) -> Result<Operation, String> {
    let kind = code.kind()?;
    if code.has("sat") {
        return saturating(code, kind);
    }
    Ok(match code.name {
        "add" => with_integer!(code, kind, I, U => binary(|a, b| (a as I).wrapping_add(b as I) as U as u64)),
        "sub" => with_integer!(code, kind, I, U => binary(|a, b| (a as I).wrapping_sub(b as I) as U as u64)),
        "mul" => product(code, kind)?,
        "mad" => sum_of_product(code, kind)?,
        "mul24" | "mad24" => twenty_four_bits(code, kind)?,
        // Division by zero gives all ones, its remainder the dividend: what the hardware's routine leaves.
        "div" => with_integer!(code, kind, I, U => binary(|a, b| {
            if b as I == 0 { U::MAX as u64 } else { (a as I).wrapping_div(b as I) as U as u64 }
        })),
        "rem" => with_integer!(code, kind, I, U => binary(|a, b| {
            if b as I == 0 { a as U as u64 } else { (a as I).wrapping_rem(b as I) as U as u64 }
        })),
        "min" => with_integer!(code, kind, I, U => binary(|a, b| (a as I).min(b as I) as U as u64)),
        "max" => with_integer!(code, kind, I, U => binary(|a, b| (a as I).max(b as I) as U as u64)),
        "abs" if kind.is_signed() => with_integer!(code, kind, I, U => unary(|a| {
            if (a as I) < (0 as I) { (0 as I).wrapping_sub(a as I) as U as u64 } else { a as U as u64 }
        })),
        "neg" if kind.is_signed() => {
            with_integer!(code, kind, I, U => unary(|a| (0 as I).wrapping_sub(a as I) as U as u64))
        }
        "sad" => with_integer!(code, kind, I, U => ternary(|a, b, c| {
            (c as U).wrapping_add((a as I).abs_diff(b as I)) as u64
        })),
        "dp4a" => dot_of_bytes(code)?,
        "dp2a" => dot_of_halves(code)?,
        _ => return unsupported(code, kind),
    })
}

fn saturating(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    Ok(match (code.name, kind) {
        ("add", Type::S32) => binary(|a, b| (a as i32).saturating_add(b as i32) as u32 as u64),
        ("sub", Type::S32) => binary(|a, b| (a as i32).saturating_sub(b as i32) as u32 as u64),
        ("mad", Type::S32) if code.has("hi") => ternary(|a, b, c| {
            let high = (i64::from(a as i32) * i64::from(b as i32)) >> 32;
            (high as i32).saturating_add(c as i32) as u32 as u64
        }),
        _ => return Err("saturation is only defined for s32".into()),
    })
}

fn product(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    Ok(match code.one_of(&["lo", "hi", "wide"]) {
        Some("wide") => match kind {
            Type::S16 | Type::U16 => {
                with_integer!(code, kind, I, U => binary(|a, b| (a as I as i64 * b as I as i64) as u32 as u64))
            }
            Type::S32 => binary(|a, b| (i64::from(a as i32) * i64::from(b as i32)) as u64),
            Type::U32 => binary(|a, b| u64::from(a as u32) * u64::from(b as u32)),
            _ => return unsupported(code, kind),
        },
        Some("hi") => with_integer!(code, kind, I, U => binary(|a, b| {
            ((a as I as i128 * b as I as i128) >> U::BITS) as U as u64
        })),
        Some(_) => {
            with_integer!(code, kind, I, U => binary(|a, b| (a as I).wrapping_mul(b as I) as U as u64))
        }
        None => return Err("an integer product needs .lo, .hi or .wide".into()),
    })
}

fn sum_of_product(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    Ok(match code.one_of(&["lo", "hi", "wide"]) {
        Some("wide") => match kind {
            Type::S16 | Type::U16 => with_integer!(code, kind, I, U => ternary(|a, b, c| {
                (a as I as i64 * b as I as i64).wrapping_add(c as i64) as u32 as u64
            })),
            Type::S32 => {
                ternary(|a, b, c| (i64::from(a as i32) * i64::from(b as i32)).wrapping_add(c as i64) as u64)
            }
            Type::U32 => ternary(|a, b, c| (u64::from(a as u32) * u64::from(b as u32)).wrapping_add(c)),
            _ => return unsupported(code, kind),
        },
        Some("hi") => with_integer!(code, kind, I, U => ternary(|a, b, c| {
            (((a as I as i128 * b as I as i128) >> U::BITS) as U).wrapping_add(c as U) as u64
        })),
        Some(_) => with_integer!(code, kind, I, U => ternary(|a, b, c| {
            (a as I).wrapping_mul(b as I).wrapping_add(c as I) as U as u64
        })),
        None => return Err("an integer product needs .lo, .hi or .wide".into()),
    })
}

fn twenty_four_bits(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    let shift = match code.one_of(&["lo", "hi"]) {
        Some("lo") => 0,
        Some(_) => 16,
        None => return Err("a product of 24 bits needs .lo or .hi".into()),
    };
    let multiply: fn(u64, u64) -> i64 = match kind {
        Type::S32 => |a, b| i64::from((a as i32) << 8 >> 8) * i64::from((b as i32) << 8 >> 8),
        Type::U32 => |a, b| ((a & 0xff_ffff) * (b & 0xff_ffff)) as i64,
        _ => return unsupported(code, kind),
    };
    Ok(if code.name == "mul24" {
        binary(move |a, b| (multiply(a, b) >> shift) as u32 as u64)
    } else {
        ternary(move |a, b, c| ((multiply(a, b) >> shift) as u32).wrapping_add(c as u32) as u64)
    })
}

/// The element of a packed value, by its number and whether it has a sign.
fn element(value: u64, number: u32, bits: u32, signed: bool) -> i32 {
    let shifted = (value as u32) << (32 - bits * (number + 1));
    if signed { shifted as i32 >> (32 - bits) } else { (shifted >> (32 - bits)) as i32 }
}

fn signs(code: &Opcode<'_>) -> Result<(bool, bool), String> {
    match code.types()[..] {
        [a, b] => Ok((a.is_signed(), b.is_signed())),
        _ => Err("a dot product has two types".into()),
    }
}

fn dot_of_bytes(code: &Opcode<'_>) -> Result<Operation, String> {
    let (of_a, of_b) = signs(code)?;
    Ok(ternary(move |a, b, c| {
        let products = (0..4).map(|n| element(a, n, 8, of_a).wrapping_mul(element(b, n, 8, of_b)));
        products.fold(c as i32, i32::wrapping_add) as u32 as u64
    }))
}

fn dot_of_halves(code: &Opcode<'_>) -> Result<Operation, String> {
    let (of_a, of_b) = signs(code)?;
    let first = if code.has("hi") { 2 } else { 0 };
    if first == 0 && !code.has("lo") {
        return Err("dp2a needs .lo or .hi".into());
    }
    Ok(ternary(move |a, b, c| {
        let products = (0..2).map(|n| element(a, n, 16, of_a).wrapping_mul(element(b, n + first, 8, of_b)));
        products.fold(c as i32, i32::wrapping_add) as u32 as u64
    }))
}
