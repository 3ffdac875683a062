//! Conversions between integers and floats, with roundings and saturation.

use crate::{INTEGERS, SINGLES, check1, doubles, run};

fn f(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

#[test]
fn integers_are_widened_by_their_sign_and_cut() {
    check1("cvt.s64.s32 %l0, %r1", &INTEGERS, |a| a as i32 as i64 as u64);
    check1("cvt.u64.u32 %l0, %r1", &INTEGERS, |a| a as u32 as u64);
    check1("cvt.u32.u64 %r0, %l1", &INTEGERS, |a| a as u32 as u64);
    check1("cvt.s32.s8 %r0, %r1", &INTEGERS, |a| a as i8 as i32 as u32 as u64);
    check1("cvt.u32.u8 %r0, %r1", &INTEGERS, |a| a as u8 as u64);
    check1("cvt.s16.s32 %h0, %r1", &INTEGERS, |a| a as u16 as u64);
}

#[test]
fn saturated_integers_stop_at_the_ends_of_their_type() {
    check1("cvt.sat.u8.s32 %r0, %r1", &INTEGERS, |a| (a as i32).clamp(0, 255) as u64);
    check1("cvt.sat.s8.s32 %r0, %r1", &INTEGERS, |a| (a as i32).clamp(-128, 127) as u32 as u64);
    check1("cvt.sat.s32.s64 %r0, %l1", &INTEGERS, |a| {
        (a as i64).clamp(i32::MIN.into(), i32::MAX.into()) as u32 as u64
    });
    check1("cvt.sat.s32.u32 %r0, %r1", &INTEGERS, |a| (a as u32).min(i32::MAX as u32).into());
}

#[test]
fn floats_become_integers_in_every_direction() {
    check1("cvt.rzi.s32.f32 %r0, %f1", &SINGLES, |a| f(a) as i32 as u32 as u64);
    check1("cvt.rni.s32.f32 %r0, %f1", &SINGLES, |a| f(a).round_ties_even() as i32 as u32 as u64);
    check1("cvt.rmi.s32.f32 %r0, %f1", &SINGLES, |a| f(a).floor() as i32 as u32 as u64);
    check1("cvt.rpi.u32.f32 %r0, %f1", &SINGLES, |a| f(a).ceil() as u32 as u64);
    check1("cvt.rzi.f32.f32 %f0, %f1", &SINGLES[..17], |a| f(a).trunc().to_bits().into());
    check1("cvt.rni.f32.f32 %f0, %f1", &SINGLES[..17], |a| f(a).round_ties_even().to_bits().into());
}

#[test]
fn not_a_number_becomes_zero_unless_something_wide_takes_part() {
    let (single, double) = (0x7fc0_0000, f64::NAN.to_bits());
    assert_eq!(run("cvt.rzi.s32.f32 %r0, %f1", &[&[single]]), [0]);
    assert_eq!(run("cvt.rzi.s64.f32 %l0, %f1", &[&[single]]), [1 << 63]);
    assert_eq!(run("cvt.rzi.s32.f64 %r0, %d1", &[&[double]]), [0x8000_0000]);
}

#[test]
fn integers_become_floats_rounded_once() {
    check1("cvt.rn.f32.s32 %f0, %r1", &INTEGERS, |a| (a as i32 as f32).to_bits().into());
    check1("cvt.rn.f32.u32 %f0, %r1", &INTEGERS, |a| (a as u32 as f32).to_bits().into());
    check1("cvt.rn.f32.s64 %f0, %l1", &INTEGERS, |a| (a as i64 as f32).to_bits().into());
    check1("cvt.rn.f32.u64 %f0, %l1", &INTEGERS, |a| (a as f32).to_bits().into());
    check1("cvt.rn.f64.u64 %d0, %l1", &INTEGERS, |a| (a as f64).to_bits());
    check1("cvt.rn.f64.s32 %d0, %r1", &INTEGERS, |a| f64::from(a as i32).to_bits());
    assert_eq!(run("cvt.rz.f32.u32 %f0, %r1", &[&[0xffff_ffff]]), [0x4f7f_ffff]);
    assert_eq!(run("cvt.rp.f32.u64 %f0, %l1", &[&[u64::MAX]]), [0x5f80_0000]);
    assert_eq!(run("cvt.rm.f64.s64 %d0, %l1", &[&[i64::MAX as u64]]), [0x43df_ffff_ffff_ffff]);
}

#[test]
fn floats_change_their_width() {
    check1("cvt.f64.f32 %d0, %f1", &SINGLES[..17], |a| f64::from(f(a)).to_bits());
    check1("cvt.rn.f32.f64 %f0, %d1", &doubles()[..17], |a| (f64::from_bits(a) as f32).to_bits().into());
    assert_eq!(run("cvt.rz.f32.f64 %f0, %d1", &[&[1e300f64.to_bits()]]), [f32::MAX.to_bits().into()]);
    check1("cvt.sat.f32.f32 %f0, %f1", &SINGLES, |a| {
        let value = f(a);
        (if value > 0.0 { value.min(1.0) } else { 0.0 }).to_bits().into()
    });
}
