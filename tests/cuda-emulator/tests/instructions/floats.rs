//! Arithmetic of f32 and f64.

use crate::{SINGLES, check1, check2, check3, doubles, run};

fn f(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn d(bits: u64) -> f64 {
    f64::from_bits(bits)
}

/// The bits of a result; every not-a-number is the GPU's one.
fn single(value: f32) -> u64 {
    if value.is_nan() { 0x7fff_ffff } else { value.to_bits().into() }
}

fn double(value: f64) -> u64 {
    if value.is_nan() { 0xfff8_0000_0000_0000 } else { value.to_bits() }
}

fn flushed(value: f32) -> f32 {
    if value.is_subnormal() { 0f32.copysign(value) } else { value }
}

#[test]
fn sums_products_and_quotients_of_f32_round_to_the_nearest() {
    check2("add.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(f(a) + f(b)));
    check2("sub.rn.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(f(a) - f(b)));
    check2("mul.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(f(a) * f(b)));
    check2("div.rn.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(f(a) / f(b)));
    check3("fma.rn.f32 %f0, %f1, %f2, %f3", &SINGLES, &SINGLES, |a, b, c| single(f(a).mul_add(f(b), f(c))));
}

#[test]
fn flushing_takes_subnormals_for_zeros_before_and_after() {
    check2("add.ftz.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(flushed(flushed(f(a)) + flushed(f(b)))));
    check2("mul.ftz.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(flushed(flushed(f(a)) * flushed(f(b)))));
}

#[test]
fn saturation_keeps_results_between_zero_and_one() {
    check2("add.sat.f32 %f0, %f1, %f2", &SINGLES, |a, b| {
        let sum = f(a) + f(b);
        single(if sum > 0.0 { sum.min(1.0) } else { 0.0 })
    });
}

/// In every direction the result is the nearest number on the right side of the exact one, which f64 shows.
#[test]
fn directed_roundings_bracket_the_exact_result() {
    for (operation, exact) in [
        ("add", (|a, b| a + b) as fn(f64, f64) -> f64),
        ("sub", |a, b| a - b),
        ("mul", |a, b| a * b),
        ("div", |a, b| a / b),
    ] {
        let values: Vec<u64> = [1.0f32, 0.1, 1.0 / 3.0, -2.7, 1e-20, 3e20, 16777217.0, -0.3]
            .iter()
            .map(|v| u64::from(v.to_bits()))
            .collect();
        let down = format!("{operation}.rm.f32 %f0, %f1, %f2");
        let up = format!("{operation}.rp.f32 %f0, %f1, %f2");
        let zero = format!("{operation}.rz.f32 %f0, %f1, %f2");
        let [a, b] = crate::pairs(&values);
        let found = [down, up, zero].map(|text| run(&text, &[&a, &b]));
        for index in 0..a.len() {
            let exact = exact(f(a[index]).into(), f(b[index]).into());
            let [low, high, cut] = [0, 1, 2].map(|way| f(found[way][index]));
            assert!(f64::from(low) <= exact && exact <= f64::from(high), "{operation} {low} {exact} {high}");
            assert!(high == low || high == low.next_up(), "{operation}: {low} and {high} are not neighbours");
            assert_eq!(cut, if exact < 0.0 { high } else { low }, "{operation}");
        }
    }
    // What f64 can not show: a product and a sum far apart.
    let (one, tiny) = (u64::from(1f32.to_bits()), u64::from(1e-30f32.to_bits()));
    assert_eq!(f(run("fma.rp.f32 %f0, %f1, %f2, %f3", &[&[one], &[tiny], &[one]])[0]), 1f32.next_up());
    assert_eq!(f(run("fma.rm.f32 %f0, %f1, %f2, %f3", &[&[one], &[tiny], &[one]])[0]), 1.0);
    assert_eq!(f(run("add.rp.f32 %f0, %f1, %f2", &[&[one], &[tiny]])[0]), 1f32.next_up());
    assert_eq!(run("sub.rm.f32 %f0, %f1, %f2", &[&[one], &[one]])[0], 0x8000_0000, "-0 when rounding down");
}

#[test]
fn directed_roundings_of_f64_are_neighbours_around_the_nearest() {
    let values: Vec<u64> =
        [1.0, 0.1, 1.0 / 3.0, -2.7, 1e-20, 3e20, 9007199254740993.0].map(f64::to_bits).into();
    for operation in ["add", "mul", "div"] {
        let [a, b] = crate::pairs(&values);
        let ways =
            ["rm", "rn", "rp"].map(|way| run(&format!("{operation}.{way}.f64 %d0, %d1, %d2"), &[&a, &b]));
        let [low, nearest, high] = &ways;
        for ((low, nearest), high) in low.iter().zip(nearest).zip(high) {
            let (low, nearest, high) = (d(*low), d(*nearest), d(*high));
            assert!(
                low <= nearest && nearest <= high && (high == low || high == low.next_up()),
                "{operation}"
            );
        }
    }
    let (one, tiny) = (1f64.to_bits(), 1e-40f64.to_bits());
    assert_eq!(d(run("fma.rp.f64 %d0, %d1, %d2, %d3", &[&[one], &[tiny], &[one]])[0]), 1f64.next_up());
    assert_eq!(d(run("sub.rz.f64 %d0, %d1, %d2", &[&[one], &[tiny]])[0]), 1f64.next_down());
}

#[test]
fn arithmetic_of_f64_is_that_of_rust() {
    let values = doubles();
    check2("add.f64 %d0, %d1, %d2", &values, |a, b| double(d(a) + d(b)));
    check2("mul.rn.f64 %d0, %d1, %d2", &values, |a, b| double(d(a) * d(b)));
    check2("div.rn.f64 %d0, %d1, %d2", &values, |a, b| double(d(a) / d(b)));
    check3("fma.rn.f64 %d0, %d1, %d2, %d3", &values, &values, |a, b, c| double(d(a).mul_add(d(b), d(c))));
    check1("sqrt.rn.f64 %d0, %d1", &values, |a| double(d(a).sqrt()));
    check1("rcp.rn.f64 %d0, %d1", &values, |a| double(1.0 / d(a)));
    check2("setp.ltu.f64 %p0, %d1, %d2", &values, |a, b| {
        u64::from(d(a) < d(b) || d(a).is_nan() || d(b).is_nan())
    });
}

#[test]
fn extremes_prefer_numbers_and_know_signed_zeros() {
    let least = |a: f32, b: f32| match (a.is_nan(), b.is_nan()) {
        (true, true) => f32::NAN,
        (true, false) => b,
        (false, true) => a,
        _ if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        _ => {
            if a < b {
                a
            } else {
                b
            }
        }
    };
    check2("min.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(least(f(a), f(b))));
    check2("max.f32 %f0, %f1, %f2", &SINGLES, |a, b| single(-least(-f(a), -f(b))));
    check2("max.NaN.f32 %f0, %f1, %f2", &SINGLES, |a, b| {
        single(if f(a).is_nan() || f(b).is_nan() { f32::NAN } else { -least(-f(a), -f(b)) })
    });
    check1("neg.f32 %f0, %f1", &SINGLES, |a| a ^ 0x8000_0000);
    check1("abs.f32 %f0, %f1", &SINGLES, |a| a & 0x7fff_ffff);
    check2("copysign.f32 %f0, %f1, %f2", &SINGLES, |a, b| (a & 0x8000_0000) | (b & 0x7fff_ffff));
}

#[test]
fn comparisons_know_unordered_numbers() {
    check2("setp.eq.f32 %p0, %f1, %f2", &SINGLES, |a, b| u64::from(f(a) == f(b)));
    check2("setp.ne.f32 %p0, %f1, %f2", &SINGLES, |a, b| u64::from(f(a) < f(b) || f(a) > f(b)));
    check2("setp.neu.f32 %p0, %f1, %f2", &SINGLES, |a, b| u64::from(f(a) != f(b)));
    check2("setp.geu.f32 %p0, %f1, %f2", &SINGLES, |a, b| {
        u64::from(!matches!(f(a).partial_cmp(&f(b)), Some(std::cmp::Ordering::Less)))
    });
    check2("setp.num.f32 %p0, %f1, %f2", &SINGLES, |a, b| u64::from(!f(a).is_nan() && !f(b).is_nan()));
    check2("setp.gt.ftz.f32 %p0, %f1, %f2", &SINGLES, |a, b| u64::from(flushed(f(a)) > flushed(f(b))));
    check2("set.lt.f32.f32 %f0, %f1, %f2", &SINGLES, |a, b| if f(a) < f(b) { 0x3f80_0000 } else { 0 });
    check1("testp.subnormal.f32 %p0, %f1", &SINGLES, |a| u64::from(f(a).is_subnormal()));
    check1("testp.notanumber.f32 %p0, %f1", &SINGLES, |a| u64::from(f(a).is_nan()));
}

#[test]
fn roots_reciprocals_and_special_functions_are_rounded_once() {
    let exact = |function: fn(f64) -> f64| move |a| single(function(f(a).into()) as f32);
    check1("sqrt.rn.f32 %f0, %f1", &SINGLES, exact(f64::sqrt));
    check1("rcp.rn.f32 %f0, %f1", &SINGLES, exact(|a| 1.0 / a));
    check1("rsqrt.approx.f32 %f0, %f1", &SINGLES, exact(|a| 1.0 / a.sqrt()));
    check1("ex2.approx.f32 %f0, %f1", &SINGLES, exact(f64::exp2));
    check1("lg2.approx.f32 %f0, %f1", &SINGLES, exact(f64::log2));
    check1("sin.approx.f32 %f0, %f1", &SINGLES, exact(f64::sin));
    check1("cos.approx.f32 %f0, %f1", &SINGLES, exact(f64::cos));
    check1("tanh.approx.f32 %f0, %f1", &SINGLES, exact(f64::tanh));
    check1("ex2.approx.ftz.f32 %f0, %f1", &SINGLES, |a| {
        single(flushed(f64::from(flushed(f(a))).exp2() as f32))
    });
}

#[test]
fn an_approximate_quotient_of_a_huge_divisor_is_zero() {
    let huge = u64::from(2e38f32.to_bits());
    let one = u64::from(1f32.to_bits());
    assert_eq!(run("div.approx.f32 %f0, %f1, %f2", &[&[huge], &[huge]]), [0]);
    assert_eq!(run("div.full.f32 %f0, %f1, %f2", &[&[huge], &[huge]]), [one]);
}
