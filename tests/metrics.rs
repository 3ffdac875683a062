//! Measures against scikit-learn. The fixtures are made by `tests/peers/metrics.py` and `tests/peers/calibration.py`.

use ferrolab::ConfusionMatrix;
use ferrolab::io::safetensors::File;
use ferrolab::metrics::{Average, CalibrationCurve, RocCurve, Scores, TemperatureScaling};
use ferrolab::prelude::*;

struct Case {
    name: &'static str,
    file: File,
}

impl Case {
    fn new(name: &'static str) -> Case {
        Case::of("metrics", name)
    }

    fn of(fixture: &str, name: &'static str) -> Case {
        let path = format!("{}/tests/peers/{fixture}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Case { name, file: File::read(path).unwrap() }
    }

    fn values(&self, key: &str) -> Vec<f32> {
        self.file.tensors()[&format!("{}.{key}", self.name)].to_vec()
    }

    fn classes(&self, key: &str) -> Vec<usize> {
        self.values(key).iter().map(|&class| class as usize).collect()
    }

    #[track_caller]
    fn close(&self, key: &str, ours: &[f32]) {
        let theirs = self.values(key);
        assert_eq!(ours.len(), theirs.len(), "{} {key}", self.name);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let same = ours == theirs || (ours - theirs).abs() <= 1e-6 * (1.0 + theirs.abs());
            assert!(same, "{} {key}: ours {ours}, scikit-learn's {theirs}", self.name);
        }
    }
}

fn check_classes<const C: usize>(name: &'static str) {
    let case = Case::new(name);
    let labels = case.classes("labels");
    let matrix = ConfusionMatrix::from_lists(&case.classes("predicted"), &labels, C);
    let counts: Vec<f32> = matrix.counts.concat().iter().map(|&count| count as f32).collect();
    case.close("confusion", &counts);
    case.close("accuracy", &[matrix.accuracy()]);
    case.close("each.precision", &matrix.precision());
    case.close("each.recall", &matrix.recall());
    case.close("each.f1", &matrix.f1());
    for (average, key) in
        [(Average::Macro, "macro"), (Average::Micro, "micro"), (Average::Weighted, "weighted")]
    {
        let Scores { precision, recall, f1, .. } = matrix.scores(average);
        case.close(&format!("{key}.precision"), &[precision]);
        case.close(&format!("{key}.recall"), &[recall]);
        case.close(&format!("{key}.f1"), &[f1]);
    }
    let scores = Tensor::<(usize, Const<C>)>::from_vec(case.values("scores"));
    let labels = Labels::<usize, C>::new(labels);
    for k in [1, 2, 3] {
        case.close(&format!("top{k}"), &[metrics::top_k_accuracy(&scores, &labels, k)]);
    }
    if name != "absent" {
        for (average, key) in
            [(Average::Macro, "macro"), (Average::Micro, "micro"), (Average::Weighted, "weighted")]
        {
            let area = metrics::roc_auc_ovr(&scores.softmax(), &labels, average);
            case.close(&format!("ovr.{key}"), &[area]);
        }
    }
    case.close("perplexity", &[metrics::perplexity(&scores, &labels)]);
}

#[test]
fn measures_of_classes_equal_scikit_learn() {
    check_classes::<3>("few");
    check_classes::<7>("many");
    check_classes::<5>("absent");
}

#[test]
fn roc_curves_and_areas_equal_scikit_learn() {
    for name in ["tiny", "ties", "long"] {
        let case = Case::new(name);
        let (scores, labels) = (case.values("scores"), case.classes("labels"));
        let curve = RocCurve::new(&scores, &labels);
        case.close("fpr", &curve.false_positive_rate);
        case.close("tpr", &curve.true_positive_rate);
        case.close("thresholds", &curve.thresholds);
        case.close("auc", &[curve.auc()]);
        case.close("auc", &[metrics::roc_auc(&scores, &labels)]);
        case.close("average_precision", &[metrics::average_precision(&scores, &labels)]);
    }
}

#[test]
fn measures_of_numbers_equal_scikit_learn() {
    for name in ["good", "bad"] {
        let case = Case::new(name);
        let (predictions, targets) = (case.values("predictions"), case.values("targets"));
        case.close("rmse", &[metrics::rmse(&predictions, &targets)]);
        case.close("mae", &[metrics::mae(&predictions, &targets)]);
        case.close("r2", &[metrics::r2(&predictions, &targets)]);
    }
}

#[test]
fn calibration_equals_scikit_learn() {
    for name in ["few", "honest", "too_sure"] {
        let case = Case::of("calibration", name);
        let (probabilities, labels) = (case.values("probabilities"), case.classes("labels"));
        let curve = CalibrationCurve::new(&probabilities, &labels, case.classes("bins")[0]);
        case.close("predicted", &curve.predicted);
        case.close("observed", &curve.observed);
        case.close("counts", &curve.counts.iter().map(|&count| count as f32).collect::<Vec<f32>>());
        case.close("error", &[curve.error()]);
    }
}

#[test]
fn temperatures_equal_scikit_learn() {
    fn check<const C: usize>(name: &'static str) {
        let case = Case::of("calibration", name);
        let scores = Tensor::<(usize, Const<C>)>::from_vec(case.values("scores"));
        let scaling = TemperatureScaling::fit(&scores, &Labels::<usize, C>::new(case.classes("labels")));
        let theirs = case.values("temperature")[0];
        // Its search for the minimum ends earlier than ours.
        assert!(
            (scaling.temperature / theirs - 1.0).abs() < 1e-3,
            "{name}: {} and {theirs}",
            scaling.temperature
        );
    }
    check::<3>("hot");
    check::<5>("cold");
}
