//! Structs of sizes that kernels take by value, in words of 32 bits.

/// The words of a struct, field by field.
pub(super) fn words<const N: usize>(fields: &[&[u32]]) -> [u32; N] {
    let words = fields.concat();
    let count = words.len();
    words.try_into().unwrap_or_else(|_| panic!("{count} words for a struct of {N}"))
}

/// Sizes.
pub(super) fn sizes<const N: usize>(numbers: [usize; N]) -> [u32; N] {
    numbers.map(|number| {
        let word = u32::try_from(number).ok().filter(|&word| word < 1 << 31);
        word.unwrap_or_else(|| panic!("a GPU takes sizes below 2^31, got {number}"))
    })
}

/// Numbers that may be negative.
pub(super) fn signed<const N: usize>(numbers: [i64; N]) -> [u32; N] {
    numbers.map(|number| {
        let word = i32::try_from(number);
        word.unwrap_or_else(|_| panic!("a GPU takes numbers of 32 bits, got {number}")) as u32
    })
}

/// A `Divider` (`kernels/divider.cuh`), after Granlund and Montgomery, *Division by invariant integers using multiplication*,
/// PLDI 1994. Nothing is divided by 0: where a size is 0 there is nothing to compute.
pub(super) fn divider(by: usize) -> [u32; 3] {
    let [by] = sizes([by.max(1)]);
    let shift = u32::BITS - (by - 1).leading_zeros();
    let multiplier = ((1_u64 << 32) * ((1_u64 << shift) - u64::from(by)) / u64::from(by)) + 1;
    [by, multiplier as u32, shift]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiplication_and_a_shift_divide() {
        for by in (1..200).chain([255, 256, 257, 65_535, 65_536, 1_000_003, (1 << 30) + 1, (1 << 31) - 1]) {
            let [_, multiplier, shift] = divider(by);
            for n in [0, 1, by - 1, by, by + 1, 7 * by - 1, 7 * by, 12_345_678, (1 << 31) - 1] {
                let n = n.min((1 << 31) - 1) as u64;
                let high = (n * u64::from(multiplier)) >> 32;
                assert!(high + n < 1 << 32, "{n} / {by} has no room");
                assert_eq!((high + n) >> shift, n / by as u64, "{n} / {by}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "a GPU takes sizes below 2^31, got 2147483648")]
    fn sizes_have_31_bits() {
        sizes([1 << 31]);
    }
}
