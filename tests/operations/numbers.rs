//! Operations on values one by one, sums and orders.

use ferrolab::Raw;
use ferrolab::array::Array;
use ferrolab::dtype::Values;
use ferrolab::ops;
use ferrolab::ops::Side;

use super::Cases;

#[test]
fn every_function_of_one_value_equals_pytorch() {
    let cases = Cases::new("operations");
    let all = |operation: &str, f: &dyn Fn(&Raw) -> Raw| cases.all(operation, |_, x| f(&x[0]));
    all("abs", &ops::abs);
    all("relu", &ops::relu);
    all("sigmoid", &ops::sigmoid);
    all("tanh", &ops::tanh);
    all("exp", &ops::exp);
    all("neg", &ops::neg);
    all("square", &ops::square);
    all("erf", &ops::erf);
    all("sinh", &ops::sinh);
    all("cosh", &ops::cosh);
    all("expm1", &ops::expm1);
    all("atan", &ops::atan);
    all("log_sigmoid", &ops::log_sigmoid);
    all("selu", &ops::selu);
    all("mish", &ops::mish);
    all("softsign", &ops::softsign);
    all("floor", &ops::floor);
    all("ceil", &ops::ceil);
    all("round", &ops::round);
    all("trunc", &ops::trunc);
    all("tan", &ops::tan);
    all("asin", &ops::asin);
    all("acos", &ops::acos);
    all("log1p", &ops::log1p);
    all("ln", &ops::ln);
    all("log2", &ops::log2);
    all("log10", &ops::log10);
    all("sqrt", &ops::sqrt);
    all("rsqrt", &ops::rsqrt);
    all("powi_cube", &|x| ops::powi(x, 3));
    all("powi_inverse", &|x| ops::powi(x, -2));
    all("add_scalar", &|x| ops::add_scalar(x, 1.5));
    all("mul_scalar", &|x| ops::mul_scalar(x, -0.7));
    all("scalar_div", &|x| ops::scalar_div(2.5, x));
}

#[test]
fn every_function_of_two_values_equals_pytorch() {
    let cases = Cases::new("operations");
    let all = |operation: &str, f: &dyn Fn(&Raw, &Raw) -> Raw| cases.all(operation, |_, x| f(&x[0], &x[1]));
    all("add", &ops::add);
    all("sub", &ops::sub);
    all("mul", &ops::mul);
    all("div", &ops::div);
}

/// A mask as numbers, to compare it.
fn ones(mask: Values<bool>) -> Raw {
    numbers(mask.as_slice().iter().map(|&holds| usize::from(holds)).collect(), mask.sizes())
}

#[test]
fn comparisons_equal_pytorch() {
    let cases = Cases::new("operations");
    let all = |operation: &str, f: &dyn Fn(&Raw, Side) -> Values<bool>| {
        cases.all(operation, |_, x| ones(f(&x[0], Side::Tensor(&x[1]))));
        cases.all(&format!("{operation}_number"), |_, x| ones(f(&x[0], Side::Number(0.5))));
    };
    all("gt", &ops::gt);
    all("ge", &ops::ge);
    all("lt", &ops::lt);
    all("le", &ops::le);
    all("eq", &ops::eq);
    all("ne", &ops::ne);
    let all = |operation: &str, f: &dyn Fn(&Raw) -> Values<bool>| cases.all(operation, |_, x| ones(f(&x[0])));
    all("isnan", &ops::isnan);
    all("isinf", &ops::isinf);
    all("isfinite", &ops::isfinite);
}

/// Positions as numbers, in the shape of what they are compared with.
fn numbers(positions: Vec<usize>, sizes: &[usize]) -> Raw {
    Raw::new(Array::from_vec(sizes, positions.into_iter().map(|position| position as f32).collect()))
}

#[test]
fn reductions_of_everything_and_of_rows_equal_pytorch() {
    let cases = Cases::new("operations");
    let all = |operation: &str, f: &dyn Fn(&Raw) -> Raw| cases.all(operation, |_, x| f(&x[0]));
    all("sum", &ops::sum);
    all("mean", &ops::mean);
    all("prod", &ops::prod);
    all("norm", &ops::norm);
    all("logsumexp", &ops::logsumexp);
    all("max_of_all", &ops::max);
    all("min_of_all", &ops::min);
    all("var_of_all", &|x| ops::var(x, true));
    all("sum_last", &ops::sum_last);
    all("mean_last", &ops::mean_last);
    all("softmax", &ops::softmax);
    all("log_softmax", &ops::log_softmax);
    all("argmax_last", &|x| numbers(ops::argmax_last(x), &x.sizes()[..x.sizes().len() - 1]));
    all("max_channels", &ops::max_channels);
}

#[test]
fn reductions_along_every_axis_equal_pytorch() {
    let cases = Cases::new("operations");
    let all = |operation: &str, f: &dyn Fn(&Raw, usize) -> Raw| cases.all(operation, |at, x| f(&x[0], at[0]));
    all("prod_axis", &ops::prod_axis);
    all("cumprod", &ops::cumprod);
    all("logsumexp_axis", &ops::logsumexp_axis);
    all("norm_axis", &ops::norm_axis);
    all("normalize", &ops::normalize);
    cases.all("cosine_similarity", |at, x| ops::cosine_similarity(&x[0], &x[1], at[0]));
}

#[test]
fn orders_equal_pytorch() {
    let cases = Cases::new("operations");
    for (operation, descending) in [("sort", false), ("sort_descending", true)] {
        cases.all(operation, |_, x| ops::sort(&x[0], descending).0);
        cases.all(&format!("arg{operation}"), |_, x| numbers(ops::argsort(&x[0], descending), &x[0].sizes()));
    }
    cases.all("topk", |k, x| ops::topk(&x[0], k[0]).0);
    cases.all("topk_indices", |k, x| {
        let (values, positions) = ops::topk(&x[0], k[0]);
        numbers(positions, &values.sizes())
    });
}
