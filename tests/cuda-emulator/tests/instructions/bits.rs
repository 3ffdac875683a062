//! Logic, shifts, fields and permutations of bits.

use crate::{INTEGERS, check1, check2, check3, run};

const AMOUNTS: [u64; 9] = [0, 1, 15, 16, 31, 32, 33, 63, 0xffff_ffff];

#[test]
fn logic_works_on_every_bit() {
    check2("and.b32 %r0, %r1, %r2", &INTEGERS, |a, b| u64::from((a & b) as u32));
    check2("or.b64 %l0, %l1, %l2", &INTEGERS, |a, b| a | b);
    check2("xor.b32 %r0, %r1, %r2", &INTEGERS, |a, b| u64::from((a ^ b) as u32));
    check1("not.b32 %r0, %r1", &INTEGERS, |a| u64::from(!a as u32));
    check1("not.b64 %l0, %l1", &INTEGERS, |a| !a);
    check1("cnot.b32 %r0, %r1", &INTEGERS, |a| u64::from(a as u32 == 0));
    check1("not.pred %p0, %p1", &INTEGERS, |a| !a & 1);
    check2("xor.pred %p0, %p1, %p2", &INTEGERS, |a, b| (a ^ b) & 1);
}

#[test]
fn shifts_beyond_the_width_leave_zeros_or_the_sign() {
    for amount in AMOUNTS {
        let with = |text: &str| text.replace('N', &amount.to_string());
        check1(&with("shl.b32 %r0, %r1, N"), &INTEGERS, |a| {
            u64::from((a as u32).checked_shl(amount as u32).unwrap_or(0))
        });
        check1(&with("shl.b64 %l0, %l1, N"), &INTEGERS, |a| a.checked_shl(amount as u32).unwrap_or(0));
        check1(&with("shr.u32 %r0, %r1, N"), &INTEGERS, |a| {
            u64::from((a as u32).checked_shr(amount as u32).unwrap_or(0))
        });
        check1(&with("shr.s32 %r0, %r1, N"), &INTEGERS, |a| (a as i32 >> amount.min(31)) as u32 as u64);
        check1(&with("shr.s64 %l0, %l1, N"), &INTEGERS, |a| (a as i64 >> amount.min(63)) as u64);
        check1(&with("shr.u16 %h0, %h1, N"), &INTEGERS, |a| {
            u64::from((a as u16).checked_shr(amount as u32).unwrap_or(0))
        });
    }
}

#[test]
fn funnel_shifts_wrap_or_clamp_their_amount() {
    let amounts = [0, 1, 31, 32, 33, 64];
    let joined = |a: u64, b: u64| b << 32 | u64::from(a as u32);
    check3("shf.l.wrap.b32 %r0, %r1, %r2, %r3", &INTEGERS, &amounts, |a, b, n| {
        (joined(a, b) << (n & 31)) >> 32
    });
    check3("shf.r.wrap.b32 %r0, %r1, %r2, %r3", &INTEGERS, &amounts, |a, b, n| {
        u64::from((joined(a, b) >> (n & 31)) as u32)
    });
    check3("shf.l.clamp.b32 %r0, %r1, %r2, %r3", &INTEGERS, &amounts, |a, b, n| {
        if n >= 32 { u64::from(a as u32) } else { (joined(a, b) << n) >> 32 }
    });
    check3("shf.r.clamp.b32 %r0, %r1, %r2, %r3", &INTEGERS, &amounts, |a, b, n| {
        u64::from((joined(a, b) >> n.min(32)) as u32)
    });
}

#[test]
fn bits_are_counted_reversed_and_found() {
    check1("popc.b32 %r0, %r1", &INTEGERS, |a| (a as u32).count_ones().into());
    check1("popc.b64 %r0, %l1", &INTEGERS, |a| a.count_ones().into());
    check1("clz.b32 %r0, %r1", &INTEGERS, |a| (a as u32).leading_zeros().into());
    check1("clz.b64 %r0, %l1", &INTEGERS, |a| a.leading_zeros().into());
    check1("brev.b32 %r0, %r1", &INTEGERS, |a| (a as u32).reverse_bits().into());
    check1("brev.b64 %l0, %l1", &INTEGERS, u64::reverse_bits);
    check1("bfind.u32 %r0, %r1", &INTEGERS, |a| u64::from((a as u32).checked_ilog2().unwrap_or(u32::MAX)));
    check1("bfind.s32 %r0, %r1", &INTEGERS, |a| {
        let a = a as i32;
        u64::from((if a < 0 { !a } else { a } as u32).checked_ilog2().unwrap_or(u32::MAX))
    });
}

