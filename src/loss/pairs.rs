//! What the losses that compare value by value share.

use crate::array::Array;
use crate::cpu::elementwise::zip;
use crate::cpu::reduce;
use crate::cuda::{self, Side};
use crate::raw::Raw;

/// A function of a prediction and a target, with its slopes.
pub(super) struct Pair<F, A, B> {
    pub(super) value: F,
    /// Its derivative with respect to the prediction.
    pub(super) by_prediction: A,
    /// Its derivative with respect to the target.
    pub(super) by_target: B,
}

/// The sum over all pairs of values, divided by `count`. A GPU's kernels are found by the name of the loss, and are given the
/// numbers that it depends on.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub(super) fn mean_of_pairs<F, A, B>(
    name: &'static str,
    numbers: [f32; 2],
    [prediction, target]: [&Raw; 2],
    count: usize,
    pair: Pair<F, A, B>,
) -> Raw
where
    F: Fn(f32, f32) -> f32 + Sync,
    A: Fn(f32, f32) -> f32 + Send + Sync + 'static,
    B: Fn(f32, f32) -> f32 + Send + Sync + 'static,
{
    let (sizes, others) = (prediction.sizes(), target.sizes());
    assert!(sizes == others, "{name}: the shapes differ: {sizes:?} and {others:?}");
    let (p, t) = (prediction.array(), target.array());
    if let Some(gpu) = cuda::active() {
        let (pairs, divisor) = ([p, t], count as f32);
        let loss = gpu.mean_of_pairs(name, numbers, pairs.each_ref(), divisor);
        return Raw::from_op(name, loss, &[prediction, target], move |gradient, wanted| {
            let of = |side| gpu.slope_of_pairs((name, side), numbers, pairs.each_ref(), gradient, divisor);
            vec![wanted[0].then(|| of(Side::Prediction)), wanted[1].then(|| of(Side::Target))]
        });
    }
    let total = reduce::sum(zip(&p, &t, pair.value).values());
    let loss = Array::full(&[], total / count as f32);
    let (by_prediction, by_target) = (pair.by_prediction, pair.by_target);
    Raw::from_op(name, loss, &[prediction, target], move |gradient, wanted| {
        let scale = gradient.values()[0] / count as f32;
        vec![
            wanted[0].then(|| zip(&p, &t, |p, t| scale * by_prediction(p, t))),
            wanted[1].then(|| zip(&p, &t, |p, t| scale * by_target(p, t))),
        ]
    })
}
