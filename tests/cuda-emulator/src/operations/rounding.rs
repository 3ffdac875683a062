//! Rounding of exact results: to narrow formats and in every direction that PTX names.

/// A rounding mode of PTX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// `.rn`: to the nearest, ties to even.
    Nearest,
    /// `.rna`: to the nearest, ties away from zero.
    NearestAway,
    /// `.rz`
    Zero,
    /// `.rm`
    Down,
    /// `.rp`
    Up,
}

/// A binary floating point format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    mantissa: i32,
    smallest_exponent: i32,
    largest: f64,
}

pub const F16: Format = Format { mantissa: 10, smallest_exponent: -14, largest: 65504.0 };
pub const BF16: Format = Format { mantissa: 7, smallest_exponent: -126, largest: 3.3895313892515355e38 };
pub const F32: Format = Format { mantissa: 23, smallest_exponent: -126, largest: f32::MAX as f64 };

/// `value` rounded to a format no wider than f32; subnormals are kept. Exact if `value` is.
pub fn narrow(value: f64, format: Format, rounding: Rounding) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let quantum = exponent.max(format.smallest_exponent) - format.mantissa;
    let steps = round(value * power_of_two(-quantum), rounding);
    let rounded = steps * power_of_two(quantum);
    if rounded.abs() <= format.largest {
        return rounded;
    }
    let stays_finite = match rounding {
        Rounding::Nearest | Rounding::NearestAway => false,
        Rounding::Zero => true,
        Rounding::Down => value > 0.0,
        Rounding::Up => value < 0.0,
    };
    if stays_finite { format.largest.copysign(value) } else { f64::INFINITY.copysign(value) }
}

/// `value` rounded to an integer.
pub fn round(value: f64, rounding: Rounding) -> f64 {
    match rounding {
        Rounding::Nearest => value.round_ties_even(),
        Rounding::NearestAway => value.round(),
        Rounding::Zero => value.trunc(),
        Rounding::Down => value.floor(),
        Rounding::Up => value.ceil(),
    }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// The exact sum as a rounded value and what is missing to it.
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// The exact product as a rounded value and what is missing to it.
pub fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// `value + error` rounded to odd: a later rounding to a format two bits narrower or more is then exact.
pub fn to_odd(value: f64, error: f64) -> f64 {
    if error == 0.0 || !value.is_finite() || error.is_nan() {
        return value;
    }
    let bits = value.to_bits();
    let truncated = if (error > 0.0) == (value > 0.0) { bits } else { bits - 1 };
    f64::from_bits(truncated | 1)
}

/// The f64 for `nearest + error` in another direction than to the nearest. `error` need only have the right sign.
pub fn step(nearest: f64, error: f64, rounding: Rounding) -> f64 {
    // An infinity from finite numbers is above what it stands for, and its error is not a number.
    let error = if nearest.is_infinite() && error.is_nan() { -nearest } else { error };
    match rounding {
        Rounding::Up if error > 0.0 => nearest.next_up(),
        Rounding::Down if error < 0.0 => nearest.next_down(),
        Rounding::Zero if nearest > 0.0 && error < 0.0 => nearest.next_down(),
        Rounding::Zero if nearest < 0.0 && error > 0.0 => nearest.next_up(),
        // -inf rounded up, inf rounded down: the signs above cover them.
        _ => nearest,
    }
}

/// The value of the bits of an f16.
pub fn from_f16(bits: u64) -> f64 {
    let bits = bits as u16;
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10 & 0x1f) as i32, (bits & 0x3ff) as f64);
    match exponent {
        0 => sign * fraction * power_of_two(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1024.0 + fraction) * power_of_two(exponent - 25),
    }
}

/// The bits of the f16 nearest to `value`, or next to it in the direction asked for.
pub fn to_f16(value: f64, rounding: Rounding) -> u64 {
    if value.is_nan() {
        return 0x7fff;
    }
    let value = narrow(value, F16, rounding);
    let sign = u64::from(value.is_sign_negative()) << 15;
    let size = value.abs();
    if size.is_infinite() {
        return sign | 0x7c00;
    }
    if size < power_of_two(-14) {
        return sign | (size * power_of_two(24)) as u64;
    }
    let bits = size.to_bits();
    let exponent = (bits >> 52) as i64 - 1023 + 15;
    sign | (exponent as u64) << 10 | (bits >> 42 & 0x3ff)
}

/// The value of the bits of a bf16.
pub fn from_bf16(bits: u64) -> f64 {
    f32::from_bits((bits as u32) << 16) as f64
}

/// The bits of the bf16 nearest to `value`, or next to it in the direction asked for.
pub fn to_bf16(value: f64, rounding: Rounding) -> u64 {
    if value.is_nan() {
        return 0x7fff;
    }
    (narrow(value, BF16, rounding) as f32).to_bits() as u64 >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f16_survives_the_way_to_f64_and_back() {
        for bits in 0..=u16::MAX as u64 {
            let value = from_f16(bits);
            if !value.is_nan() {
                assert_eq!(to_f16(value, Rounding::Nearest), bits, "{bits:#x}");
            }
        }
    }

    #[test]
    fn narrowing_to_f32_agrees_with_the_processor() {
        for value in
            [1.0 + 2f64.powi(-24), 1.0 + 3.0 * 2f64.powi(-24), 1e-40, -1e-46, 3.5e38, 1e300, 0.1, -7.3]
        {
            assert_eq!(narrow(value, F32, Rounding::Nearest) as f32, value as f32, "{value}");
            assert!(narrow(value, F32, Rounding::Down) <= value);
            assert!(narrow(value, F32, Rounding::Up) >= value);
            assert!(narrow(value, F32, Rounding::Zero).abs() <= value.abs());
        }
        assert_eq!(narrow(1e300, F32, Rounding::Zero), f32::MAX as f64);
        assert_eq!(narrow(-1e300, F32, Rounding::Down), f64::NEG_INFINITY);
    }

    #[test]
    fn rounding_to_odd_keeps_what_a_tie_depends_on() {
        // Half way between two f32, and a little more.
        let tie = 1.0 + 2f64.powi(-24);
        assert_eq!(narrow(tie, F32, Rounding::Nearest), 1.0);
        assert_eq!(narrow(to_odd(tie, 1e-30), F32, Rounding::Nearest), 1.0 + 2f64.powi(-23));
    }
}