#[test]
fn fields_are_cut_out_bit_by_bit_as_the_manual_says() {
    let places = [0, 1, 5, 31, 32, 40, 255];
    for length in [0, 1, 8, 31, 32, 33, 255] {
        for place in places {
            let text = format!("bfe.s32 %r0, %r1, {place}, {length}");
            check1(&text, &INTEGERS, |a| extracted(a, place, length, true));
            let text = format!("bfe.u32 %r0, %r1, {place}, {length}");
            check1(&text, &INTEGERS, |a| extracted(a, place, length, false));
            let text = format!("bfi.b32 %r0, %r1, %r2, {place}, {length}");
            check2(&text, &INTEGERS, |a, b| {
                let bits = (0..32).map(|bit| {
                    let inside = bit >= place && bit < place + length;
                    u64::from(if inside { a >> (bit - place) & 1 } else { b >> bit & 1 } as u32) << bit
                });
                bits.sum()
            });
        }
    }
}

/// The manual's definition: bits beyond the field, or beyond the value, are the sign.
fn extracted(a: u64, place: u32, length: u32, signed: bool) -> u64 {
    let sign = match (signed, length) {
        (false, _) | (_, 0) => 0,
        _ => a >> (place + length - 1).min(31) & 1,
    };
    let bits = (0..32u32).map(|bit| {
        let inside = bit < length && place + bit < 32;
        (if inside { a >> (place + bit) & 1 } else { sign }) << bit
    });
    bits.sum()
}

#[test]
fn bytes_are_permuted_by_a_selector_or_a_mode() {
    let (a, b) = (0x8877_6655u64, 0x4433_2211);
    let find = |text: &str, c: u64| run(text, &[&[a], &[b], &[c]])[0];
    assert_eq!(find("prmt.b32 %r0, %r1, %r2, %r3", 0x3210), a);
    assert_eq!(find("prmt.b32 %r0, %r1, %r2, %r3", 0x7654), b);
    assert_eq!(find("prmt.b32 %r0, %r1, %r2, %r3", 0x5140), 0x2266_1155);
    // The eighth bit of a selector spreads the sign.
    assert_eq!(find("prmt.b32 %r0, %r1, %r2, %r3", 0xb8b8), 0xff00_ff00);
    assert_eq!(find("prmt.b32.f4e %r0, %r1, %r2, %r3", 1), 0x1188_7766);
    assert_eq!(find("prmt.b32.rc8 %r0, %r1, %r2, %r3", 2), 0x7777_7777);
    assert_eq!(find("prmt.b32.rc16 %r0, %r1, %r2, %r3", 1), 0x8877_8877);
}

#[test]
fn any_function_of_three_bits_is_found_in_its_table() {
    let third = [0xf0f0_1234];
    check3("lop3.b32 %r0, %r1, %r2, %r3, 0x80", &INTEGERS, &third, |a, b, c| u64::from((a & b & c) as u32));
    check3("lop3.b32 %r0, %r1, %r2, %r3, 0x96", &INTEGERS, &third, |a, b, c| u64::from((a ^ b ^ c) as u32));
    check3("lop3.b32 %r0, %r1, %r2, %r3, 0xca", &INTEGERS, &third, |a, b, c| {
        u64::from((a & b | !a & c) as u32)
    });
}

#[test]
fn values_are_packed_and_unpacked() {
    check1("mov.b64 %l0, %l1; mov.b64 {%r4, %r5}, %l1; mov.b64 %l0, {%r5, %r4}", &INTEGERS, |a| {
        a.rotate_left(32)
    });
    check1("mov.b32 %r0, %r1; mov.b32 {%h4, %h5}, %r1; mov.b32 %r0, {%h5, %h4}", &INTEGERS, |a| {
        u64::from((a as u32).rotate_left(16))
    });
    check1(
        "mov.b64 %l0, %l1; mov.b64 {%h4, %h5, %h6, %h7}, %l1; mov.b64 %l0, {%h7, %h6, %h5, %h4}",
        &INTEGERS,
        swapped,
    );
}

/// The four 16-bit parts in the opposite order.
fn swapped(a: u64) -> u64 {
    (0..4).map(|part| (a >> (16 * part) & 0xffff) << (48 - 16 * part)).sum()
}
