//! The numbers in a file: every format is read as 32-bit floats; three are written.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::tensor::Dtype;

/// How many bits of each number a file keeps. Computing is always in 32-bit floats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// 32-bit floats: nothing is lost.
    #[default]
    F32,
    /// 16-bit floats: half the file, three significant digits, numbers up to 65504. What most published weights are in.
    F16,
    /// 16-bit floats with the range of 32-bit ones: half the file, two significant digits.
    Bf16,
}

impl Storage {
    pub(super) fn dtype(self) -> Dtype {
        match self {
            Storage::F32 => Dtype::F32,
            Storage::F16 => Dtype::F16,
            Storage::Bf16 => Dtype::BF16,
        }
    }
}

/// Little-endian bytes, rounded to the nearest; or the first number that is too large for the precision.
pub(super) fn encode(values: &[f32], storage: Storage) -> Result<Vec<u8>, f32> {
    let bytes = |to: fn(f32) -> ([u8; 2], bool)| -> Result<Vec<u8>, f32> {
        let mut bytes = Vec::with_capacity(2 * values.len());
        for &value in values {
            let (two, finite) = to(value);
            if value.is_finite() && !finite {
                return Err(value);
            }
            bytes.extend(two);
        }
        Ok(bytes)
    };
    match storage {
        Storage::F32 => Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Storage::F16 => bytes(|value| {
            let value = f16::from_f32(value);
            (value.to_le_bytes(), value.is_finite())
        }),
        Storage::Bf16 => bytes(|value| {
            let value = bf16::from_f32(value);
            (value.to_le_bytes(), value.is_finite())
        }),
    }
}

/// The numbers that little-endian bytes stand for; or what cannot be read, and why. Floats are rounded to the nearest, whole
/// numbers must be exact: they are indices and counts.
pub(super) fn decode(dtype: Dtype, bytes: &[u8]) -> Result<Vec<f32>, String> {
    macro_rules! whole {
        ($Number:ty) => {
            bytes
                .as_chunks::<{ size_of::<$Number>() }>()
                .0
                .iter()
                .map(|&bytes| {
                    let number = <$Number>::from_le_bytes(bytes);
                    let value = number as f32;
                    // In 128 bits, where nothing saturates.
                    if value as i128 == i128::from(number) {
                        Ok(value)
                    } else {
                        Err(format!("the whole number {number}, which no 32-bit float is equal to"))
                    }
                })
                .collect()
        };
    }
    let halves = || bytes.as_chunks::<2>().0.iter().map(|&bytes| u16::from_le_bytes(bytes));
    match dtype {
        Dtype::F32 => Ok(bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()),
        Dtype::F64 => {
            Ok(bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect())
        }
        Dtype::F16 => {
            let halves: Vec<f16> = halves().map(f16::from_bits).collect();
            let mut values = vec![0.0; halves.len()];
            halves.convert_to_f32_slice(&mut values);
            Ok(values)
        }
        Dtype::BF16 => Ok(halves().map(|bits| bf16::from_bits(bits).to_f32()).collect()),
        Dtype::BOOL => Ok(bytes.iter().map(|&byte| if byte == 0 { 0.0 } else { 1.0 }).collect()),
        Dtype::U8 => Ok(bytes.iter().map(|&byte| f32::from(byte)).collect()),
        Dtype::I8 => whole!(i8),
        Dtype::U16 => whole!(u16),
        Dtype::I16 => whole!(i16),
        Dtype::U32 => whole!(u32),
        Dtype::I32 => whole!(i32),
        Dtype::U64 => whole!(u64),
        Dtype::I64 => whole!(i64),
        // Four, six and eight bits make sense only with scales that a file keeps elsewhere.
        other => Err(format!("{other:?}, which is not read: save it as 16-bit or 32-bit floats")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_or_refused() {
        let of = |numbers: &[i64]| {
            decode(Dtype::I64, &numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>())
        };
        assert_eq!(of(&[-3, 0, 1 << 24, 1 << 40]), Ok(vec![-3.0, 0.0, 16_777_216.0, 1_099_511_627_776.0]));
        for number in [(1 << 24) + 1, -(1 << 24) - 1, i64::MAX] {
            let text = format!("the whole number {number}, which no 32-bit float is equal to");
            assert_eq!(of(&[number]), Err(text));
        }
        assert_eq!(of(&[i64::MIN]), Ok(vec![-9_223_372_036_854_775_808.0]));
        assert_eq!(decode(Dtype::I8, &[127, 128]), Ok(vec![127.0, -128.0]));
        assert_eq!(decode(Dtype::U16, &[255, 255]), Ok(vec![65535.0]));
        assert_eq!(decode(Dtype::BOOL, &[0, 1]), Ok(vec![0.0, 1.0]));
    }

    #[test]
    fn a_number_too_large_for_half_precision_is_refused() {
        assert_eq!(encode(&[1.0, 65504.0, -1e5], Storage::F16), Err(-1e5));
        assert_eq!(encode(&[1e5], Storage::Bf16).map(|bytes| bytes.len()), Ok(2));
        assert_eq!(encode(&[f32::INFINITY, f32::NAN], Storage::F16).map(|bytes| bytes.len()), Ok(4));
    }
}
