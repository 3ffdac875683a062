//! Operations against PyTorch, forward and backward. The fixture is made by `tests/peers/ops.py`, which has the same cases.

mod operations;
mod sources;

use ferrolab::Raw;
use ferrolab::autograd::backward;
use ferrolab::io::safetensors::File;
use ferrolab::ops;
use ferrolab::prelude::*;

fn fixture() -> File {
    File::read(format!("{}/tests/peers/ops.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let close = (ours - theirs).abs() <= tolerance * (1.0 + theirs.abs());
        assert!(close, "{what}, value {i}: ours {ours}, PyTorch's {theirs}");
    }
}

/// Runs a case of the fixture: sizes, values and every gradient are compared.
#[track_caller]
fn check(file: &File, name: &str, f: impl Fn(&[Raw]) -> Raw) {
    check_within(2e-6, file, name, f);
}

#[track_caller]
fn check_within(tolerance: f32, file: &File, name: &str, f: impl Fn(&[Raw]) -> Raw) {
    let tensors = file.tensors();
    let tensor =
        |part: &str| Raw::new(tensors.get(&format!("{name}.{part}")).expect("a case of the fixture").clone());
    let count = (0..).take_while(|i| tensors.contains_key(&format!("{name}.x{i}"))).count();
    assert!(count > 0, "the fixture has no case `{name}`");
    let inputs: Vec<Raw> = (0..count).map(|i| tensor(&format!("x{i}")).requires_grad()).collect();
    let (y, expected) = (f(&inputs), tensor("y"));
    assert_eq!(y.sizes(), expected.sizes(), "{name}");
    assert_close(name, &y.to_vec(), &expected.to_vec(), tolerance);
    if !y.is_tracked() {
        // A mask or positions: no gradient in PyTorch either.
        let flows = (0..count).any(|i| tensor(&format!("g{i}")).to_vec().iter().any(|&g| g != 0.0));
        assert!(!flows, "{name}: the gradient is lost");
        return;
    }
    let gradients = backward(&ops::sum(&ops::mul(&y, &tensor("dy"))));
    for (i, input) in inputs.iter().enumerate() {
        let theirs = tensor(&format!("g{i}")).to_vec();
        let ours = gradients.of_raw(input).to_vec();
        assert_close(&format!("{name}, gradient {i}"), &ours, &theirs, tolerance);
    }
}

/// Every case whose name is `operation` and a number.
#[track_caller]
fn check_all(file: &File, operation: &str, cases: usize, f: impl Fn(&[Raw]) -> Raw) {
    for i in 0..cases {
        check(file, &format!("{operation}.{i}"), &f);
    }
}

#[test]
fn elementwise_operations_equal_pytorch() {
    let file = fixture();
    let all = |operation: &str, f: &dyn Fn(&Raw) -> Raw| check_all(&file, operation, 2, |x| f(&x[0]));
    all("leaky_relu", &|x| ops::leaky_relu(x, 0.2));
    all("elu", &|x| ops::elu(x, 1.3));
    all("gelu", &ops::gelu);
    all("gelu_tanh", &ops::gelu_tanh);
    all("silu", &ops::silu);
    all("softplus", &ops::softplus);
    all("hardsigmoid", &ops::hardsigmoid);
    all("hardswish", &ops::hardswish);
    all("relu6", &ops::relu6);
    all("clamp", &|x| ops::clamp(x, -1.5, 2.0));
    all("sin", &ops::sin);
    all("cos", &ops::cos);
    all("sign", &ops::sign);
    all("pow", &|x| ops::pow(x, 1.7));
    all("reciprocal", &ops::reciprocal);
    check_all(&file, "maximum", 2, |x| ops::maximum(&x[0], &x[1]));
    check_all(&file, "minimum", 2, |x| ops::minimum(&x[0], &x[1]));
}

/// Positions as numbers, to compare them.
fn numbers(positions: Vec<usize>, sizes: &[usize]) -> Raw {
    let values = positions.into_iter().map(|position| position as f32).collect();
    Raw::new(ferrolab::array::Array::from_vec(sizes, values))
}

#[test]
fn reductions_along_every_axis_equal_pytorch() {
    let file = fixture();
    let sizes: [&[usize]; 3] = [&[5, 3], &[2, 7, 5], &[3, 4, 1, 5]];
    for (i, sizes) in sizes.iter().enumerate() {
        for axis in 0..sizes.len() {
            let all = |operation: &str, f: &dyn Fn(&Raw) -> Raw| {
                check(&file, &format!("{operation}.{i}.{axis}"), |x| f(&x[0]));
            };
            let rest = [&sizes[..axis], &sizes[axis + 1..]].concat();
            all("sum_axis", &|x| ops::sum_axis(x, axis));
            all("mean_axis", &|x| ops::mean_axis(x, axis));
            all("cumsum", &|x| ops::cumsum(x, axis));
            all("max_axis", &|x| ops::max_axis(x, axis));
            all("min_axis", &|x| ops::min_axis(x, axis));
            all("argmax_axis", &|x| numbers(ops::argmax_axis(x, axis), &rest));
            all("argmin_axis", &|x| numbers(ops::argmin_axis(x, axis), &rest));
            all("var_axis", &|x| ops::var_axis(x, axis, false));
            if sizes[axis] > 1 {
                all("var_axis_unbiased", &|x| ops::var_axis(x, axis, true));
                all("std_axis", &|x| ops::sqrt(&ops::var_axis(x, axis, true)));
            }
        }
    }
    check(&file, "max", |x| ops::max(&x[0]));
    check(&file, "min", |x| ops::min(&x[0]));
    check(&file, "var", |x| ops::var(&x[0], true));
    check(&file, "std", |x| ops::sqrt(&ops::var(&x[0], false)));
    check(&file, "topk", |x| ops::topk(&x[0], 3).0);
    check(&file, "topk_indices", |x| numbers(ops::topk(&x[0], 3).1, &[4, 3]));
}

#[test]
fn broadcasting_equals_pytorch() {
    let file = fixture();
    check_all(&file, "broadcast", 3, |x| ops::broadcast_to(&x[0], &[2, 3, 5]));
    check(&file, "broadcast.3", |x| ops::broadcast_to(&x[0], &[3, 5]));
    type Rows = Tensor<Rank2<4, 7>>;
    let rows = |x: &Raw| Rows::from_raw(x.clone());
    let row = |x: &Raw| Tensor::<Rank1<7>>::from_raw(x.clone()).broadcast();
    check(&file, "add_row", |x| (rows(&x[0]) + row(&x[1])).raw().clone());
    check(&file, "div_by_row", |x| (rows(&x[0]) / row(&x[1])).raw().clone());
    check(&file, "sub_column", |x| {
        (rows(&x[0]) - Tensor::<Rank2<4, 1>>::from_raw(x[1].clone()).broadcast()).raw().clone()
    });
    check(&file, "mul_channels", |x| {
        let channels = Tensor::<Rank3<3, 1, 1>>::from_raw(x[1].clone());
        (channels.broadcast() * Tensor::<Rank4<2, 3, 5, 5>>::from_raw(x[0].clone())).raw().clone()
    });
}

#[test]
fn joining_and_cutting_equal_pytorch() {
    let file = fixture();
    for axis in 0..3 {
        check(&file, &format!("cat.{axis}"), |x| ops::cat(x, axis));
        check(&file, &format!("stack.{axis}"), |x| ops::stack(x, axis));
    }
    check(&file, "slice.0", |x| ops::slice(&x[0], 0, 1, 3));
    check(&file, "slice.1", |x| ops::narrow(&x[0], 1, 2..4));
    check(&file, "select", |x| ops::select(&x[0], 1, 3));
    check(&file, "split", |x| {
        let parts = ops::split(&x[0], 1, &[1, 3, 1]);
        let weighted: Vec<Raw> = (1..).zip(&parts).map(|(i, part)| ops::mul_scalar(part, i as f32)).collect();
        ops::cat(&weighted, 1)
    });
    check(&file, "chunk", |x| ops::chunk(&x[0], 2, 3)[1].clone());
    check(&file, "tril", |x| ops::tril(&x[0], -1));
    check(&file, "triu", |x| ops::triu(&x[0], 1));
    check(&file, "pad2d", |x| ops::pad2d(&x[0], [1, 2, 0, 3], 0.5));
    check(&file, "permute", |x| ops::permute(&x[0], &[2, 0, 3, 1]));
}

#[test]
fn picking_by_indices_and_masks_equals_pytorch() {
    let file = fixture();
    for axis in 0..2 {
        check(&file, &format!("index_select.{axis}"), |x| ops::index_select(&x[0], axis, &[4, 0, 4, 2]));
    }
    let index = [1, 0, 2, 2, 0, 0, 1, 0];
    for (i, axis) in [(0, 1), (1, 0)] {
        check(&file, &format!("gather.{i}"), |x| ops::gather(&x[0], axis, &index, &[2, 4]));
        check(&file, &format!("scatter_add.{i}"), |x| ops::scatter_add(&x[0], axis, &index, &x[1]));
    }
    let mask = Tensor::from([[true, false, true], [false, false, true]]);
    check(&file, "where", |x| ops::where_(mask.stored(), &x[0], &x[1]));
    check(&file, "masked_fill", |x| ops::masked_fill(&x[0], mask.stored(), -2.5));
}

#[test]
fn products_equal_pytorch() {
    let file = fixture();
    check_all(&file, "matmul", 7, |x| ops::matmul(&x[0], &x[1]));
    let patterns: Vec<&str> = file
        .tensors()
        .keys()
        .filter_map(|name| name.strip_prefix("einsum.").and_then(|name| name.strip_suffix(".y")))
        .collect();
    assert_eq!(patterns.len(), 10);
    for pattern in patterns {
        check(&file, &format!("einsum.{pattern}"), |x| ops::einsum_raw(pattern, x));
    }
}

#[path = "common/instruction_sets.rs"]
mod instruction_sets;

#[test]
fn with_every_instruction_set() {
    instruction_sets::run_all();
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
