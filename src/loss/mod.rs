//! Losses: how wrong a prediction is, as one number to be made small. One file each; formulas and defaults are PyTorch's.
//!
//! | to predict | loss |
//! |---|---|
//! | one class of many | [`cross_entropy`], [`CrossEntropy`]; [`nll`] after a `log_softmax` of one's own |
//! | yes or no, once or several times | [`bce_with_logits`], [`BceWithLogits`] |
//! | numbers | [`mse`], [`mae`], [`huber`] |
//! | a distribution | [`kl_div`] |
//! | what is like what | [`triplet_margin`] |

mod bce_with_logits;
mod cross_entropy;
mod huber;
mod kl_div;
mod labels;
mod mae;
mod mse;
mod nll;
mod pairs;
mod triplet_margin;

pub use bce_with_logits::{BceWithLogits, bce_with_logits};
pub use cross_entropy::{CrossEntropy, cross_entropy};
pub use huber::huber;
pub use kl_div::kl_div;
pub use labels::Labels;
pub use mae::mae;
pub use mse::mse;
pub use nll::nll;
pub use triplet_margin::triplet_margin;
