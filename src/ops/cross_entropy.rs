//! `cross_entropy`: how badly scores predict classes, softmax and logarithm in one.

use super::log_softmax::log_sum_exp;
use super::matmul::matrix_sizes;
use super::softmax::softmax_row;
use crate::array::Array;
use crate::cpu::elementwise::map_lanes;
use crate::raw::Raw;

/// The mean over the batch of `-ln softmax(logits)[target]`: `logits` is `[n, classes]`, `targets` one class a row.
///
/// ***Panics*** if there is not one target a row, or one is not a class.
#[track_caller]
pub fn cross_entropy(logits: &Raw, targets: &[usize]) -> Raw {
    let [n, classes] = matrix_sizes("cross_entropy", logits);
    assert!(n == targets.len(), "cross_entropy: {n} rows of scores, but {} targets", targets.len());
    if let Some(&target) = targets.iter().find(|&&target| target >= classes) {
        panic!("cross_entropy: target {target} is not one of the {classes} classes 0..{classes}");
    }
    let scores = logits.array();
    let rows = scores.values().chunks_exact(classes.max(1)).zip(targets);
    let total: f64 = rows.map(|(row, &target)| f64::from(log_sum_exp(row) - row[target])).sum();
    let loss = Array::full(&[], (total / n as f64) as f32);
    let targets = targets.to_vec();
    Raw::from_op("cross_entropy", loss, &[logits], move |gradient, _| {
        // d loss / d logits = (softmax - one-hot) / n
        let scale = gradient.values()[0] / n as f32;
        let mut dx = map_lanes(&scores, "softmax", softmax_row);
        for (row, &target) in dx.values_mut().chunks_exact_mut(classes).zip(&targets) {
            row[target] -= 1.0;
            row.iter_mut().for_each(|x| *x *= scale);
        }
        vec![Some(dx)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    fn logits() -> Array {
        Array::from_vec(&[2, 3], vec![1.0, 2.0, 3.0, 0.3, 0.0, 1.5])
    }

    #[test]
    fn gradient() {
        check_gradient(&[logits()], |x| cross_entropy(&x[0], &[2, 0]));
    }

    #[test]
    fn values() {
        // -ln(e³ / (e + e² + e³)) = 0.40760596
        let loss = cross_entropy(&Raw::new(Array::from_vec(&[1, 3], vec![1.0, 2.0, 3.0])), &[2]).to_vec();
        assert!((loss[0] - 0.407_605_96).abs() < 1e-6, "{loss:?}");
    }

    #[test]
    #[should_panic(expected = "cross_entropy: target 3 is not one of the 3 classes 0..3")]
    fn targets_are_classes() {
        cross_entropy(&Raw::new(logits()), &[0, 3]);
    }

    #[test]
    #[should_panic(expected = "cross_entropy: 2 rows of scores, but 1 targets")]
    fn there_is_one_target_a_row() {
        cross_entropy(&Raw::new(logits()), &[0]);
    }
}
