//! What tests of operations on a GPU share; they are where the operations are. Without a GPU they compare the CPU with itself.

use crate::Device;
use crate::array::Array;
use crate::autograd::backward;
use crate::ops;
use crate::raw::Raw;

use super::statistics::fallbacks_here;

/// Numbers without order, between -2 and 2.
pub(crate) fn scattered(sizes: &[usize]) -> Array {
    let value = |i: usize| (i * 7919 % 4001) as f32 / 1000.0 - 2.0;
    Array::from_vec(sizes, (0..sizes.iter().product()).map(value).collect())
}

/// The same values and the same gradients here and on the CPU, but for rounding; and no operation computes on the CPU here.
#[track_caller]
pub(crate) fn agrees_with_the_cpu(inputs: &[Array], f: impl Fn(&[Raw]) -> Raw) {
    agrees_within(1e-6, inputs, f);
}

/// [`agrees_with_the_cpu`] where sums are long: their rounding may come to a part of the greatest value.
#[track_caller]
pub(crate) fn agrees_within(tolerance: f32, inputs: &[Array], f: impl Fn(&[Raw]) -> Raw) {
    let both = [Device::Cpu, Device::current()].map(|device| {
        let fallbacks = fallbacks_here();
        let found = device.scope(|| {
            let inputs: Vec<Raw> =
                inputs.iter().map(|input| Raw::new(input.clone()).requires_grad()).collect();
            let y = f(&inputs);
            let gradients = backward(&ops::sum(&ops::mul(&y, &Raw::new(scattered(&y.sizes())))));
            let mut found = vec![y.to_vec()];
            found.extend(inputs.iter().map(|input| gradients.of_raw(input).to_vec()));
            found
        });
        let fallbacks = fallbacks_here() - fallbacks;
        assert!(device == Device::Cpu || fallbacks == 0, "{fallbacks} times, numbers were read from the GPU");
        found
    });
    let [expected, found] = &both;
    for (which, (expected, found)) in expected.iter().zip(found).enumerate() {
        close_within(tolerance, expected, found, &format!("array {which}"));
    }
}

/// Equal but for the last few bits.
#[track_caller]
pub(crate) fn close(expected: &[f32], found: &[f32], what: &str) {
    close_within(1e-6, expected, found, what);
}

/// The same within a tolerance.
#[track_caller]
pub(crate) fn close_within(tolerance: f32, expected: &[f32], found: &[f32], what: &str) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let greatest =
        expected.iter().filter(|x| x.is_finite()).fold(0.0f32, |greatest, x| greatest.max(x.abs()));
    for (i, (a, b)) in expected.iter().zip(found).enumerate() {
        let same =
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * greatest + 1e-5 * a.abs();
        assert!(same, "{what}, value {i}: expected {a}, found {b}");
    }
}
