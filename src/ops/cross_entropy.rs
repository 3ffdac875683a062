//! `cross_entropy`: how badly scores predict classes, softmax and logarithm in one.

use super::log_softmax::log_sum_exp;
use super::matmul::matrix_sizes;
use super::softmax::softmax_row;
use crate::array::Array;
use crate::cpu::elementwise::{for_lanes, of_lanes};
use crate::cuda::{self, Gpu, Wanted};
use crate::raw::Raw;

/// How [`cross_entropy_by`] counts classes.
#[derive(Clone, Debug, Default)]
pub struct ClassRule {
    /// How much each class counts; all the same without.
    pub weights: Option<Vec<f32>>,
    /// Rows of this target do not count; it need not be a class.
    pub ignore_index: Option<usize>,
    /// The part of a row's probability that is asked for evenly of all classes, from 0 to 1.
    pub label_smoothing: f32,
}

impl ClassRule {
    fn weight(&self, class: usize) -> f32 {
        self.weights.as_ref().map_or(1.0, |weights| weights[class])
    }

    fn counts(&self, target: usize) -> bool {
        self.ignore_index != Some(target)
    }
}

/// The mean over the batch of `-ln softmax(logits)[target]`: `logits` is `[n, classes]`, `targets` one class a row.
///
/// ***Panics*** if there is not one target a row, or one is not a class.
#[track_caller]
pub fn cross_entropy(logits: &Raw, targets: &[usize]) -> Raw {
    cross_entropy_by(logits, targets, &ClassRule::default())
}

/// [`cross_entropy`] with class weights `w`, smoothing `ε` and targets that do not count. A row of target `y` costs
/// `Σ_c q[c] (-ln softmax(logits)[c])` with `q[c] = (1 - ε) w[y] [c = y] + w[c] ε / classes`; the sum over the rows that
/// count is divided by the sum of their `w[y]`.
///
/// ***Panics*** if there is not one target a row, one is not a class, or there is not one weight a class.
#[track_caller]
pub fn cross_entropy_by(logits: &Raw, targets: &[usize], rule: &ClassRule) -> Raw {
    let [n, classes] = matrix_sizes("cross_entropy", logits);
    assert!(n == targets.len(), "cross_entropy: {n} rows of scores, but {} targets", targets.len());
    if let Some(&target) = targets.iter().find(|&&target| target >= classes && rule.counts(target)) {
        panic!("cross_entropy: target {target} is not one of the {classes} classes 0..{classes}");
    }
    if let Some(weights) = &rule.weights {
        let given = weights.len();
        assert!(given == classes, "cross_entropy: {given} class weights, but {classes} classes");
    }
    if let Some(gpu) = cuda::active() {
        return on_gpu(gpu, logits, targets, rule);
    }
    let scores = logits.array();
    let (mut total, mut divisor) = (0.0f64, 0.0f64);
    let spread: Vec<f32> = spread_weights(rule, classes);
    let log_sums = of_lanes(scores.values(), classes, log_sum_exp);
    let rows = scores.values().chunks_exact(classes.max(1)).zip(targets).zip(log_sums);
    for ((row, &target), log_sum) in rows.filter(|&((_, &target), _)| rule.counts(target)) {
        let weight = f64::from(rule.weight(target));
        total += (1.0 - f64::from(rule.label_smoothing)) * weight * f64::from(log_sum - row[target]);
        let evenly = row.iter().zip(&spread).map(|(x, w)| f64::from(*w) * f64::from(log_sum - x));
        total += evenly.sum::<f64>();
        divisor += weight;
    }
    let loss = Array::full(&[], (total / divisor) as f32);
    let (targets, rule) = (targets.to_vec(), rule.clone());
    Raw::from_op("cross_entropy", loss, &[logits], move |gradient, _| {
        // d loss / d logits = (softmax Σ q - q) / divisor
        let scale = gradient.values()[0] / divisor as f32;
        let everywhere: f32 = spread.iter().sum();
        let mut dx = scores.row_major();
        for_lanes(
            dx.values_mut(),
            classes,
            #[inline(always)]
            |i, row| {
                let target = targets[i];
                if !rule.counts(target) {
                    return row.fill(0.0);
                }
                softmax_row(row);
                let wanted = (1.0 - rule.label_smoothing) * rule.weight(target);
                let sum = wanted + everywhere;
                row.iter_mut().for_each(|x| *x *= sum);
                row[target] -= wanted;
                row.iter_mut().zip(&spread).for_each(|(x, spread)| *x -= spread);
                row.iter_mut().for_each(|x| *x *= scale);
            },
        );
        vec![Some(dx)]
    })
}

