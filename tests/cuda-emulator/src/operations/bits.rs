//! Operations on bits: logic, shifts, fields, counting, permutation of bytes.

use super::{LANES, Operation, Row, binary, ternary, unary, unsupported};
use crate::ptx::{Opcode, Type};

pub(super) fn find(code: &Opcode<'_>) -> Result<Operation, String> {
    if code.name == "shf" {
        return funnel(code);
    }
    let kind = code.kind()?;
    Ok(match code.name {
        "and" => binary(|a, b| a & b),
        "or" => binary(|a, b| a | b),
        "xor" => binary(|a, b| a ^ b),
        "not" => unary(move |a| cut(kind, !a)),
        "cnot" => unary(move |a| u64::from(cut(kind, a) == 0)),
        "shl" => shift_left(code, kind)?,
        "shr" => shift_right(code, kind)?,
        "popc" => unary(move |a| cut(kind, a).count_ones().into()),
        "clz" if kind.size() == 4 => unary(|a| (a as u32).leading_zeros().into()),
        "clz" => unary(|a| a.leading_zeros().into()),
        "brev" if kind.size() == 4 => unary(|a| (a as u32).reverse_bits().into()),
        "brev" => unary(u64::reverse_bits),
        "bfe" => extract(code, kind)?,
        "bfind" => find_leading(code, kind)?,
        "prmt" => permute(code)?,
        _ => return unsupported(code, kind),
    })
}

/// The bits of `value` as an unsigned number of the type's width.
#[inline(always)]
fn cut(kind: Type, value: u64) -> u64 {
    match kind.size() {
        1 => value & 1,
        2 => value as u16 as u64,
        4 => value as u32 as u64,
        _ => value,
    }
}

// Shifts beyond the width give zero, or the sign; the amount is an unsigned number of 32 bits.

fn shift_left(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    Ok(match kind.size() {
        2 => binary(|a, n| if n as u32 >= 16 { 0 } else { u64::from((a as u16) << n as u32) }),
        4 => binary(|a, n| if n as u32 >= 32 { 0 } else { u64::from((a as u32) << n as u32) }),
        8 => binary(|a, n| if n as u32 >= 64 { 0 } else { a << n as u32 }),
        _ => return unsupported(code, kind),
    })
}

fn shift_right(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    Ok(match (kind.size(), kind.is_signed()) {
        (2, false) => binary(|a, n| if n as u32 >= 16 { 0 } else { u64::from(a as u16 >> n as u32) }),
        (4, false) => binary(|a, n| if n as u32 >= 32 { 0 } else { u64::from(a as u32 >> n as u32) }),
        (8, false) => binary(|a, n| if n as u32 >= 64 { 0 } else { a >> n as u32 }),
        (2, true) => binary(|a, n| (a as i16 >> (n as u32).min(15)) as u16 as u64),
        (4, true) => binary(|a, n| (a as i32 >> (n as u32).min(31)) as u32 as u64),
        (8, true) => binary(|a, n| (a as i64 >> (n as u32).min(63)) as u64),
        _ => return unsupported(code, kind),
    })
}

fn funnel(code: &Opcode<'_>) -> Result<Operation, String> {
    let kind = code.kind()?;
    if kind != Type::B32 {
        return unsupported(code, kind);
    }
    let clamp = code.has("clamp");
    if !clamp && !code.has("wrap") {
        return Err("a funnel shift needs .wrap or .clamp".into());
    }
    let amount = move |n: u64| if clamp { (n as u32).min(32) } else { n as u32 & 31 };
    let joined = |low: u64, high: u64| u64::from(high as u32) << 32 | u64::from(low as u32);
    Ok(match code.one_of(&["l", "r"]) {
        Some("l") => ternary(move |a, b, n| {
            // The upper half after the shift; 32 can only come from clamping.
            let n = amount(n);
            if n == 32 { u64::from(a as u32) } else { joined(a, b) << n >> 32 }
        }),
        Some(_) => ternary(move |a, b, n| (joined(a, b) >> amount(n)) as u32 as u64),
        None => return Err("a funnel shift needs .l or .r".into()),
    })
}

