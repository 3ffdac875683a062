use super::own::{MOST_DEEP, Plan, Way};
use super::*;
use crate::array::Layout;
use crate::cpu::gemm::{self, gemm};
use crate::cuda;
use crate::cuda::agreement::close_within;
use crate::random::Generator;

fn numbers(random: &mut Generator, len: usize) -> Array {
    random.uniform(&[len], -1.0, 1.0)
}

/// The products as the CPU makes them, by plain loops over a batch.
fn on_cpu(
    [m, k, n]: [usize; 3],
    batch: usize,
    [a, b]: [&Array; 2],
    turned: [bool; 2],
    bias: &Array,
    finish: &Finish,
) -> Vec<f32> {
    let matrix = |values, columns, turned| match turned {
        true => gemm::Matrix::transposed(values, columns),
        false => gemm::Matrix::new(values, columns),
    };
    let mut all = Vec::new();
    for i in 0..batch {
        let (a, b) = (&a.values()[i * m * k..][..m * k], &b.values()[i * k * n..][..k * n]);
        let mut c = vec![0.0; m * n];
        let a = matrix(a, if turned[0] { m } else { k }, turned[0]);
        gemm([m, k, n], a, matrix(b, if turned[1] { k } else { n }, turned[1]), Some(bias.values()), &mut c);
        all.extend(c);
    }
    finish.apply(0, &mut all);
    all
}

/// Compares a product by each way with the CPU's, its operands turned in all ways.
fn compare(gpu: &'static Gpu, sizes: [usize; 3], batch: usize, plans: &[Plan]) {
    let [m, k, n] = sizes;
    let mut random = Generator::new(7);
    let (a, b) = (numbers(&mut random, batch * m * k), numbers(&mut random, batch * k * n));
    let (bias, clamped) = (numbers(&mut random, n), numbers(&mut random, batch * m * n));
    let finishes =
        [Finish::Plain, Finish::Clamp([-0.5, 0.75]), Finish::Slope(clamped, [-0.5, f32::INFINITY])];
    for (turned, finish) in
        [[false, false], [true, false], [false, true], [true, true]].into_iter().zip(finishes.iter().cycle())
    {
        let expected = on_cpu(sizes, batch, [&a, &b], turned, &bias, finish);
        let (left, right) = (a.memory(gpu), b.memory(gpu));
        let left = if turned[0] { Matrix::transposed(&left, m) } else { Matrix::new(&left, k) };
        let right = if turned[1] { Matrix::transposed(&right, k) } else { Matrix::new(&right, n) };
        let ending = Ending::new(gpu, Some(&bias), finish);
        let (left, right) = (left.apart(m * k), right.apart(k * n));
        let product = Product { sizes, batch, a: left, b: right };
        for plan in plans {
            let to = Memory::scratch(gpu, batch * m * n);
            gpu.own_product(&product, *plan, &ending, &to);
            let ours = Array::on_gpu(&[to.len()], Layout::RowMajor, to).to_vec();
            close_within(
                1e-4,
                &expected,
                &ours,
                &format!("{sizes:?} x {batch}, turned {turned:?}, {plan:?}"),
            );
        }
        let made = gpu.product(&product, &ending);
        let ours = Array::on_gpu(&[made.len()], Layout::RowMajor, made).to_vec();
        close_within(1e-4, &expected, &ours, &format!("{sizes:?} x {batch}, turned {turned:?}"));
    }
}

#[test]
fn every_way_to_make_a_product_gives_the_same() {
    let Some(gpu) = cuda::active() else { return };
    let tiled = [(Way::Small, 1), (Way::Small, 3), (Way::Large, 1), (Way::Large, 2)];
    let tiled = tiled.map(|(way, parts)| Plan { way, parts });
    for (sizes, batch) in
        [([5, 7, 9], 3), ([65, 50, 67], 1), ([130, 33, 140], 1), ([1, 1, 1], 2), ([64, 16, 68], 2)]
    {
        compare(gpu, sizes, batch, &tiled);
    }
    let few = [1, 3].map(|parts| Plan { way: Way::Few, parts });
    for (sizes, batch) in [
        ([1, 70, 1], 2),
        ([1, 50, 43], 2),
        ([4, 100, 33], 1),
        ([3, 9, 5], 2),
        ([41, 130, 1], 1),
        ([37, 61, 3], 2),
    ] {
        compare(gpu, sizes, batch, &few);
    }
}

#[test]
fn large_products_are_right_with_cublas_and_without() {
    let Some(gpu) = cuda::active() else { return };
    for (sizes, batch) in [([131, 140, 150], 1), ([45, 70, 50], 16)] {
        assert!(sizes.iter().product::<usize>() * batch >= WORTH_ASKING);
        compare(gpu, sizes, batch, &[]);
    }
}

#[test]
fn without_depth_a_product_is_the_bias() {
    let Some(gpu) = cuda::active() else { return };
    let (nothing, bias) =
        (Memory::scratch(gpu, 0), Array::from_vec(&[6], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    for [m, n] in [[7, 6], [2, 6]] {
        let (a, b) = (Matrix::new(&nothing, 0), Matrix::new(&nothing, n));
        let made =
            gpu.product(&Product::new([m, 0, n], a, b), &Ending::new(gpu, Some(&bias), &Finish::Plain));
        let rows = Array::on_gpu(&[m, n], Layout::RowMajor, made).to_vec();
        assert!(rows.chunks(6).all(|row| row == bias.values()), "{rows:?}");
    }
}

#[test]
fn more_products_than_a_grid_is_deep_are_made_too() {
    let Some(gpu) = cuda::active() else { return };
    let numbers = Array::from_vec(&[MOST_DEEP + 3], (0..MOST_DEEP + 3).map(|i| i as f32).collect());
    let each = numbers.memory(gpu);
    let each = Matrix::new(&each, 1).apart(1);
    let made =
        gpu.product(&Product { sizes: [1; 3], batch: numbers.len(), a: each, b: each }, &Ending::default());
    let squares = Array::on_gpu(&[numbers.len()], Layout::RowMajor, made).to_vec();
    assert!(squares.iter().zip(numbers.values()).all(|(square, x)| *square == x * x));
}

#[test]
fn a_product_that_is_not_a_number_stays_none() {
    let Some(gpu) = cuda::active() else { return };
    let (mut a, b) = (Array::full(&[6, 5], 1.0), Array::full(&[5, 6], 1.0));
    a.values_mut()[7] = f32::NAN;
    let (left, right) = (a.memory(gpu), b.memory(gpu));
    let ending = Ending::new(gpu, None, &Finish::Clamp([0.0, f32::INFINITY]));
    let made = gpu.product(&Product::new([6, 5, 6], Matrix::new(&left, 5), Matrix::new(&right, 6)), &ending);
    let rows = Array::on_gpu(&[6, 6], Layout::RowMajor, made).to_vec();
    assert!(rows.iter().enumerate().all(|(i, x)| x.is_nan() == (i / 6 == 1)), "{rows:?}");
}
