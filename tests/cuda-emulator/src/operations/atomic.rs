//! What an atomic instruction makes of the old value in memory.

use std::sync::Arc;

use super::{f32_bits, f32_of, f64_bits, f64_of, unsupported};
use crate::ptx::{Opcode, Type};

/// From the old value and one or two operands to the new value.
pub type AtomicOperation = Arc<dyn Fn(u64, u64, u64) -> u64 + Send + Sync>;

/// The operation of an `atom` or `red` instruction.
pub fn atomic(code: &Opcode<'_>) -> Result<AtomicOperation, String> {
    let kind = code.kind()?;
    let name = code
        .one_of(&["add", "min", "max", "exch", "cas", "and", "or", "xor", "inc", "dec"])
        .ok_or("it names no operation")?;
    code.has("noftz");
    let extend = move |value: u64| kind.extend(value);
    let is_pair = matches!(kind, Type::F16x2 | Type::Bf16x2 | Type::F16 | Type::Bf16);
    Ok(match (name, kind) {
        ("add", Type::F32) => Arc::new(|old, value, _| f32_bits(f32_of(old) + f32_of(value))),
        ("add", Type::F64) => Arc::new(|old, value, _| f64_bits(f64_of(old) + f64_of(value))),
        ("add", _) if is_pair => {
            let sum = super::half::find(&Opcode::new("add", vec![half_name(kind)]))?;
            Arc::new(move |old, value, _| {
                let mut out = [0; super::LANES];
                sum(&mut out, &[old; super::LANES], &[value; super::LANES], &[0; super::LANES]);
                out[0]
            })
        }
        ("exch", _) => Arc::new(|_, value, _| value),
        ("cas", _) => {
            Arc::new(move |old, expected, new| if extend(old) == extend(expected) { new } else { old })
        }
        (_, kind) if kind.is_float() => return unsupported(code, kind),
        ("add", _) => Arc::new(|old, value, _| old.wrapping_add(value)),
        ("and", _) => Arc::new(|old, value, _| old & value),
        ("or", _) => Arc::new(|old, value, _| old | value),
        ("xor", _) => Arc::new(|old, value, _| old ^ value),
        ("min", kind) if kind.is_signed() => {
            Arc::new(move |old, value, _| (extend(old) as i64).min(extend(value) as i64) as u64)
        }
        ("max", kind) if kind.is_signed() => {
            Arc::new(move |old, value, _| (extend(old) as i64).max(extend(value) as i64) as u64)
        }
        ("min", _) => Arc::new(move |old, value, _| extend(old).min(extend(value))),
        ("max", _) => Arc::new(move |old, value, _| extend(old).max(extend(value))),
        ("inc", _) => Arc::new(|old, limit, _| if old as u32 >= limit as u32 { 0 } else { old + 1 }),
        _ => Arc::new(|old, limit, _| {
            if old as u32 == 0 || old as u32 > limit as u32 { u64::from(limit as u32) } else { old - 1 }
        }),
    })
}

fn half_name(kind: Type) -> &'static str {
    match kind {
        Type::F16 => "f16",
        Type::F16x2 => "f16x2",
        Type::Bf16 => "bf16",
        _ => "bf16x2",
    }
}
