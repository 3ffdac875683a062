//! What operations on the values of one tensor share: a formula and its slope.

use crate::cpu::elementwise::{map, zip};
use crate::raw::Raw;

/// `f` of every value; `slope` is its derivative, as a function of the input.
pub(super) fn unary(
    name: &'static str,
    x: &Raw,
    f: impl Fn(f32) -> f32 + Sync,
    slope: impl Fn(f32) -> f32 + Send + Sync + 'static,
) -> Raw {
    let kept = x.kept();
    let y = Raw::kept_as(&[x], map(&kept.array(), f));
    Raw::from_op(name, y, &[x], move |gradient, _| {
        let dx = zip(
            gradient,
            &kept.array(),
            #[inline(always)]
            |g, x| g * slope(x),
        );
        vec![Some(dx)]
    })
}
