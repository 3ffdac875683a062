//! How far predicted numbers are off: [`rmse`], [`mae`], [`r2`].

/// The root of the mean of the squared errors: in the unit of what is predicted. NaN of nothing.
///
/// ```
/// use ferrolab::metrics::rmse;
/// assert_eq!(rmse(&[1.0, 7.0], &[2.0, 0.0]), 5.0); // √((1 + 49) / 2)
/// ```
///
/// ***Panics*** if there are not as many predictions as targets.
#[track_caller]
pub fn rmse(predictions: &[f32], targets: &[f32]) -> f32 {
    mean("rmse", predictions, targets, |error| error * error).sqrt() as f32
}

/// The mean of the absolute errors, in the unit of what is predicted. NaN of nothing. A loss of the same name, for
/// tensors: [`loss::mae`](crate::loss::mae).
///
/// ```
/// use ferrolab::metrics::mae;
/// assert_eq!(mae(&[1.0, 7.0], &[2.0, 0.0]), 4.0); // (1 + 7) / 2
/// ```
///
/// ***Panics*** if there are not as many predictions as targets.
#[track_caller]
pub fn mae(predictions: &[f32], targets: &[f32]) -> f32 {
    mean("mae", predictions, targets, f64::abs) as f32
}

/// The coefficient of determination, `1 - Σ (t - p)² / Σ (t - mean of t)²`: 1 for perfect predictions, 0 for those no
/// better than the mean of the targets, less for worse ones. If all targets are equal: 1 if all are met, else 0, as in
/// scikit-learn. NaN of fewer than two.
///
/// ```
/// use ferrolab::metrics::r2;
/// assert_eq!(r2(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), 0.5); // 1 - 1/2
/// ```
///
/// ***Panics*** if there are not as many predictions as targets.
#[track_caller]
pub fn r2(predictions: &[f32], targets: &[f32]) -> f32 {
    let errors = mean("r2", predictions, targets, |error| error * error);
    if targets.len() < 2 {
        return f32::NAN;
    }
    let middle = targets.iter().map(|&t| f64::from(t)).sum::<f64>() / targets.len() as f64;
    let spread = targets.iter().map(|&t| (f64::from(t) - middle).powi(2)).sum::<f64>() / targets.len() as f64;
    match (errors == 0.0, spread == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => (1.0 - errors / spread) as f32,
    }
}

/// The mean of a function of the errors.
#[track_caller]
fn mean(name: &str, predictions: &[f32], targets: &[f32], of: impl Fn(f64) -> f64) -> f64 {
    let (p, t) = (predictions.len(), targets.len());
    assert!(p == t, "{name}: {p} predictions, but {t} targets");
    let errors = predictions.iter().zip(targets).map(|(&p, &t)| of(f64::from(p) - f64::from(t)));
    errors.sum::<f64>() / p as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_targets_have_no_spread_to_explain() {
        assert_eq!((r2(&[2.0, 2.0], &[2.0, 2.0]), r2(&[2.0, 3.0], &[2.0, 2.0])), (1.0, 0.0));
        assert!(r2(&[2.0], &[2.0]).is_nan() && rmse(&[], &[]).is_nan());
    }

    #[test]
    #[should_panic(expected = "rmse: 2 predictions, but 1 targets")]
    fn there_is_a_target_for_each_prediction() {
        rmse(&[1.0, 2.0], &[1.0]);
    }
}
