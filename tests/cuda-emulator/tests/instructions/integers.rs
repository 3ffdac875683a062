//! Integer arithmetic and comparisons.

use crate::{INTEGERS, check1, check2, check3, run};

fn s32(value: u64) -> i32 {
    value as i32
}

fn back(value: i32) -> u64 {
    u64::from(value as u32)
}

#[test]
fn sums_and_differences_wrap_around() {
    check2("add.s32 %r0, %r1, %r2", &INTEGERS, |a, b| back(s32(a).wrapping_add(s32(b))));
    check2("sub.u32 %r0, %r1, %r2", &INTEGERS, |a, b| back(s32(a).wrapping_sub(s32(b))));
    check2("add.s64 %l0, %l1, %l2", &INTEGERS, u64::wrapping_add);
    check2("sub.s64 %l0, %l1, %l2", &INTEGERS, u64::wrapping_sub);
    check2("add.s16 %h0, %h1, %h2", &INTEGERS, |a, b| (a as u16).wrapping_add(b as u16).into());
}

#[test]
fn saturating_sums_stop_at_the_ends() {
    check2("add.sat.s32 %r0, %r1, %r2", &INTEGERS, |a, b| back(s32(a).saturating_add(s32(b))));
    check2("sub.sat.s32 %r0, %r1, %r2", &INTEGERS, |a, b| back(s32(a).saturating_sub(s32(b))));
}

#[test]
fn products_have_a_low_half_a_high_half_and_a_whole() {
    check2("mul.lo.s32 %r0, %r1, %r2", &INTEGERS, |a, b| back(s32(a).wrapping_mul(s32(b))));
    check2("mul.hi.s32 %r0, %r1, %r2", &INTEGERS, |a, b| {
        ((i64::from(s32(a)) * i64::from(s32(b))) >> 32) as u32 as u64
    });
    check2("mul.hi.u32 %r0, %r1, %r2", &INTEGERS, |a, b| (u64::from(a as u32) * u64::from(b as u32)) >> 32);
    check2("mul.wide.s32 %l0, %r1, %r2", &INTEGERS, |a, b| (i64::from(s32(a)) * i64::from(s32(b))) as u64);
    check2("mul.wide.u32 %l0, %r1, %r2", &INTEGERS, |a, b| u64::from(a as u32) * u64::from(b as u32));
    check2("mul.wide.s16 %r0, %h1, %h2", &INTEGERS, |a, b| back(i32::from(a as i16) * i32::from(b as i16)));
    check2("mul.lo.s64 %l0, %l1, %l2", &INTEGERS, u64::wrapping_mul);
    check2("mul.hi.u64 %l0, %l1, %l2", &INTEGERS, |a, b| ((u128::from(a) * u128::from(b)) >> 64) as u64);
    check2("mul.hi.s64 %l0, %l1, %l2", &INTEGERS, |a, b| {
        ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64
    });
    check2("mul24.lo.u32 %r0, %r1, %r2", &INTEGERS, |a, b| ((a & 0xff_ffff) * (b & 0xff_ffff)) as u32 as u64);
}

#[test]
fn a_product_can_be_added_to_something() {
    let third = [0, 5, 0xffff_ffff, u64::MAX];
    check3("mad.lo.s32 %r0, %r1, %r2, %r3", &INTEGERS, &third, |a, b, c| {
        back(s32(a).wrapping_mul(s32(b)).wrapping_add(s32(c)))
    });
    check3("mad.hi.u32 %r0, %r1, %r2, %r3", &INTEGERS, &third, |a, b, c| {
        (((u64::from(a as u32) * u64::from(b as u32)) >> 32) as u32).wrapping_add(c as u32).into()
    });
    check3("mad.wide.u32 %l0, %r1, %r2, %l3", &INTEGERS, &third, |a, b, c| {
        (u64::from(a as u32) * u64::from(b as u32)).wrapping_add(c)
    });
    check3("mad.wide.s32 %l0, %r1, %r2, %l3", &INTEGERS, &third, |a, b, c| {
        (i64::from(s32(a)) * i64::from(s32(b))).wrapping_add(c as i64) as u64
    });
    check3("mad.lo.s64 %l0, %l1, %l2, %l3", &INTEGERS, &third, |a, b, c| a.wrapping_mul(b).wrapping_add(c));
}

