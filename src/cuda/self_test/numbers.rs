//! Operations on values one by one, reductions and orders.

use super::cases::Case;
use crate::array::Array;
use crate::dtype::Values;
use crate::ops::{self, Side};
use crate::raw::Raw;

/// What is timed of a formula: 8 million values.
const MANY: usize = 8192;

const fn formula(name: &'static str, run: fn(&[Raw]) -> Raw) -> Case {
    Case::new(name, &[&[31, 33]], run).many(MANY)
}

const fn positive(name: &'static str, run: fn(&[Raw]) -> Raw) -> Case {
    formula(name, run).within(0.2, 3.0)
}

const fn of_two(name: &'static str, run: fn(&[Raw]) -> Raw) -> Case {
    Case::new(name, &[&[31, 33], &[31, 33]], run).within(0.3, 2.0).many(MANY)
}

const fn reduction(name: &'static str, run: fn(&[Raw]) -> Raw) -> Case {
    Case::new(name, &[&[13, 5, 37]], run).many(2048)
}

/// A mask as numbers.
fn ones(mask: &Values<bool>) -> Raw {
    positions(mask.as_slice().iter().map(|&holds| usize::from(holds)).collect())
}

/// Positions as numbers.
pub(super) fn positions(all: Vec<usize>) -> Raw {
    Raw::new(Array::from_vec(&[all.len()], all.into_iter().map(|position| position as f32).collect()))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        formula("abs", |x| ops::abs(&x[0])),
        formula("acos", |x| ops::acos(&x[0])).within(-0.9, 0.9),
        formula("add_scalar", |x| ops::add_scalar(&x[0], 1.5)),
        formula("asin", |x| ops::asin(&x[0])).within(-0.9, 0.9),
        formula("atan", |x| ops::atan(&x[0])),
        formula("ceil", |x| ops::ceil(&x[0])),
        formula("clamp", |x| ops::clamp(&x[0], -0.5, 1.0)),
        formula("cos", |x| ops::cos(&x[0])),
        formula("cosh", |x| ops::cosh(&x[0])),
        formula("elu", |x| ops::elu(&x[0], 0.7)),
        formula("erf", |x| ops::erf(&x[0])),
        formula("exp", |x| ops::exp(&x[0])),
        formula("expm1", |x| ops::expm1(&x[0])),
        formula("floor", |x| ops::floor(&x[0])),
        formula("gelu", |x| ops::gelu(&x[0])),
        formula("gelu_tanh", |x| ops::gelu_tanh(&x[0])),
        formula("hardsigmoid", |x| ops::hardsigmoid(&x[0])),
        formula("hardswish", |x| ops::hardswish(&x[0])),
        formula("isfinite", |x| ones(&ops::isfinite(&x[0]))),
        formula("isinf", |x| ones(&ops::isinf(&x[0]))),
        formula("isnan", |x| ones(&ops::isnan(&x[0]))),
        formula("leaky_relu", |x| ops::leaky_relu(&x[0], 0.1)),
        positive("ln", |x| ops::ln(&x[0])),
        positive("log10", |x| ops::log10(&x[0])),
        positive("log1p", |x| ops::log1p(&x[0])),
        positive("log2", |x| ops::log2(&x[0])),
        formula("log_sigmoid", |x| ops::log_sigmoid(&x[0])),
        formula("mish", |x| ops::mish(&x[0])),
        formula("mul_scalar", |x| ops::mul_scalar(&x[0], -0.7)),
        formula("neg", |x| ops::neg(&x[0])),
        positive("pow", |x| ops::pow(&x[0], 2.3)),
        formula("powi", |x| ops::powi(&x[0], 3)),
        positive("reciprocal", |x| ops::reciprocal(&x[0])),
        formula("relu", |x| ops::relu(&x[0])),
        formula("relu6", |x| ops::relu6(&x[0])),
        formula("round", |x| ops::round(&x[0])),
        positive("rsqrt", |x| ops::rsqrt(&x[0])),
        positive("scalar_div", |x| ops::scalar_div(2.5, &x[0])),
        formula("selu", |x| ops::selu(&x[0])),
        formula("sigmoid", |x| ops::sigmoid(&x[0])),
        formula("sign", |x| ops::sign(&x[0])),
        formula("silu", |x| ops::silu(&x[0])),
        formula("sin", |x| ops::sin(&x[0])),
        formula("sinh", |x| ops::sinh(&x[0])),
        formula("softplus", |x| ops::softplus(&x[0])),
        formula("softsign", |x| ops::softsign(&x[0])),
        positive("sqrt", |x| ops::sqrt(&x[0])),
        formula("square", |x| ops::square(&x[0])),
        formula("tan", |x| ops::tan(&x[0])).within(-1.2, 1.2),
        formula("tanh", |x| ops::tanh(&x[0])),
        formula("trunc", |x| ops::trunc(&x[0])),
        of_two("add", |x| ops::add(&x[0], &x[1])),
        of_two("div", |x| ops::div(&x[0], &x[1])),
        of_two("maximum", |x| ops::maximum(&x[0], &x[1])),
        of_two("minimum", |x| ops::minimum(&x[0], &x[1])),
        of_two("mul", |x| ops::mul(&x[0], &x[1])),
        of_two("sub", |x| ops::sub(&x[0], &x[1])),
        of_two("eq", |x| ones(&ops::eq(&x[0], Side::Tensor(&x[1])))),
        of_two("ge", |x| ones(&ops::ge(&x[0], Side::Tensor(&x[1])))),
        of_two("gt", |x| ones(&ops::gt(&x[0], Side::Number(1.0)))),
        of_two("le", |x| ones(&ops::le(&x[0], Side::Number(1.0)))),
        of_two("lt", |x| ones(&ops::lt(&x[0], Side::Tensor(&x[1])))),
        of_two("ne", |x| ones(&ops::ne(&x[0], Side::Number(1.0)))),
        reduction("argmax_axis", |x| positions(ops::argmax_axis(&x[0], 1))),
        reduction("argmax_last", |x| positions(ops::argmax_last(&x[0]))),
        reduction("argmin_axis", |x| positions(ops::argmin_axis(&x[0], 0))),
        reduction("argsort", |x| positions(ops::argsort(&x[0], true))),
        reduction("cosine_similarity", |x| ops::cosine_similarity(&x[0], &ops::add_scalar(&x[0], 0.5), 2)),
        reduction("cumprod", |x| ops::cumprod(&x[0], 1)),
        reduction("cumsum", |x| ops::cumsum(&x[0], 2)),
        reduction("log_softmax", |x| ops::log_softmax(&x[0])),
        reduction("logsumexp", |x| ops::logsumexp(&x[0])),
        reduction("logsumexp_axis", |x| ops::logsumexp_axis(&x[0], 1)),
        reduction("max", |x| ops::max(&x[0])),
        reduction("max_axis", |x| ops::max_axis(&x[0], 1)),
        reduction("mean", |x| ops::mean(&x[0])),
        reduction("mean_axis", |x| ops::mean_axis(&x[0], 0)),
        reduction("mean_last", |x| ops::mean_last(&x[0])),
        reduction("min", |x| ops::min(&x[0])),
        reduction("min_axis", |x| ops::min_axis(&x[0], 2)),
        reduction("mse", |x| ops::mse(&x[0], &ops::mul_scalar(&x[0], 0.5))),
        reduction("norm", |x| ops::norm(&x[0])),
        reduction("norm_axis", |x| ops::norm_axis(&x[0], 1)),
        reduction("normalize", |x| ops::normalize(&x[0], 2)),
        reduction("prod", |x| ops::prod(&x[0])).within(0.999, 1.001),
        reduction("prod_axis", |x| ops::prod_axis(&x[0], 1)),
        reduction("softmax", |x| ops::softmax(&x[0])),
        reduction("sort", |x| ops::sort(&x[0], false).0),
        reduction("sum", |x| ops::sum(&x[0])),
        reduction("sum_axis", |x| ops::sum_axis(&x[0], 1)),
        reduction("sum_last", |x| ops::sum_last(&x[0])),
        reduction("topk", |x| ops::topk(&x[0], 3).0),
        reduction("var", |x| ops::var(&x[0], true)),
        reduction("var_axis", |x| ops::var_axis(&x[0], 1, false)),
    ]
}