fn extract(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    let width = kind.size() as u32 * 8;
    if width < 32 {
        return unsupported(code, kind);
    }
    let signed = kind.is_signed();
    Ok(ternary(move |a, position, length| {
        let (position, length) = (position as u32 & 0xff, length as u32 & 0xff);
        if length == 0 {
            return 0;
        }
        let value = kind.extend(a);
        // Beyond the value stands its sign, or zeros.
        let shifted = match (position >= 64, signed) {
            (true, true) => (value as i64 >> 63) as u64,
            (true, false) => 0,
            (false, true) => (value as i64 >> position) as u64,
            (false, false) => value >> position,
        };
        if length >= width {
            return cut(kind, shifted);
        }
        // A field that reaches beyond the value takes its sign from the value's last bit, which the shift has spread.
        let unused = 64 - length;
        let field =
            if signed { ((shifted << unused) as i64 >> unused) as u64 } else { shifted << unused >> unused };
        cut(kind, field)
    }))
}

fn find_leading(code: &Opcode<'_>, kind: Type) -> Result<Operation, String> {
    let width = kind.size() as u32 * 8;
    if width < 32 {
        return unsupported(code, kind);
    }
    let amount = code.has("shiftamt");
    let signed = kind.is_signed();
    Ok(unary(move |a| {
        let value = kind.extend(a);
        let value = cut(kind, if signed && (value as i64) < 0 { !value } else { value });
        if value == 0 {
            return u64::from(u32::MAX);
        }
        let position = 63 - value.leading_zeros();
        u64::from(if amount { width - 1 - position } else { position })
    }))
}

fn permute(code: &Opcode<'_>) -> Result<Operation, String> {
    let mode = code.one_of(&["f4e", "b4e", "rc8", "ecl", "ecr", "rc16"]);
    Ok(ternary(move |a, b, c| {
        let bytes = (u64::from(b as u32) << 32 | u64::from(a as u32)).to_le_bytes();
        let n = (c & 3) as usize;
        let chosen: [usize; 4] = match mode {
            Some("f4e") => std::array::from_fn(|i| n + i),
            Some("b4e") => std::array::from_fn(|i| (n + 8 - i) & 7),
            Some("rc8") => [n; 4],
            Some("ecl") => std::array::from_fn(|i| i.max(n)),
            Some("ecr") => std::array::from_fn(|i| i.min(n)),
            Some(_) => std::array::from_fn(|i| (n & 1) * 2 + (i & 1)),
            None => std::array::from_fn(|i| (c >> (4 * i) & 0xf) as usize),
        };
        let result = chosen.map(|at| {
            let byte = bytes[at & 7];
            // The selector's top bit spreads the byte's sign instead.
            if at & 8 != 0 { (byte as i8 >> 7) as u8 } else { byte }
        });
        u32::from_le_bytes(result).into()
    }))
}

/// `bfi`: the low bits of `a` put into `b`. The row of places holds the position in its low half and the length above.
pub fn insert(kind: Type) -> Operation {
    let width = kind.size() as u32 * 8;
    ternary(move |a, b, place| {
        let (position, length) = (place as u32 & 0xff, (place >> 32) as u32 & 0xff);
        if length == 0 || position >= width {
            return cut(kind, b);
        }
        let mask = if length >= 64 { u64::MAX } else { (1 << length) - 1 } << position;
        cut(kind, b & !mask | a << position & mask)
    })
}

/// `lop3`: any function of three bits, given by its table.
pub fn lookup(table: u8) -> Operation {
    std::sync::Arc::new(move |out: &mut Row, a: &Row, b: &Row, c: &Row| {
        for lane in 0..LANES {
            let (a, b, c) = (a[lane], b[lane], c[lane]);
            let mut result = 0;
            for entry in (0..8).filter(|entry| table >> entry & 1 == 1) {
                let of = |value: u64, bit: u32| if entry >> bit & 1 == 1 { value } else { !value };
                result |= of(a, 2) & of(b, 1) & of(c, 0);
            }
            out[lane] = u64::from(result as u32);
        }
    })
}
