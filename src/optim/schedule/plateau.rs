//! [`ReduceLrOnPlateau`]: smaller steps when learning stalls.

use super::Schedule;

/// Multiplies the rate with a factor (0.1 unless told otherwise) when the loss has not become smaller for more than
/// `patience` epochs (10); smaller by less than a 10 000th counts as not smaller. The loss is that of the validation data
/// or, without, that of the training data.
///
/// ```
/// use ferrolab::optim::schedule::{ReduceLrOnPlateau, Schedule};
/// let mut schedule = ReduceLrOnPlateau::new().patience(1).factor(0.5);
/// let mut rates = vec![];
/// for (epoch, loss) in [3.0, 2.0, 2.0, 2.0, 1.0].into_iter().enumerate() {
///     rates.push(schedule.learning_rate(0.8, epoch));
///     schedule.observe(loss);
/// }
/// assert_eq!(rates, [0.8, 0.8, 0.8, 0.8, 0.4]); // the 2.0 was not beaten twice: more than 1 time
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReduceLrOnPlateau {
    factor: f32,
    patience: usize,
    threshold: f32,
    cooldown: usize,
    min: f32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
struct State {
    best: f32,
    /// Epochs since then.
    bad: usize,
    /// Epochs that are not counted because the rate has just fallen.
    resting: usize,
    /// How often the rate has fallen.
    reductions: usize,
}

impl Default for ReduceLrOnPlateau {
    fn default() -> Self {
        let state = State { best: f32::INFINITY, bad: 0, resting: 0, reductions: 0 };
        ReduceLrOnPlateau { factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, min: 0.0, state }
    }
}

impl ReduceLrOnPlateau {
    /// With the defaults above.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the rate is multiplied with.
    pub fn factor(mut self, factor: f32) -> Self {
        self.factor = factor;
        self
    }

    /// How many epochs without a smaller loss are borne.
    pub fn patience(mut self, patience: usize) -> Self {
        self.patience = patience;
        self
    }

    /// By which part of itself the smallest loss must become smaller to count.
    ///
    /// ```
    /// use ferrolab::optim::schedule::{ReduceLrOnPlateau, Schedule};
    /// let mut schedule = ReduceLrOnPlateau::new().factor(0.5).patience(0).threshold(0.01).cooldown(1).min(1e-4);
    /// for loss in [1.0, 1.0] {
    ///     schedule.observe(loss);
    /// }
    /// assert_eq!(schedule.learning_rate(0.2, 2), 0.1);
    /// ```
    pub fn threshold(mut self, threshold: f32) -> Self {
        self.threshold = threshold;
        self
    }

    /// How many epochs after a fall are not counted.
    pub fn cooldown(mut self, epochs: usize) -> Self {
        self.cooldown = epochs;
        self
    }

    /// The rate does not fall below this.
    pub fn min(mut self, min: f32) -> Self {
        self.min = min;
        self
    }
}

impl Schedule for ReduceLrOnPlateau {
    fn learning_rate(&self, base: f32, _: usize) -> f32 {
        let reductions = i32::try_from(self.state.reductions).unwrap_or(i32::MAX);
        let rate = (f64::from(base) * f64::from(self.factor).powi(reductions)) as f32;
        // A rate that was below the bound from the start stays there.
        rate.max(self.min.min(base))
    }

    fn observe(&mut self, loss: f32) {
        let state = &mut self.state;
        if loss < state.best * (1.0 - self.threshold) {
            (state.best, state.bad) = (loss, 0);
        } else {
            state.bad += 1;
        }
        if state.resting > 0 {
            (state.resting, state.bad) = (state.resting - 1, 0);
        }
        if state.bad > self.patience {
            (state.bad, state.resting) = (0, self.cooldown);
            state.reductions += 1;
        }
    }

    fn state(&self) -> Vec<f32> {
        let State { best, bad, resting, reductions } = self.state;
        vec![best, bad as f32, resting as f32, reductions as f32]
    }

    fn restore(&mut self, state: &[f32]) {
        if let &[best, bad, resting, reductions] = state {
            let [bad, resting, reductions] = [bad, resting, reductions].map(|count| count as usize);
            self.state = State { best, bad, resting, reductions };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_schedule_goes_on_as_the_first_would() {
        let losses = [3.0, 2.9, 2.95, 2.94, 2.93, 2.0, 2.1, 2.2, 2.3, 2.4];
        let mut whole = ReduceLrOnPlateau::new().patience(1).cooldown(1);
        let mut first = whole;
        losses.iter().for_each(|&loss| whole.observe(loss));
        losses[..4].iter().for_each(|&loss| first.observe(loss));
        let mut second = ReduceLrOnPlateau::new().patience(1).cooldown(1);
        second.restore(&first.state());
        losses[4..].iter().for_each(|&loss| second.observe(loss));
        assert_eq!(second.state(), whole.state());
        assert!(whole.learning_rate(1.0, 0) < 0.05);
    }
}