/// [`cross_entropy_by`] on a GPU, of what was checked there.
fn on_gpu(gpu: &'static Gpu, logits: &Raw, targets: &[usize], rule: &ClassRule) -> Raw {
    let (scores, classes) = (logits.array().row_major(), logits.sizes()[1]);
    let counted = || targets.iter().filter(|&&target| rule.counts(target));
    let divisor: f64 = counted().map(|&target| f64::from(rule.weight(target))).sum();
    let class = |&target: &usize| if rule.counts(target) { target as u32 } else { u32::MAX };
    let wanted = Wanted {
        classes,
        targets: gpu.upload(&targets.iter().map(class).collect::<Vec<u32>>()),
        weights: rule.weights.as_ref().map(|weights| gpu.upload(weights)),
        kept: 1.0 - rule.label_smoothing,
        evenly: rule.label_smoothing / classes as f32,
        everywhere: spread_weights(rule, classes).iter().sum(),
        divisor: divisor as f32,
    };
    let (loss, log_sums) = gpu.cross_entropy(&scores, &wanted);
    Raw::from_op("cross_entropy", loss, &[logits], move |gradient, _| {
        vec![Some(gpu.cross_entropy_slope(gradient, &scores, &wanted, &log_sums))]
    })
}

/// What label smoothing asks of each class in every row; empty without smoothing.
fn spread_weights(rule: &ClassRule, classes: usize) -> Vec<f32> {
    let smoothed = if rule.label_smoothing > 0.0 { classes } else { 0 };
    (0..smoothed).map(|class| rule.weight(class) * rule.label_smoothing / classes as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    fn logits() -> Array {
        Array::from_vec(&[2, 3], vec![1.0, 2.0, 3.0, 0.3, 0.0, 1.5])
    }

    #[test]
    fn gradient() {
        check_gradient(&[logits()], |x| cross_entropy(&x[0], &[2, 0]));
    }

    #[test]
    fn gradient_with_every_choice() {
        let rule =
            ClassRule { weights: Some(vec![0.5, 2.0, 1.0]), ignore_index: Some(9), label_smoothing: 0.2 };
        let logits = Array::from_vec(&[3, 3], vec![1.0, 2.0, 3.0, 0.3, 0.0, 1.5, 0.1, 0.2, 0.7]);
        check_gradient(&[logits], |x| cross_entropy_by(&x[0], &[1, 9, 0], &rule));
    }

    #[test]
    #[should_panic(expected = "cross_entropy: 2 class weights, but 3 classes")]
    fn there_is_one_weight_a_class() {
        let rule = ClassRule { weights: Some(vec![1.0, 2.0]), ..ClassRule::default() };
        cross_entropy_by(&Raw::new(logits()), &[0, 1], &rule);
    }

    #[test]
    fn many_scores_cost_what_their_rows_cost() {
        const CLASSES: usize = 2000;
        let scores = crate::random::Generator::new(4).uniform(&[40, CLASSES], -3.0, 3.0);
        let targets: Vec<usize> = (0..40).map(|row| row * 37).collect();
        let cost = |scores: &[f32], targets: &[usize]| {
            let x = Raw::new(Array::from_vec(&[targets.len(), CLASSES], scores.to_vec())).requires_grad();
            let loss = cross_entropy(&x, targets);
            (loss.to_vec()[0], crate::autograd::backward(&loss).of_raw(&x).to_vec())
        };
        let (loss, gradient) = cost(scores.values(), &targets);
        let rows: Vec<_> =
            scores.values().chunks(CLASSES).zip(&targets).map(|(x, &y)| cost(x, &[y])).collect();
        let mean = rows.iter().map(|row| row.0).sum::<f32>() / 40.0;
        assert!((loss - mean).abs() < 1e-5, "{loss} and {mean}");
        for (all, one) in gradient.iter().zip(rows.iter().flat_map(|row| &row.1)) {
            assert!((40.0 * all - one).abs() < 1e-5, "{all} and {one}");
        }
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

    #[test]
    fn costs_of_every_rule_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        for classes in [3, 40, 1500] {
            let targets: Vec<usize> =
                (0..35).map(|row| if row % 9 == 4 { 7777 } else { row * 37 % classes }).collect();
            let weights = (0..classes).map(|class| 0.5 + (class % 5) as f32).collect();
            for (weights, label_smoothing) in [(None, 0.0), (Some(weights), 0.0), (None, 0.3)] {
                let rule = ClassRule { weights, ignore_index: Some(7777), label_smoothing };
                let x = random.uniform(&[35, classes], -3.0, 3.0);
                agrees_within(1e-4, &[x], |x| cross_entropy_by(&x[0], &targets, &rule));
            }
        }
    }
}
