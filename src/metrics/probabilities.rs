//! How good predicted probabilities of yes are: [`log_loss`].

/// The mean of `-ln` of the probability that was given to what is true, scikit-learn's `log_loss`: 0 for one who is sure and right, `ln 2`
/// for one who always says one half, and the greater the surer the wrong answers are. NaN of nothing.
///
/// Probabilities closer to 0 or 1 than [`f32::EPSILON`] count as that close, as in scikit-learn: one wrong certainty does not make the
/// mean infinite.
///
/// ```
/// use ferrolab::metrics::log_loss;
/// let unsure = log_loss(&[0.5, 0.5], &[1, 0]);
/// assert!((unsure - 2f32.ln()).abs() < 1e-6);
/// assert!(log_loss(&[0.9, 0.1], &[1, 0]) < unsure && unsure < log_loss(&[0.1, 0.9], &[1, 0]));
/// ```
///
/// For training, from scores without a sigmoid: [`loss::bce_with_logits`](crate::loss::bce_with_logits).
///
/// ***Panics*** if there are not as many probabilities as labels, a label is neither 0 nor 1, or a probability is not between them.
#[track_caller]
pub fn log_loss(probabilities: &[f32], labels: &[usize]) -> f32 {
    let (p, l) = (probabilities.len(), labels.len());
    assert!(p == l, "log_loss: {p} probabilities, but {l} labels");
    let mut total = 0.0f64;
    for (&p, &label) in probabilities.iter().zip(labels) {
        assert!(label < 2, "log_loss: a label is 1 for yes or 0 for no, got {label}");
        assert!((0.0..=1.0).contains(&p), "log_loss: a probability is between 0 and 1, got {p}");
        let p = f64::from(p).clamp(f64::from(f32::EPSILON), 1.0 - f64::from(f32::EPSILON));
        total -= if label == 1 { p.ln() } else { (1.0 - p).ln() };
    }
    (total / p as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_certainty_is_finite() {
        // scikit-learn 1.9.1: log_loss([1, 0], np.float32([0, 0]), labels=[0, 1])
        assert!((log_loss(&[0.0, 0.0], &[1, 0]) - 7.971_192_3).abs() < 1e-5);
        assert!(log_loss(&[], &[]).is_nan());
    }

    #[test]
    #[should_panic(expected = "log_loss: a probability is between 0 and 1, got -2")]
    fn scores_are_no_probabilities() {
        log_loss(&[-2.0], &[0]);
    }

    #[test]
    #[should_panic(expected = "log_loss: 2 probabilities, but 1 labels")]
    fn there_is_a_label_for_each_probability() {
        log_loss(&[0.5, 0.5], &[0]);
    }
}
