use super::*;
use crate::cpu::simd;

/// How many units in the last place of the right result lie between it and what was computed; below the smallest ordinary
/// number the unit stays that of the smallest.
fn ulps(computed: f32, right: f64) -> f64 {
    let nearest = right as f32;
    if computed == nearest || computed.is_nan() && right.is_nan() {
        return 0.0;
    }
    let exponent = right.abs().log2().floor().max(-126.0);
    (f64::from(computed) - right).abs() / (exponent - 23.0).exp2()
}

/// Numbers of every magnitude and both signs between two bounds.
fn numbers(least: f32, most: f32) -> impl Iterator<Item = f32> {
    let all = (0..u32::MAX - 1511).step_by(1511).map(f32::from_bits);
    all.filter(move |&x| x >= least && x <= most)
}

#[track_caller]
fn check(bound: f64, [least, most]: [f32; 2], computed: fn(f32) -> f32, right: fn(f64) -> f64) {
    let worst = numbers(least, most)
        .map(|x| (ulps(computed(x), right(f64::from(x))), x))
        .fold((0.0, 0.0), |worst, one| if one.0 > worst.0 { one } else { worst });
    assert!(worst.0 <= bound, "{} ulp off at {}: {}", worst.0, worst.1, computed(worst.1));
}

const ALL: [f32; 2] = [f32::MIN, f32::MAX];

#[test]
fn every_function_keeps_its_bound() {
    check(1.0, ALL, exp, f64::exp);
    check(2.0, ALL, exp_m1, f64::exp_m1);
    check(2.5, ALL, tanh, f64::tanh);
    check(2.5, [-88.7, f32::MAX], sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
    check(1.0, [0.0, f32::MAX], ln, f64::ln);
    check(2.0, [-0.999_999_9, f32::MAX], ln_1p, f64::ln_1p);
    check(2.5, ALL, softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p());
}

#[test]
fn the_ends_are_right() {
    const INFINITY: f32 = f32::INFINITY;
    let functions: [fn(f32) -> f32; 8] = [exp, exp_m1, tanh, sigmoid, ln, ln_1p, softplus, erf];
    assert!(functions.iter().all(|f| f(f32::NAN).is_nan()));
    let of = |x: f32| functions.map(|f| f(x).to_bits());
    let bits = |values: [f32; 8]| values.map(f32::to_bits);
    let at_infinity = of(INFINITY);
    assert_eq!(at_infinity, bits([INFINITY, INFINITY, 1.0, 1.0, INFINITY, INFINITY, INFINITY, 1.0]));
    let zero = of(0.0);
    assert_eq!(zero, bits([1.0, 0.0, 0.0, 0.5, -INFINITY, 0.0, std::f32::consts::LN_2, 0.0]));
    let below = [exp, exp_m1, tanh, sigmoid, softplus, erf].map(|f: fn(f32) -> f32| f(-INFINITY));
    assert_eq!(below, [0.0, -1.0, -1.0, 0.0, 0.0, -1.0]);
    assert!(ln(-1e-40).is_nan() && ln(-INFINITY).is_nan() && ln_1p(-1.1).is_nan());
    assert_eq!((ln(1.0), ln_1p(-1.0)), (0.0, -INFINITY));
    for odd in [exp_m1, tanh, ln_1p, erf] {
        assert_eq!(odd(-0.0).to_bits(), (-0.0f32).to_bits());
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let xs: Vec<f32> = numbers(-200.0, 200.0).step_by(37).collect();
    macro_rules! same {
        ($($f:ident)*) => { $(
            let expected: Vec<u32> = xs.iter().map(|&x| $f(x).to_bits()).collect();
            for level in simd::available() {
                let mut ys = vec![0.0; xs.len()];
                simd::vectorised_for(
                    level,
                    #[inline(always)]
                    || ys.iter_mut().zip(&xs).for_each(|(y, &x)| *y = $f(x)),
                );
                let equal = ys.iter().zip(&expected).all(|(y, &e)| y.to_bits() == e || y.is_nan());
                assert!(equal, "{} with {level:?}", stringify!($f));
            }
        )* };
    }
    same!(exp exp_m1 tanh sigmoid ln ln_1p softplus erf);
}

/// The integral by Simpson's rule in f64.
fn integral(x: f64) -> f64 {
    let steps = 4000;
    let h = x / f64::from(steps);
    let f = |i: i32| (-(h * f64::from(i)).powi(2)).exp();
    let inner: f64 = (1..steps).map(|i| f(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    2.0 / std::f64::consts::PI.sqrt() * h / 3.0 * (f(0) + inner + f(steps))
}

#[test]
fn erf_is_its_integral() {
    for i in -600..=600 {
        let x = i as f32 / 100.0;
        let error = f64::from(erf(x)) - integral(f64::from(x));
        assert!(error.abs() < 2e-7, "erf({x}) is {}, off by {error:e}", erf(x));
    }
}
