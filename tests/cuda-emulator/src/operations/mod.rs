//! What an instruction computes: functions from rows of 32 lanes to a row, free of the machine that runs them.
//!
//! An [`Operation`] is chosen once, when a module is loaded. It computes all lanes; the machine keeps those that are active.
//! A lane is 64 bits wide. What an instruction reads is cut to its type, so the upper bits of narrower values do not matter.

mod atomic;
mod bits;
mod carry;
mod compare;
mod convert;
mod float;
mod freedom;
mod half;
mod integer;
pub(crate) mod rounding;
mod special;

use std::sync::Arc;

use crate::ptx::{Opcode, Type};

pub use atomic::{AtomicOperation, atomic};
pub use carry::{carry_out, with_carry};
pub use rounding::Rounding;

/// Threads of a warp.
pub const LANES: usize = 32;

/// One value a lane.
pub type Row = [u64; LANES];

/// A pure function of up to three rows; those it does not use are ignored.
pub type Operation = Arc<dyn Fn(&mut Row, &Row, &Row, &Row) + Send + Sync>;

/// An operation of one source, from a function of one lane.
pub fn unary(compute: impl Fn(u64) -> u64 + Send + Sync + 'static) -> Operation {
    Arc::new(move |out, a, _, _| {
        for lane in 0..LANES {
            out[lane] = compute(a[lane]);
        }
    })
}

/// An operation of two sources, from a function of one lane.
pub fn binary(compute: impl Fn(u64, u64) -> u64 + Send + Sync + 'static) -> Operation {
    Arc::new(move |out, a, b, _| {
        for lane in 0..LANES {
            out[lane] = compute(a[lane], b[lane]);
        }
    })
}

/// An operation of three sources, from a function of one lane.
pub fn ternary(compute: impl Fn(u64, u64, u64) -> u64 + Send + Sync + 'static) -> Operation {
    Arc::new(move |out, a, b, c| {
        for lane in 0..LANES {
            out[lane] = compute(a[lane], b[lane], c[lane]);
        }
    })
}

/// The operation of an opcode with this many sources, or `None` if it is no pure function of registers.
pub fn find(code: &Opcode<'_>, sources: usize) -> Result<Option<Operation>, String> {
    let expected = match code.name {
        "not" | "cnot" | "neg" | "abs" | "popc" | "clz" | "brev" | "bfind" | "rcp" | "sqrt" | "rsqrt"
        | "ex2" | "lg2" | "sin" | "cos" | "tanh" | "testp" => 1,
        "add" | "sub" | "mul" | "mul24" | "div" | "rem" | "min" | "max" | "and" | "or" | "xor" | "shl"
        | "shr" | "setp" | "set" | "copysign" => 2,
        "mad" | "mad24" | "fma" | "sad" | "shf" | "bfe" | "prmt" | "selp" | "slct" | "dp4a" | "dp2a" => 3,
        "cvt" => sources.clamp(1, 2),
        // Their further operands are the caller's affair.
        "bfi" | "lop3" => sources,
        _ => return Ok(None),
    };
    // `set` and `setp` may combine with a predicate, `min` and `max` may have a third source.
    let combined = matches!(code.name, "set" | "setp") && sources == 3;
    if sources != expected && !combined {
        return Err(format!("it has {sources} sources, but `{}` takes {expected}", code.name));
    }
    let operation = match code.name {
        "set" | "setp" | "selp" | "slct" | "testp" => compare::find(code, combined)?,
        "cvt" => convert::find(code, sources)?,
        "shl" | "shr" | "shf" | "and" | "or" | "xor" | "not" | "cnot" | "popc" | "clz" | "brev" | "bfe"
        | "bfind" | "prmt" => bits::find(code)?,
        "bfi" | "lop3" => return Ok(None),
        "sin" | "cos" | "tanh" | "ex2" | "lg2" | "rsqrt" | "rcp" | "sqrt" => special::find(code)?,
        _ => match code.kind()? {
            Type::F32 => float::find_single(code)?,
            Type::F64 => float::find_double(code)?,
            Type::F16 | Type::F16x2 | Type::Bf16 | Type::Bf16x2 => half::find(code)?,
            _ => integer::find(code)?,
        },
    };
    Ok(Some(operation))
}

pub use bits::{insert, lookup};
pub(crate) use float::fused_sum;
pub(crate) use freedom::as_hardware_may;

pub(crate) fn unsupported<T>(code: &Opcode<'_>, kind: Type) -> Result<T, String> {
    Err(format!("`{}` is not known for the type {kind:?}", code.name))
}

#[inline(always)]
pub(crate) fn f32_of(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

#[inline(always)]
pub(crate) fn f64_of(bits: u64) -> f64 {
    f64::from_bits(bits)
}

/// The bits of an f32 result. Arithmetic on a GPU gives only one not-a-number.
#[inline(always)]
pub(crate) fn f32_bits(value: f32) -> u64 {
    if value.is_nan() { 0x7fff_ffff } else { u64::from(value.to_bits()) }
}

#[inline(always)]
pub(crate) fn f64_bits(value: f64) -> u64 {
    if value.is_nan() { 0xfff8_0000_0000_0000 } else { value.to_bits() }
}

/// A subnormal number becomes a zero of its sign, as with `.ftz`.
#[inline(always)]
pub(crate) fn flush(value: f32) -> f32 {
    if value.is_subnormal() { 0f32.copysign(value) } else { value }
}
