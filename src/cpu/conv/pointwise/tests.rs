//! Both ways of sharing out against the definition, for any sizes and every instruction set there is.

use proptest::prelude::*;

use super::*;
use crate::cpu::conv::weight_gradient::weight_gradient_with;
use crate::cpu::fence::Fenced;
use crate::cpu::simd::available;
use crate::random::Generator;

/// Both ways of sharing out, for both orders of the weight, against the definition.
fn check([pixels, depth, columns]: [usize; 3]) {
    let mut random = Generator::new(6);
    let lens = [pixels * depth, depth * columns, columns];
    let [x, weight, bias] = lens.map(|len| Fenced::new(random.uniform(&[len], -1.0, 1.0).values()));
    let mut turned = vec![0.0; weight.len()];
    transpose(&weight, columns, &mut turned, depth, [depth, columns]);
    let turned = Fenced::new(&turned);
    let expected = |at: usize, bias: Option<&[f32]>| {
        let (pixel, column) = (at / columns, at % columns);
        let products = (0..depth).map(|k| f64::from(x[pixel * depth + k] * weight[k * columns + column]));
        products.sum::<f64>() + bias.map_or(0.0, |bias| f64::from(bias[column]))
    };
    for level in available() {
        let kernels = Kernels::of(level);
        for weight in [Matrix::new(&weight, columns), Matrix::transposed(&turned, depth)] {
            let padded: Vec<f32> = bias.iter().copied().chain([0.0; 16]).collect();
            for bias in [None, Some(&padded[..kernels.padded(columns)])] {
                let product = Product { kernels, depth, columns, weight, bias: None };
                let [mut by_pixels, mut by_channels] = [(); 2].map(|()| Fenced::room(pixels * columns));
                product.by_pixels(&x, bias, &mut by_pixels);
                product.by_channels(&x, bias, &mut by_channels);
                by_pixels.assert_intact();
                by_channels.assert_intact();
                assert_eq!(by_pixels[..], by_channels[..], "{level:?}, {pixels}x{depth}x{columns}");
                for (i, &y) in by_pixels.iter().enumerate() {
                    let close = (f64::from(y) - expected(i, bias)).abs() < 1e-5 * (depth + 4) as f64;
                    assert!(close, "{level:?}, {pixels}x{depth}x{columns}, value {i}: {y}");
                }
            }
        }
    }
}

#[test]
fn every_size_up_to_four_registers_and_more_equals_the_definition() {
    for size in 1..=67 {
        check([size, 5, 19]);
        check([3, size, 33]);
        check([2, 7, size]);
    }
}

#[test]
fn products_larger_than_every_block_equal_the_definition() {
    check([3, 2 * DEPTH + 1, 70]);
    check([2 * MOST_PIXELS + 5, 6, 200]);
}

#[test]
fn the_gradient_of_a_large_weight_is_that_of_the_general_way() {
    let (batch, height, width, in_channels, out_channels) = (2, 2, 3, 40, 30);
    let (out_height, out_width, kernel, stride, padding) = (height, width, 1, 1, 0);
    let s = ConvSizes {
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
    };
    assert!(suits_weight_gradient(&s));
    let [x, dy] = [480, 360].map(|len| Generator::new(2).uniform(&[len], -1.0, 1.0).to_vec());
    let [mut found, mut expected] = [(); 2].map(|()| vec![f32::NAN; 1200]);
    weight_gradient(&s, &x, &dy, &mut found);
    weight_gradient_with(Kernels::best(), &s, &x, &dy, &mut expected);
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn large_products_are_the_same_with_any_number_of_threads() {
    let [depth, columns] = [300, 500];
    let mut random = Generator::new(8);
    let weight = random.uniform(&[depth * columns], -1.0, 1.0).to_vec();
    for pixels in [50, 300] {
        let x = random.uniform(&[pixels * depth], -1.0, 1.0).to_vec();
        let product = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let mut y = vec![f32::NAN; pixels * columns];
            let weight = Matrix::new(&weight, columns);
            let product = Product { kernels: Kernels::best(), depth, columns, weight, bias: None };
            pool.install(|| product.run(&x, &mut y));
            y
        };
        assert_eq!(product(1), product(2));
        assert_eq!(product(1), product(3));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_sizes_equal_the_definition(pixels in 1usize..40, depth in 1usize..40, columns in 1usize..140) {
        check([pixels, depth, columns]);
    }
}
