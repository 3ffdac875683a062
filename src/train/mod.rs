//! Training: [`Trainer`] shows a model the data, epoch by epoch, and [`History`] tells how that went.

mod checkpoint;
mod drive;
mod early_stopping;
mod fit;
mod history;
mod live;
mod network;
mod progress;
mod run;
mod trainer;
mod validation;

pub use checkpoint::CheckpointError;
pub use drive::StepReport;
pub use early_stopping::EarlyStopping;
pub use history::History;
pub(crate) use run::for_batches;
pub use trainer::Trainer;
pub use validation::{NoValidation, ValidationData};
