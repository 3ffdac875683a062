//! Sums and differences that write or read the carry flag, for numbers wider than a register.

use super::{Operation, ternary};
use crate::ptx::{Opcode, Type};

fn width(code: &Opcode<'_>) -> Result<u32, String> {
    match code.kind()? {
        Type::B32 | Type::U32 | Type::S32 => Ok(32),
        Type::B64 | Type::U64 | Type::S64 => Ok(64),
        other => Err(format!("the carry flag is not defined for {other:?}")),
    }
}

fn cut(value: u64, width: u32) -> u128 {
    u128::from(if width == 32 { u64::from(value as u32) } else { value })
}

fn full(subtract: bool, width: u32) -> impl Fn(u64, u64, u64) -> u128 + Send + Sync + 'static {
    move |a, b, carry| {
        let (a, b, carry) = (cut(a, width), cut(b, width), u128::from(carry & 1));
        if subtract { a.wrapping_sub(b).wrapping_sub(carry) } else { a + b + carry }
    }
}

/// `a + b + carry` or `a - b - carry`; the third source is the carry flag.
pub fn with_carry(code: &Opcode<'_>, subtract: bool) -> Result<Operation, String> {
    let width = width(code)?;
    let full = full(subtract, width);
    Ok(ternary(move |a, b, carry| cut(full(a, b, carry) as u64, width) as u64))
}

/// The carry or borrow out of [`with_carry`].
pub fn carry_out(code: &Opcode<'_>, subtract: bool) -> Result<Operation, String> {
    let width = width(code)?;
    let full = full(subtract, width);
    Ok(ternary(move |a, b, carry| (full(a, b, carry) >> width) as u64 & 1))
}
