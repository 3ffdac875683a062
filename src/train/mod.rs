//! Training: [`Trainer`] shows a model the data, epoch by epoch, and [`History`] tells how that went.

mod history;
mod live;
mod progress;
mod run;
mod trainer;

pub use history::History;
pub(crate) use run::for_batches;
pub use trainer::{NoValidation, Trainer, ValidationData};
