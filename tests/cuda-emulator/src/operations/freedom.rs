//! What hardware and its assembler may compute otherwise than rounded once: results then differ in their last digits.

use std::sync::LazyLock;

/// Whether to make use of what is left to them: to fuse products with the sums behind them, and to miss approximate results by some
/// units of the last place.
static TAKEN: LazyLock<bool> =
    LazyLock::new(|| std::env::var("FERROLAB_EMULATOR_FREEDOM").is_ok_and(|value| value == "1"));

pub(crate) fn as_hardware_may() -> bool {
    *TAKEN
}

/// An approximate result: off by up to `units` of the last place, the same for the same bits.
pub(super) fn approximate(value: f32, units: u32) -> f32 {
    if !as_hardware_may() || !value.is_normal() || value == 1.0 {
        return value;
    }
    let bits = value.to_bits();
    let mixed = bits.wrapping_mul(0x9e37_79b9).rotate_left(15).wrapping_mul(0x85eb_ca6b) >> 8;
    let off = f32::from_bits(bits.wrapping_add(mixed % (2 * units + 1)).wrapping_sub(units));
    if off.is_normal() { off } else { value }
}
