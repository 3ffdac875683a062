//! How good a model is, as numbers for people. Checked against scikit-learn.
//!
//! | of | measures |
//! |---|---|
//! | a classifier on a data set | [`accuracy`], [`confusion_matrix`], from which precision, recall and F1 follow, [`mistakes`] |
//! | scores of several classes | [`top_k_accuracy`], [`perplexity`], [`roc_auc_ovr`] |
//! | scores of yes or no | [`RocCurve`], [`roc_auc`], [`PrecisionRecallCurve`], [`average_precision`] |
//! | probabilities of yes | [`log_loss`], [`CalibrationCurve`], [`expected_calibration_error`]; [`TemperatureScaling`] mends them |
//! | translations | [`bleu`] |
//! | tags of sentences | [`spans`], [`span_scores`] |
//! | predicted numbers | [`rmse`], [`mae`], [`r2`] |

mod bleu;
mod calibration;
mod confusion;
mod mistakes;
mod models;
mod numbers;
mod probabilities;
mod ranking;
mod scores;
mod spans;
mod temperature;

pub use bleu::{Bleu, bleu};
pub use calibration::{CalibrationCurve, expected_calibration_error};
pub use confusion::{Average, ConfusionMatrix, Scores};
pub use mistakes::{Mistake, mistakes, mistakes_with};
pub use models::{accuracy, accuracy_with, confusion_matrix, confusion_matrix_with};
pub use numbers::{mae, r2, rmse};
pub use probabilities::log_loss;
pub use ranking::{PrecisionRecallCurve, RocCurve, average_precision, roc_auc};
pub use scores::{perplexity, roc_auc_ovr, top_k_accuracy};
pub use spans::{Span, SpanCounts, SpanScores, span_scores, spans};
pub use temperature::TemperatureScaling;
