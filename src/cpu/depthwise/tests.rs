//! All passes against their definition, for any sizes and every instruction set there is.

use proptest::prelude::*;

use super::weight_gradient::weight_gradient;
use super::{forward_with, input_gradient_with};
use crate::cpu::fence::Fenced;
use crate::cpu::patches::PatchSizes;
use crate::cpu::tile::UNBOUNDED;
use crate::cpu::{simd, threads};
use crate::random::Generator;

/// Pictures of `[batch, channels]` and a size; how a kernel of a size moves over them.
fn sizes(
    [batch, channels]: [usize; 2],
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
) -> Option<PatchSizes> {
    let reach = [0, 1].map(|axis| dilation[axis] * (kernel[axis] - 1) + 1);
    if (0..2).any(|axis| size[axis] + 2 * padding[axis] < reach[axis]) {
        return None;
    }
    let out_size = [0, 1].map(|axis| (size[axis] + 2 * padding[axis] - reach[axis]) / stride[axis] + 1);
    let (out_channels, groups) = (channels, channels);
    Some(PatchSizes {
        batch,
        channels,
        size,
        out_channels,
        out_size,
        kernel,
        stride,
        padding,
        dilation,
        groups,
    })
}

/// Calls `f` with the places of every output, input and weight that meet.
fn each(s: &PatchSizes, mut f: impl FnMut(usize, usize, usize)) {
    for out in 0..s.batch * s.out_image() {
        let (pixel, c) = (out / s.channels, out % s.channels);
        let (rest, column) = (pixel / s.out_size[1], pixel % s.out_size[1]);
        let (n, row) = (rest / s.out_size[0], rest % s.out_size[0]);
        for (ky, kx) in (0..s.kernel[0]).flat_map(|ky| (0..s.kernel[1]).map(move |kx| (ky, kx))) {
            let at = [(row, ky), (column, kx)];
            let at = [0, 1].map(|axis| {
                let place = at[axis].0 * s.stride[axis] + at[axis].1 * s.dilation[axis];
                place.checked_sub(s.padding[axis]).filter(|&place| place < s.size[axis])
            });
            let [Some(y), Some(x)] = at else { continue };
            let from = ((n * s.size[0] + y) * s.size[1] + x) * s.channels + c;
            f(out, from, (c * s.kernel[0] + ky) * s.kernel[1] + kx);
        }
    }
}

#[track_caller]
fn assert_close(what: &str, s: &PatchSizes, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let close = (f64::from(found) - expected).abs() <= 1e-4 * (1.0 + expected.abs());
        assert!(close, "{what}, {s:?}, value {i}: {found} for {expected}");
    }
}

/// Compares all passes with the definition.
fn check(s: &PatchSizes) {
    let mut random = Generator::new(3);
    let area = s.kernel[0] * s.kernel[1];
    let lens = [s.batch * s.image(), s.batch * s.out_image(), s.channels * area, s.channels];
    let [x, dy, weight, bias] = lens.map(|len| Fenced::new(random.uniform(&[len], -1.0, 1.0).values()));
    let mut y: Vec<f64> = (0..dy.len()).map(|i| f64::from(bias[i % s.channels])).collect();
    let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
    each(s, |out, from, tap| {
        y[out] += f64::from(x[from]) * f64::from(weight[tap]);
        dx[from] += f64::from(dy[out]) * f64::from(weight[tap]);
        dw[tap] += f64::from(dy[out]) * f64::from(x[from]);
    });
    let clamped: Vec<f64> = y.iter().map(|y| y.clamp(-0.25, 0.5)).collect();
    for level in simd::available() {
        for (clamp, expected) in [(UNBOUNDED, &y), ([-0.25, 0.5], &clamped)] {
            let mut found = Fenced::room(y.len());
            forward_with(level, s, &x, &weight, Some(&bias), clamp, &mut found);
            found.assert_intact();
            assert_close(&format!("{level:?} forward"), s, &found, expected);
        }
        let mut found = Fenced::room(x.len());
        input_gradient_with(level, s, &dy, &weight, &mut found);
        found.assert_intact();
        assert_close(&format!("{level:?} input gradient"), s, &found, &dx);
        assert_close(&format!("{level:?} weight gradient"), s, &weight_gradient(level, s, &x, &dy), &dw);
    }
}

fn square(batch: usize, channels: usize, size: [usize; 2], kernel: usize, stride: usize, padding: usize) {
    let s = sizes([batch, channels], size, [kernel; 2], [stride; 2], [padding; 2], [1; 2]);
    check(&s.expect("a kernel that fits"));
}

#[test]
fn every_number_of_channels_equals_the_definition() {
    for channels in 1..=67 {
        square(1, channels, [4, 9], 3, 1, 1);
        square(1, channels, [5, 3], 3, 1, 1);
    }
}

#[test]
fn every_width_equals_the_definition() {
    for width in 1..=67 {
        square(1, 17, [3, width], 3, 1, 1);
        square(1, 17, [5, width], 5, 2, 2);
    }
}

#[test]
fn layers_of_common_networks_equal_the_definition() {
    for (channels, size, kernel, stride) in [(24, 15, 3, 2), (144, 14, 5, 1), (40, 17, 5, 2), (240, 7, 5, 1)]
    {
        square(2, channels, [size; 2], kernel, stride, if stride == 1 { kernel / 2 } else { 0 });
    }
}

#[test]
fn a_convolution_that_is_shared_out_over_threads_equals_the_definition() {
    square(3, 64, [40, 30], 3, 1, 1);
}

#[test]
fn nan_stays() {
    let s = sizes([1, 40], [9, 9], [3; 2], [1; 2], [1; 2], [1; 2]).expect("a kernel that fits");
    for level in simd::available() {
        let mut x = vec![1.0; s.image()];
        x[(4 * 9 + 4) * 40 + 39] = f32::NAN;
        let mut y = vec![0.0; s.out_image()];
        forward_with(level, &s, &x, &[1.0; 360], None, [0.0, 6.0], &mut y);
        assert_eq!(y.iter().filter(|y| y.is_nan()).count(), 9, "{level:?}");
    }
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let s = sizes([5, 20], [30, 30], [3; 2], [1; 2], [1; 2], [1; 2]).expect("a kernel that fits");
    let mut random = Generator::new(5);
    let x = random.uniform(&[5 * s.image()], -1.0, 1.0).to_vec();
    let weight = random.uniform(&[180], -1.0, 1.0).to_vec();
    let passes = || {
        let (mut y, mut dx) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
        super::forward(&s, &x, &weight, None, UNBOUNDED, &mut y);
        super::input_gradient(&s, &y, &weight, &mut dx);
        (super::weight_gradient(&s, &x, &y, &[20, 1, 3, 3]).to_vec(), y, dx)
    };
    assert_eq!(threads::alone(passes), passes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_sizes_equal_the_definition(
        (channels, batch) in (1usize..70, 0usize..3), size in [0usize..12, 0usize..20], kernel in [1usize..8, 1usize..8],
        stride in [1usize..4, 1usize..4], padding in [0usize..5, 0usize..5], dilation in [1usize..3, 1usize..3],
    ) {
        if let Some(s) = sizes([batch, channels], size, kernel, stride, padding, dilation) {
            check(&s);
        }
    }
}