#[test]
fn division_by_zero_gives_all_ones_and_never_stops_the_emulator() {
    check2("div.u32 %r0, %r1, %r2", &INTEGERS, |a, b| {
        (a as u32).checked_div(b as u32).unwrap_or(u32::MAX).into()
    });
    check2("div.s32 %r0, %r1, %r2", &INTEGERS, |a, b| {
        back(if s32(b) == 0 { -1 } else { s32(a).wrapping_div(s32(b)) })
    });
    check2("rem.s32 %r0, %r1, %r2", &INTEGERS, |a, b| {
        back(if s32(b) == 0 { s32(a) } else { s32(a).wrapping_rem(s32(b)) })
    });
    check2("rem.u64 %l0, %l1, %l2", &INTEGERS, |a, b| a.checked_rem(b).unwrap_or(a));
    check2("div.s64 %l0, %l1, %l2", &INTEGERS, |a, b| {
        if b == 0 { u64::MAX } else { (a as i64).wrapping_div(b as i64) as u64 }
    });
}

#[test]
fn extremes_and_signs_follow_the_type() {
    check2("min.s32 %r0, %r1, %r2", &INTEGERS, |a, b| back(s32(a).min(s32(b))));
    check2("max.u32 %r0, %r1, %r2", &INTEGERS, |a, b| (a as u32).max(b as u32).into());
    check2("max.s64 %l0, %l1, %l2", &INTEGERS, |a, b| (a as i64).max(b as i64) as u64);
    check2("min.s16 %h0, %h1, %h2", &INTEGERS, |a, b| (a as i16).min(b as i16) as u16 as u64);
    check1("neg.s32 %r0, %r1", &INTEGERS, |a| back(s32(a).wrapping_neg()));
    check1("abs.s32 %r0, %r1", &INTEGERS, |a| back(s32(a).wrapping_abs()));
    check1("abs.s64 %l0, %l1", &INTEGERS, |a| (a as i64).wrapping_abs() as u64);
    check3("sad.u32 %r0, %r1, %r2, %r3", &INTEGERS, &[1], |a, b, c| {
        (c as u32).wrapping_add((a as u32).abs_diff(b as u32)).into()
    });
}

#[test]
fn the_carry_flag_joins_halves_to_wide_numbers() {
    let wide = "mov.b64 {%r4, %r5}, %l1; mov.b64 {%r6, %r7}, %l2";
    for (first, second, expected) in
        [("add.cc", "addc", u64::wrapping_add as fn(u64, u64) -> u64), ("sub.cc", "subc", u64::wrapping_sub)]
    {
        let text = format!(
            "mov.b64 %l0, 0; {wide}; {first}.u32 %r4, %r4, %r6; {second}.u32 %r5, %r5, %r7; mov.b64 %l0, {{%r4, %r5}}"
        );
        check2(&text, &INTEGERS, expected);
    }
}

#[test]
fn comparisons_follow_the_type_and_combine_with_a_predicate() {
    check2("setp.lt.s32 %p0, %r1, %r2", &INTEGERS, |a, b| u64::from(s32(a) < s32(b)));
    check2("setp.lo.u32 %p0, %r1, %r2", &INTEGERS, |a, b| u64::from((a as u32) < b as u32));
    check2("setp.ge.s64 %p0, %l1, %l2", &INTEGERS, |a, b| u64::from(a as i64 >= b as i64));
    check2("setp.hi.u64 %p0, %l1, %l2", &INTEGERS, |a, b| u64::from(a > b));
    check2("setp.ne.s16 %p0, %h1, %h2", &INTEGERS, |a, b| u64::from(a as u16 != b as u16));
    check3("setp.eq.and.b32 %p0, %r1, %r2, !%p3", &INTEGERS, &[0, 1], |a, b, c| {
        u64::from(a as u32 == b as u32 && c == 0)
    });
    // The second result is the opposite comparison, combined in the same way.
    check3("setp.eq.xor.b32 %p4|%p0, %r1, %r2, %p3", &INTEGERS, &[0, 1], |a, b, c| {
        u64::from((a as u32 != b as u32) != (c == 1))
    });
    check2("set.gt.u32.s32 %r0, %r1, %r2", &INTEGERS, |a, b| if s32(a) > s32(b) { 0xffff_ffff } else { 0 });
}

#[test]
fn values_are_chosen_by_a_predicate_or_a_sign() {
    check3("selp.b32 %r0, %r1, %r2, %p3", &INTEGERS, &[0, 1], |a, b, c| {
        u64::from(if c == 1 { a } else { b } as u32)
    });
    check3("slct.u32.s32 %r0, %r1, %r2, %r3", &INTEGERS, &[0, 5, 0xffff_ffff], |a, b, c| {
        u64::from(if c as i32 >= 0 { a } else { b } as u32)
    });
}

#[test]
fn dot_products_of_bytes_know_signs() {
    let found = run("dp4a.s32.u32 %r0, %r1, %r2, %r3", &[&[0xff02_0304], &[0x0102_0304], &[10]]);
    assert_eq!(found, [back(10 - 1 + 2 * 2 + 3 * 3 + 4 * 4)]);
}
