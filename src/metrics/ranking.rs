//! How well scores tell yes from no, wherever the line between them is drawn: [`RocCurve`], [`PrecisionRecallCurve`],
//! [`roc_auc`], [`average_precision`].

/// The share of the noes and of the yeses that lie above a threshold, for every threshold that changes them.
///
/// ```
/// use ferrolab::metrics::RocCurve;
/// let curve = RocCurve::new(&[0.9, 0.8, 0.3, 0.1], &[1, 0, 1, 0]);
/// assert_eq!(curve.thresholds, [f32::INFINITY, 0.9, 0.8, 0.3, 0.1]);
/// assert_eq!(curve.true_positive_rate, [0.0, 0.5, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.false_positive_rate, [0.0, 0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(curve.auc(), 0.75); // of four pairs of a yes and a no, three are in the right order
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RocCurve {
    /// Of the noes, the share with a score of at least the threshold; NaN if there are none.
    pub false_positive_rate: Vec<f32>,
    /// Of the yeses, the share with a score of at least the threshold; NaN if there are none.
    pub true_positive_rate: Vec<f32>,
    /// The scores that there are, falling, after an infinite one that nothing reaches.
    pub thresholds: Vec<f32>,
}

impl RocCurve {
    /// From scores, greater for a surer yes, and labels, 1 for yes and 0 for no.
    ///
    /// ***Panics*** if there are not as many scores as labels, a label is neither 0 nor 1, or a score is NaN.
    #[track_caller]
    pub fn new(scores: &[f32], labels: &[usize]) -> RocCurve {
        let steps = steps("roc", scores, labels);
        let (positives, negatives) = totals(&steps);
        let rate = |part: usize, whole: usize| (part as f64 / whole as f64) as f32;
        let curve = |of: &dyn Fn(&Step) -> f32| steps.iter().map(of).collect::<Vec<f32>>();
        let with_start = |start: f32, mut rest: Vec<f32>| {
            rest.insert(0, start);
            rest
        };
        RocCurve {
            false_positive_rate: with_start(
                rate(0, negatives),
                curve(&|step| rate(step.false_positives, negatives)),
            ),
            true_positive_rate: with_start(
                rate(0, positives),
                curve(&|step| rate(step.true_positives, positives)),
            ),
            thresholds: with_start(f32::INFINITY, curve(&|step| step.threshold)),
        }
    }

    /// The area under the curve: the probability that a yes scores higher than a no, ties counting half. 0.5 is chance;
    /// NaN if all labels are the same.
    pub fn auc(&self) -> f32 {
        let undefined = |rates: &[f32]| rates.first().is_none_or(|rate| rate.is_nan());
        if undefined(&self.false_positive_rate) || undefined(&self.true_positive_rate) {
            return f32::NAN;
        }
        let points = self.false_positive_rate.windows(2).zip(self.true_positive_rate.windows(2));
        let areas = points
            .map(|(x, y)| (f64::from(x[1]) - f64::from(x[0])) * (f64::from(y[0]) + f64::from(y[1])) / 2.0);
        areas.sum::<f64>() as f32
    }
}

/// The area under the [`RocCurve`] of these scores and labels (1 for yes, 0 for no).
///
/// ```
/// use ferrolab::metrics::roc_auc;
/// assert_eq!(roc_auc(&[0.9, 0.8, 0.3, 0.1], &[1, 0, 1, 0]), 0.75);
/// ```
///
/// ***Panics*** as [`RocCurve::new`] does.
#[track_caller]
pub fn roc_auc(scores: &[f32], labels: &[usize]) -> f32 {
    RocCurve::new(scores, labels).auc()
}

/// Precision and recall of calling everything a yes that scores at least a threshold, for every threshold that changes them.
///
/// ```
/// use ferrolab::metrics::PrecisionRecallCurve;
/// let curve = PrecisionRecallCurve::new(&[0.9, 0.8, 0.3, 0.1], &[1, 0, 1, 0]);
/// assert_eq!(curve.thresholds, [f32::INFINITY, 0.9, 0.8, 0.3, 0.1]);
/// assert_eq!(curve.precision, [1.0, 1.0, 0.5, 2.0 / 3.0, 0.5]);
/// assert_eq!(curve.recall, [0.0, 0.5, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.threshold_for(0.6), Some(0.3)); // the lowest one of a precision of at least 0.6
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PrecisionRecallCurve {
    /// Of what scores at least the threshold, the share of yeses; 1 for the infinite threshold.
    pub precision: Vec<f32>,
    /// Of the yeses, the share that scores at least the threshold; 1 if there are none, as in scikit-learn.
    pub recall: Vec<f32>,
    /// The scores that there are, falling, after an infinite one that nothing reaches.
    pub thresholds: Vec<f32>,
}

