//! [`EarlyStopping`]: no more epochs once they do not help.

use super::History;
use super::drive::kept;
use crate::array::Array;
use crate::nn::Module;

/// Ends a training when the validation loss (without validation data, the training loss) has not become smaller for
/// `patience` epochs, and gives the model back the parameters of the best epoch, as it does at the end of every training.
///
/// ```
/// use ferrolab::prelude::*;
/// use ferrolab::train::EarlyStopping;
/// # let data = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
/// # let mut model = sequential!(Input([2]).dense(2));
/// let stop = EarlyStopping::new(3).min_delta(0.001);
/// let history = Trainer::new(Sgd::new(0.0)).epochs(100).early_stopping(stop).fit(&mut model, &data);
/// assert_eq!(history.loss.len(), 4); // nothing is learnt at a learning rate of 0
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    patience: usize,
    min_delta: f32,
    by_accuracy: bool,
}

impl EarlyStopping {
    /// So many epochs without a better one, and it ends.
    ///
    /// ***Panics*** if `patience` is 0.
    #[track_caller]
    pub fn new(patience: usize) -> Self {
        assert!(patience > 0, "EarlyStopping: wait for at least 1 epoch, not 0");
        EarlyStopping { patience, min_delta: 0.0, by_accuracy: false }
    }

    /// How much better an epoch must be to count.
    pub fn min_delta(mut self, delta: f32) -> Self {
        self.min_delta = delta;
        self
    }

    /// Looks at the accuracy instead of the loss.
    pub fn by_accuracy(mut self) -> Self {
        self.by_accuracy = true;
        self
    }

    /// What shall become small, of the last epoch.
    #[track_caller]
    fn measure(&self, history: &History) -> f32 {
        let last = |validation: &[f32], training: &[f32]| validation.last().or(training.last()).copied();
        if self.by_accuracy {
            let accuracy = last(&history.val_accuracy, &history.accuracy);
            -accuracy
                .expect("EarlyStopping: by_accuracy() needs a training that counts it: `fit`, not `fit_with`")
        } else {
            last(&history.val_loss, &history.loss).unwrap_or(f32::INFINITY)
        }
    }
}

/// Whether to go on, and the best parameters so far.
#[derive(Default)]
pub(super) struct Stopper {
    /// The measure of the best epoch.
    pub(super) best: Option<f32>,
    /// Epochs since then.
    pub(super) bad: usize,
    pub(super) stopped: bool,
    /// The parameters after the best epoch, in the order of the module.
    pub(super) parameters: Vec<Array>,
}

impl Stopper {
    #[track_caller]
    pub(super) fn observe(&mut self, rule: EarlyStopping, history: &History, model: &dyn Module) {
        let measure = rule.measure(history);
        if self.best.is_none_or(|best| measure < best - rule.min_delta) {
            (self.best, self.bad) = (Some(measure), 0);
            self.parameters = kept(model).iter().map(|(_, tensor)| tensor.array()).collect();
        } else {
            self.bad += 1;
            self.stopped |= self.bad >= rule.patience;
        }
    }

    pub(super) fn give_back_best(&self, model: &dyn Module) {
        for ((_, parameter), best) in kept(model).iter().zip(&self.parameters) {
            parameter.set(best.clone());
        }
    }
}
