//! Every pass against its definition, a sum of six loops in f64, for any sizes and every instruction set there is.

use proptest::prelude::*;

use super::forward::Forward;
use super::input_gradient::input_gradient_with;
use super::weight_gradient::weight_gradient_with;
use super::{ConvSizes, weight_order};
use crate::array::{Finish, Images};
use crate::cpu::fence::Fenced;
use crate::cpu::tile::Kernels;
use crate::cpu::{simd, threads};
use crate::random::Generator;
use crate::shape::conv_out;

/// Calls `f` with the places of every result, input and weight that meet.
fn each(s: &ConvSizes, mut f: impl FnMut(usize, usize, usize)) {
    for n in 0..s.batch {
        for (out_row, out_column) in pairs(s.out_height, s.out_width) {
            for (kernel_row, kernel_column) in pairs(s.kernel, s.kernel) {
                let row =
                    (out_row * s.stride + kernel_row).checked_sub(s.padding).filter(|&row| row < s.height);
                let column = (out_column * s.stride + kernel_column)
                    .checked_sub(s.padding)
                    .filter(|&column| column < s.width);
                let (Some(row), Some(column)) = (row, column) else { continue };
                for (o, c) in pairs(s.out_channels, s.in_channels) {
                    let result =
                        ((n * s.out_height + out_row) * s.out_width + out_column) * s.out_channels + o;
                    let input = ((n * s.height + row) * s.width + column) * s.in_channels + c;
                    let weight = ((o * s.in_channels + c) * s.kernel + kernel_row) * s.kernel + kernel_column;
                    f(result, input, weight);
                }
            }
        }
    }
}

fn pairs(rows: usize, columns: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)))
}

#[track_caller]
fn assert_close(what: &str, s: &ConvSizes, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let close = (f64::from(found) - expected).abs() <= 1e-4 * (1.0 + expected.abs());
        assert!(close, "{what}, {s:?}, value {i}: {found} for {expected}");
    }
}

/// Compares all three passes with the definition.
fn check(s: &ConvSizes) {
    let mut random = Generator::new(11);
    let pixels = s.batch * s.height * s.width;
    let out_pixels = s.batch * s.out_height * s.out_width;
    let weights = s.out_channels * s.in_channels * s.kernel * s.kernel;
    let lens = [pixels * s.in_channels, weights, s.out_channels, out_pixels * s.out_channels];
    let [x, weight, bias, dy] = lens.map(|len| Fenced::new(random.uniform(&[len], -1.0, 1.0).values()));

    let mut y: Vec<f64> = (0..dy.len()).map(|i| f64::from(bias[i % s.out_channels])).collect();
    let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
    let mut db = vec![0.0; s.out_channels];
    dy.iter().enumerate().for_each(|(i, &dy)| db[i % s.out_channels] += f64::from(dy));
    each(s, |result, input, w| {
        y[result] += f64::from(x[input]) * f64::from(weight[w]);
        dx[input] += f64::from(dy[result]) * f64::from(weight[w]);
        dw[w] += f64::from(dy[result]) * f64::from(x[input]);
    });

    for level in simd::available() {
        let kernels = Kernels::of(level);
        let mut found = Fenced::room(y.len());
        let ordered = weight_order::for_forward(kernels, s, &weight);
        Forward::with(kernels, s, ordered.into(), Some(&bias), None).run(&x, &mut found);
        found.assert_intact();
        assert_close(&format!("{level:?} forward"), s, &found, &y);
        let mut found = Fenced::room(x.len());
        let ordered = weight_order::for_input_gradient(kernels, s, &weight);
        input_gradient_with(kernels, s, &Images::There(&dy), &ordered, &Finish::Plain, &mut found);
        found.assert_intact();
        assert_close(&format!("{level:?} input gradient"), s, &found, &dx);
        let mut found = Fenced::room(weight.len());
        let mut of_bias = vec![f32::NAN; s.out_channels];
        let copied = |number: usize, to: &mut [f32]| {
            to.copy_from_slice(&dy[number * s.out_image()..][..s.out_image()])
        };
        for images in [Images::There(&dy), Images::Made(Box::new(copied))] {
            weight_gradient_with(kernels, s, &x, &images, &mut found, &mut of_bias);
            found.assert_intact();
            assert_close(&format!("{level:?} weight gradient"), s, &found, &dw);
            assert_close(&format!("{level:?} bias gradient"), s, &of_bias, &db);
        }
    }
}

/// Pictures `[n, c, h, w]` under a weight `[o, c, k, k]`.
fn sizes(
    [batch, in_channels, height, width]: [usize; 4],
    [out_channels, kernel, stride, padding]: [usize; 4],
) -> ConvSizes {
    let out_height = conv_out(height, kernel, stride, padding);
    let out_width = conv_out(width, kernel, stride, padding);
    ConvSizes {
        batch,
        in_channels,
        height,
        width,
        out_channels,
        kernel,
        stride,
        padding,
        out_height,
        out_width,
    }
}

#[test]
fn layers_of_common_networks_equal_the_definition() {
    check(&sizes([2, 3, 32, 32], [32, 3, 1, 0]));
    check(&sizes([2, 32, 15, 15], [64, 3, 1, 0]));
    check(&sizes([9, 16, 6, 6], [40, 3, 1, 1]));
    check(&sizes([1, 3, 28, 28], [16, 7, 2, 3]));
    check(&sizes([1, 24, 8, 8], [48, 1, 2, 0]));
}

#[test]
fn every_size_up_to_four_registers_and_more_equals_the_definition() {
    for size in 1..=67 {
        check(&sizes([1, size, 3, 2], [3, 2, 1, 1]));
        check(&sizes([1, 2, 4, 3], [size, 3, 2, 1]));
        check(&sizes([2, 1, 1, size], [2, 3, 1, 1]));
        check(&sizes([1, 3, size, 1], [1, 1, 1, 0]));
        check(&sizes([1, size, 1, 2], [68 - size, 1, 1, 0]));
    }
    check(&sizes([1, 67, 2, 3], [67, 2, 1, 0]));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let s = sizes([13, 5, 9, 9], [20, 3, 1, 1]);
    let mut random = Generator::new(5);
    let x = random.uniform(&[13 * 5 * 9 * 9], -1.0, 1.0).to_vec();
    let dy = random.uniform(&[13 * 20 * 9 * 9], -1.0, 1.0).to_vec();
    let gradient = || {
        let mut dw = vec![f32::NAN; 20 * 5 * 3 * 3];
        super::weight_gradient(&s, &x, &Images::There(&dy), &mut dw, &mut []);
        dw
    };
    assert_eq!(threads::alone(gradient), gradient());
}

#[test]
fn rows_and_columns_that_no_kernel_reaches_get_no_gradient() {
    check(&sizes([1, 2, 6, 7], [3, 2, 3, 0]));
    check(&sizes([1, 1, 5, 5], [1, 1, 4, 0]));
}

#[test]
fn padding_may_exceed_the_kernel() {
    check(&sizes([2, 2, 3, 2], [2, 1, 1, 2]));
    check(&sizes([1, 1, 1, 1], [1, 2, 2, 3]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_sizes_equal_the_definition(
        batch in 1usize..10, in_channels in 1usize..20, height in 1usize..12, width in 1usize..34,
        out_channels in 1usize..36, kernel in 1usize..6, stride in 1usize..4, padding in 0usize..4,
    ) {
        prop_assume!(kernel <= height + 2 * padding && kernel <= width + 2 * padding);
        check(&sizes([batch, in_channels, height, width], [out_channels, kernel, stride, padding]));
    }
}
