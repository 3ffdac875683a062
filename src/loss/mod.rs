//! Losses: how wrong a prediction is, as one number to be made small. One file each; formulas and defaults are PyTorch's.
//!
//! | to predict | loss |
//! |---|---|
//! | one class of many | [`cross_entropy`], [`CrossEntropy`]; [`nll`] after a `log_softmax` of one's own |
//! | yes or no, once or several times | [`bce_with_logits`], [`BceWithLogits`]; [`focal`], [`Focal`] where nearly all are easy |
//! | numbers | [`mse`], [`mae`], [`huber`], [`smooth_l1`] |
//! | how high numbers may get: a quantile | [`pinball`] |
//! | a distribution | [`kl_div`] |
//! | what is like what | [`triplet_margin`], [`cosine_embedding`] |
//! | a sequence of labels in more frames | [`ctc`], [`Ctc`] |

mod bce_with_logits;
mod cosine_embedding;
mod cross_entropy;
mod ctc;
mod focal;
mod huber;
mod kl_div;
mod labels;
mod mae;
mod mse;
mod nll;
mod pairs;
mod pinball;
mod smooth_l1;
mod triplet_margin;

pub use bce_with_logits::{BceWithLogits, bce_with_logits};
pub use cosine_embedding::cosine_embedding;
pub use cross_entropy::{CrossEntropy, cross_entropy};
pub use ctc::{Ctc, ctc};
pub use focal::{Focal, focal};
pub use huber::huber;
pub use kl_div::kl_div;
pub use labels::Labels;
pub use mae::mae;
pub use mse::mse;
pub use nll::nll;
pub use pinball::pinball;
pub use smooth_l1::smooth_l1;
pub use triplet_margin::triplet_margin;