impl PrecisionRecallCurve {
    /// From scores, greater for a surer yes, and labels, 1 for yes and 0 for no.
    ///
    /// ***Panics*** if there are not as many scores as labels, a label is neither 0 nor 1, or a score is NaN.
    #[track_caller]
    pub fn new(scores: &[f32], labels: &[usize]) -> PrecisionRecallCurve {
        let steps = steps("precision_recall", scores, labels);
        let (positives, _) = totals(&steps);
        let mut curve =
            PrecisionRecallCurve { precision: vec![1.0], recall: vec![0.0], thresholds: vec![f32::INFINITY] };
        for Step { threshold, true_positives, false_positives } in steps {
            curve.precision.push((true_positives as f64 / (true_positives + false_positives) as f64) as f32);
            let found = if positives == 0 { 1.0 } else { true_positives as f64 / positives as f64 };
            curve.recall.push(found as f32);
            curve.thresholds.push(threshold);
        }
        curve
    }

    /// The lowest threshold whose precision is at least so much: it finds the most. `None` if no score reaches it.
    pub fn threshold_for(&self, precision: f32) -> Option<f32> {
        let reached = (1..self.thresholds.len()).rev().find(|&i| self.precision[i] >= precision)?;
        Some(self.thresholds[reached])
    }
}

/// The mean of the precisions at each threshold, weighted by how much recall grows there: 1 if every yes scores higher
/// than every no; where yes is rare it says more than [`roc_auc`]. 0 if there is no yes.
///
/// ```
/// use ferrolab::metrics::average_precision;
/// let value = average_precision(&[0.9, 0.8, 0.3, 0.1], &[1, 0, 1, 0]);
/// assert!((value - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-6);
/// ```
///
/// ***Panics*** as [`RocCurve::new`] does.
#[track_caller]
pub fn average_precision(scores: &[f32], labels: &[usize]) -> f32 {
    let steps = steps("average_precision", scores, labels);
    let (positives, _) = totals(&steps);
    let (mut sum, mut before) = (0.0f64, 0);
    for step in &steps {
        let precision = step.true_positives as f64 / (step.true_positives + step.false_positives) as f64;
        sum += (step.true_positives - before) as f64 * precision;
        before = step.true_positives;
    }
    (sum / positives.max(1) as f64) as f32
}

/// What lies at or above a threshold.
struct Step {
    threshold: f32,
    true_positives: usize,
    false_positives: usize,
}

/// One step for every score that there is, falling.
#[track_caller]
fn steps(name: &str, scores: &[f32], labels: &[usize]) -> Vec<Step> {
    let (s, l) = (scores.len(), labels.len());
    assert!(s == l, "{name}: {s} scores, but {l} labels");
    if let Some(label) = labels.iter().find(|&&label| label > 1) {
        panic!("{name}: expected labels 0 (no) and 1 (yes), got {label}");
    }
    if let Some(position) = scores.iter().position(|score| score.is_nan()) {
        panic!("{name}: score {position} is not a number");
    }
    let mut pairs: Vec<(f32, usize)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut steps: Vec<Step> = Vec::new();
    let (mut true_positives, mut false_positives) = (0, 0);
    for (threshold, label) in pairs {
        true_positives += label;
        false_positives += 1 - label;
        match steps.last_mut() {
            // 0.0 and -0.0 are one threshold.
            Some(step) if step.threshold == threshold => {
                (step.true_positives, step.false_positives) = (true_positives, false_positives);
            }
            _ => steps.push(Step { threshold, true_positives, false_positives }),
        }
    }
    steps
}

/// How many are yes and how many no.
fn totals(steps: &[Step]) -> (usize, usize) {
    steps.last().map_or((0, 0), |step| (step.true_positives, step.false_positives))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_half() {
        assert_eq!(roc_auc(&[0.5, 0.5, 0.5], &[1, 0, 1]), 0.5);
        assert_eq!(RocCurve::new(&[0.0, -0.0], &[0, 1]).thresholds, [f32::INFINITY, 0.0]);
    }

    #[test]
    fn without_a_yes_or_a_no_there_is_nothing_to_tell_apart() {
        assert!(roc_auc(&[0.1, 0.2], &[1, 1]).is_nan() && roc_auc(&[], &[]).is_nan());
        assert_eq!(average_precision(&[0.1, 0.2], &[0, 0]), 0.0);
    }

    #[test]
    fn a_precision_that_is_never_reached_has_no_threshold() {
        let curve = PrecisionRecallCurve::new(&[0.9, 0.8], &[0, 1]);
        assert_eq!((curve.threshold_for(0.6), curve.threshold_for(0.5)), (None, Some(0.8)));
        assert_eq!(PrecisionRecallCurve::new(&[0.9], &[0]).recall, [0.0, 1.0]);
    }

    #[test]
    #[should_panic(expected = "roc: expected labels 0 (no) and 1 (yes), got 2")]
    fn labels_are_yes_or_no() {
        RocCurve::new(&[0.1], &[2]);
    }

    #[test]
    #[should_panic(expected = "average_precision: score 1 is not a number")]
    fn scores_are_numbers() {
        average_precision(&[0.1, f32::NAN], &[0, 1]);
    }
}
