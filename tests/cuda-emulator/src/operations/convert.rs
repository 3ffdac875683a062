//! Conversions between types: `cvt` with its roundings and its saturation.

use super::rounding::{F32, from_bf16, from_f16, narrow, round, to_bf16, to_f16, to_odd};
use super::{Operation, Rounding, binary, f32_bits, f32_of, f64_bits, f64_of, flush, unary, unsupported};
use crate::ptx::{Opcode, Type};

#[derive(Clone, Copy)]
struct Conversion {
    to: Type,
    from: Type,
    /// The rounding to an integer, of a float to a float or to an integer.
    integer: Option<Rounding>,
    rounding: Rounding,
    flush: bool,
    saturate: bool,
    relu: bool,
}

pub(super) fn find(code: &Opcode<'_>, sources: usize) -> Result<Operation, String> {
    let types = code.types();
    let [to, from] = types[..] else { return Err("a conversion has two types".into()) };
    let integer = code.one_of(&["rni", "rzi", "rmi", "rpi"]).map(|name| match name {
        "rzi" => Rounding::Zero,
        "rmi" => Rounding::Down,
        "rpi" => Rounding::Up,
        _ => Rounding::Nearest,
    });
    let conversion = Conversion {
        to,
        from,
        integer,
        rounding: code.rounding(),
        flush: code.has("ftz"),
        saturate: code.has("sat"),
        relu: code.has("relu"),
    };
    if [to, from].contains(&Type::Pred) || from.is_float() && matches!(from, Type::F16x2 | Type::Bf16x2) {
        return unsupported(code, from);
    }
    if matches!(to, Type::F16x2 | Type::Bf16x2) {
        if sources != 2 || from != Type::F32 {
            return Err("a conversion to a pair takes two f32".into());
        }
        // The first source goes to the upper half.
        let half = Conversion { to: if to == Type::F16x2 { Type::F16 } else { Type::Bf16 }, ..conversion };
        return Ok(binary(move |high, low| half.float(high) << 16 | half.float(low)));
    }
    if sources != 1 {
        return Err("a conversion takes one source".into());
    }
    Ok(match (to, from, conversion) {
        (Type::F32, Type::S32, Conversion { rounding: Rounding::Nearest, saturate: false, .. }) => {
            unary(|a| f32_bits(a as i32 as f32))
        }
        (Type::F32, Type::U32, Conversion { rounding: Rounding::Nearest, saturate: false, .. }) => {
            unary(|a| f32_bits(a as u32 as f32))
        }
        _ if from.is_float() && to.is_float() => unary(move |a| conversion.float(a)),
        _ if from.is_float() => unary(move |a| conversion.float_to_integer(a)),
        _ if to.is_float() => unary(move |a| conversion.integer_to_float(a)),
        _ => unary(move |a| conversion.integer(a)),
    })
}

impl Conversion {
    fn read(&self, bits: u64) -> f64 {
        match self.from {
            Type::F64 => f64_of(bits),
            Type::F16 => from_f16(bits),
            Type::Bf16 => from_bf16(bits),
            _ if self.flush => flush(f32_of(bits)).into(),
            _ => f32_of(bits).into(),
        }
    }

    /// The bits of an exact value in the target format.
    fn write(&self, value: f64) -> u64 {
        let value = match value {
            value if self.saturate => {
                if value > 0.0 {
                    value.min(1.0)
                } else {
                    0.0
                }
            }
            value if self.relu && value < 0.0 => 0.0,
            value => value,
        };
        match self.to {
            Type::F64 => f64_bits(value),
            Type::F16 => to_f16(value, self.rounding),
            Type::Bf16 => to_bf16(value, self.rounding),
            _ => {
                let rounded = match self.rounding {
                    Rounding::Nearest => value as f32,
                    rounding => narrow(value, F32, rounding) as f32,
                };
                f32_bits(if self.flush { flush(rounded) } else { rounded })
            }
        }
    }

    fn float(&self, bits: u64) -> u64 {
        let value = self.read(bits);
        self.write(self.integer.map_or(value, |rounding| round(value, rounding)))
    }

    fn float_to_integer(&self, bits: u64) -> u64 {
        let value = self.read(bits);
        if value.is_nan() {
            // Zero, unless something wide takes part: then only the highest bit is set.
            let wide = self.from == Type::F64 || self.to.size() == 8;
            return if wide { 1 << (self.to.size() * 8 - 1) } else { 0 };
        }
        let value = round(value, self.integer.unwrap_or(Rounding::Zero));
        // Rust's conversions saturate, as those of PTX do.
        match self.to {
            Type::S8 => value as i8 as i32 as u32 as u64,
            Type::U8 | Type::B8 => value as u8 as u64,
            Type::S16 => value as i16 as u16 as u64,
            Type::U16 | Type::B16 => value as u16 as u64,
            Type::S32 => value as i32 as u32 as u64,
            Type::U32 | Type::B32 => value as u32 as u64,
            Type::S64 => value as i64 as u64,
            _ => value as u64,
        }
    }

    fn integer_to_float(&self, bits: u64) -> u64 {
        let extended = self.from.extend(bits);
        let exact = if self.from.is_signed() { i128::from(extended as i64) } else { i128::from(extended) };
        let nearest = exact as f64;
        if self.to == Type::F64 {
            let missing = (exact - nearest as i128) as f64;
            return f64_bits(super::rounding::step(nearest, missing, self.rounding));
        }
        self.write(to_odd(nearest, (exact - nearest as i128) as f64))
    }

    fn integer(&self, bits: u64) -> u64 {
        let extended = self.from.extend(bits);
        if !self.saturate {
            return self.to.extend(extended);
        }
        let exact = if self.from.is_signed() { i128::from(extended as i64) } else { i128::from(extended) };
        let width = self.to.size() as u32 * 8;
        let (least, most) = if self.to.is_signed() {
            (-(1i128 << (width - 1)), (1i128 << (width - 1)) - 1)
        } else {
            (0, (1i128 << width) - 1)
        };
        exact.clamp(least, most) as u64
    }
}
