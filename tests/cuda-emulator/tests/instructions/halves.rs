//! f16 and bf16: exact in f32, rounded once.

use crate::{check2, run};

/// The values of the bits of an f16, for numbers that are normal or zero.
fn value(bits: u64) -> f64 {
    let (exponent, fraction) = (bits >> 10 & 0x1f, (bits & 0x3ff) as f64);
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        _ => (1024.0 + fraction) * 2f64.powi(exponent as i32 - 25),
    };
    if bits >> 15 & 1 == 1 { -size } else { size }
}

const HALVES: [u64; 10] = [0, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0xbc00, 0x3555, 0x7bff, 0x4248];

/// The f16 nearest to a value, found by trying all of them.
fn nearest(exact: f64) -> u64 {
    let finite = (0..0x7c00u64).min_by(|a, b| {
        let distance = |bits: &u64| (value(*bits) - exact.abs()).abs();
        distance(a).total_cmp(&distance(b)).then((a & 1).cmp(&(b & 1)))
    });
    let bits = if exact.abs() >= 65520.0 { 0x7c00 } else { finite.unwrap() };
    bits | if exact.is_sign_negative() { 0x8000 } else { 0 }
}

#[test]
fn sums_and_products_of_f16_are_the_nearest_halves() {
    check2("add.f16 %h0, %h1, %h2", &HALVES, |a, b| nearest(value(a) + value(b)));
    check2("mul.f16 %h0, %h1, %h2", &HALVES, |a, b| nearest(value(a) * value(b)));
    check2("sub.rn.f16 %h0, %h1, %h2", &HALVES, |a, b| nearest(value(a) - value(b)));
    check2(
        "max.f16 %h0, %h1, %h2",
        &[0, 0x3c00, 0xbc00, 0x7bff],
        |a, b| if value(a) > value(b) { a } else { b },
    );
    check2("setp.lt.f16 %p0, %h1, %h2", &HALVES, |a, b| u64::from(value(a) < value(b)));
}

#[test]
fn pairs_are_computed_half_by_half() {
    let pair = |high: u64, low: u64| high << 16 | low;
    let found = run(
        "fma.rn.f16x2 %r0, %r1, %r2, %r3",
        &[&[pair(0x4000, 0x3c00)], &[pair(0x4200, 0xbc00)], &[pair(0, 0x3c00)]],
    );
    assert_eq!(found, [pair(0x4600, 0)], "2 * 3 + 0 and 1 * -1 + 1");
    assert_eq!(run("neg.f16x2 %r0, %r1", &[&[pair(0x3c00, 0xbc00)]]), [pair(0xbc00, 0x3c00)]);
    assert_eq!(run("abs.f16 %h0, %h1", &[&[0xbc00]]), [0x3c00]);
}

#[test]
fn bf16_keeps_the_upper_half_of_an_f32() {
    let bits = |value: f32| u64::from(value.to_bits());
    assert_eq!(run("cvt.rn.bf16.f32 %h0, %f1", &[&[bits(1.5)]]), [0x3fc0]);
    // Exactly between two: to the even one.
    assert_eq!(run("cvt.rn.bf16.f32 %h0, %f1", &[&[0x3f80_8000]]), [0x3f80]);
    assert_eq!(run("cvt.rn.bf16x2.f32 %r0, %f1, %f2", &[&[bits(1.0)], &[bits(2.0)]]), [0x3f80_4000]);
    assert_eq!(
        run("fma.rn.bf16 %h0, %h1, %h2, %h3", &[&[0x4000], &[0x4040], &[0x3f80]]),
        [0x40e0],
        "2 * 3 + 1"
    );
}

#[test]
fn halves_become_singles_exactly_and_singles_halves_rounded() {
    for bits in [0u64, 1, 0x3ff, 0x400, 0x3555, 0x7bff, 0x8001, 0xfbff] {
        let single = u64::from((value(bits) as f32).to_bits());
        assert_eq!(run("cvt.f32.f16 %f0, %h1", &[&[bits]]), [single]);
        assert_eq!(run("cvt.rn.f16.f32 %h0, %f1", &[&[single]]), [bits]);
    }
    let third = u64::from((1f32 / 3.0).to_bits());
    assert_eq!(run("cvt.rz.f16.f32 %h0, %f1", &[&[third]]), [0x3555]);
    assert_eq!(run("cvt.rn.f16.f32 %h0, %f1", &[&[u64::from(65520f32.to_bits())]]), [0x7c00], "infinity");
    assert_eq!(run("cvt.sat.f16.f16 %h0, %h1", &[&[0x4000]]), [0x3c00]);
}
