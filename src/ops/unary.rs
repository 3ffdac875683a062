//! What operations on the values of one tensor share: a formula and its slope.

use crate::compute;
use crate::raw::Raw;

/// `f` of every value; `slope` is its derivative, as a function of the input.
pub(super) fn unary(
    name: &'static str,
    x: &Raw,
    f: impl Fn(f32) -> f32 + Sync,
    slope: impl Fn(f32) -> f32 + Send + Sync + 'static,
) -> Raw {
    unary_by(name, [0.0; 2], x, f, slope)
}

/// [`unary`] for a formula that depends on one or two numbers.
pub(super) fn unary_by(
    name: &'static str,
    numbers: [f32; 2],
    x: &Raw,
    f: impl Fn(f32) -> f32 + Sync,
    slope: impl Fn(f32) -> f32 + Send + Sync + 'static,
) -> Raw {
    let kept = x.kept();
    let y = Raw::kept_as(&[x], compute::map_by(name, numbers, &kept.array(), f));
    Raw::from_op(name, y, &[x], move |gradient, _| {
        let dx = compute::slope_by(
            name,
            numbers,
            gradient,
            &kept.array(),
            #[inline(always)]
            |g, x| g * slope(x),
        );
        vec![Some(dx)]
    })
}
