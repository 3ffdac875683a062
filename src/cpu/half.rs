//! [`Halves`]: numbers in 16 bits, and the ways from and to 32. Rounding is to the nearest, ties to even.

use crate::amp::Precision;
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};

/// Numbers a thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// A fixed number of 16-bit numbers. Their memory comes from the same store as that of all arrays.
pub struct Halves {
    /// Two numbers in each value.
    words: Buffer,
    len: usize,
    precision: Precision,
}

impl Halves {
    /// The nearest 16-bit numbers.
    pub fn from_values(values: &[f32], precision: Precision) -> Halves {
        let mut halves =
            Halves { words: Buffer::scratch(values.len().div_ceil(2)), len: values.len(), precision };
        threads::chunks_mut(halves.bits_mut(), BLOCK, |number, bits| {
            to_bits(&values[number * BLOCK..][..bits.len()], bits, precision);
        });
        halves
    }

    /// The same numbers in 32 bits.
    pub fn to_values(&self) -> Buffer {
        let mut values = Buffer::scratch(self.len);
        threads::chunks_mut(&mut values, BLOCK, |number, values| {
            from_bits(&self.bits()[number * BLOCK..][..values.len()], values, self.precision);
        });
        values
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    fn bits(&self) -> &[u16] {
        let words: &[f32] = &self.words;
        assert!(self.len <= 2 * words.len());
        // SAFETY: the words are at least `len` times two bytes of initialised memory, aligned for more than `u16`, which
        // has no invalid values; the result borrows `self` as they do.
        unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), self.len) }
    }

    fn bits_mut(&mut self) -> &mut [u16] {
        let len = self.len;
        let words: &mut [f32] = &mut self.words;
        assert!(len <= 2 * words.len());
        // SAFETY: as in `bits`; the words are borrowed mutably, and every pattern of bits is an `f32` too.
        unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), len) }
    }
}

/// Rounds to the nearest number that 16 bits can hold, in place.
pub fn round(values: &mut [f32], precision: Precision) {
    threads::chunks_mut(values, BLOCK, |_, values| {
        let mut bits = [0; 1024];
        for values in values.chunks_mut(bits.len()) {
            let bits = &mut bits[..values.len()];
            to_bits(values, bits, precision);
            from_bits(bits, values, precision);
        }
    });
}

fn to_bits(values: &[f32], bits: &mut [u16], precision: Precision) {
    match precision {
        Precision::Bf16 => bits.reinterpret_cast_mut::<bf16>().convert_from_f32_slice(values),
        Precision::F16 => bits.reinterpret_cast_mut::<f16>().convert_from_f32_slice(values),
    }
}

fn from_bits(bits: &[u16], values: &mut [f32], precision: Precision) {
    match precision {
        Precision::Bf16 => bits.reinterpret_cast::<bf16>().convert_to_f32_slice(values),
        Precision::F16 => bits.reinterpret_cast::<f16>().convert_to_f32_slice(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_even_neighbour() {
        // Of 8 bits of precision, 1 + 1/128 is the neighbour of 1; 1 + 1/256 lies half way.
        let mut values = [1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0, 1.0 + 1.01 / 256.0, -0.0];
        round(&mut values, Precision::Bf16);
        assert_eq!(values.map(f32::to_bits), [1.0f32, 1.015625, 1.0078125, -0.0].map(f32::to_bits));
        let mut values = [1.0 + 1.0 / 2048.0, 1.0 + 3.0 / 2048.0, 65519.0, 65520.0, 6e-8, 1e-8];
        round(&mut values, Precision::F16);
        assert_eq!(values, [1.0, 1.001_953_1, 65504.0, f32::INFINITY, 5.9604645e-8, 0.0]);
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        for precision in [Precision::Bf16, Precision::F16] {
            let mut values = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
            round(&mut values, precision);
            assert!(values[0] == f32::INFINITY && values[1] == f32::NEG_INFINITY && values[2].is_nan());
        }
    }

    #[test]
    fn any_number_of_values_goes_there_and_back() {
        for len in [0, 1, 2, 3, 1023, 1025, 40_001] {
            let mut values: Vec<f32> = (0..len).map(|i| (i as f32 - 500.0) * 0.37).collect();
            for precision in [Precision::Bf16, Precision::F16] {
                let halves = Halves::from_values(&values, precision);
                let back = halves.to_values();
                round(&mut values, precision);
                assert_eq!((halves.len(), &back[..]), (len, &values[..]));
            }
        }
    }
}
