//! Training or evaluation: evaluation unless somebody says otherwise, so that it cannot be forgotten.
//!
//! Layers such as [`Dropout`](crate::nn::Dropout) behave differently while a network learns. The
//! [`Trainer`](crate::Trainer) switches training on around each step and off again; a loop of one's own uses [`training`].
//!
//! Neither direction can go wrong in silence. `predict`, `probabilities`, `accuracy` and validation evaluate, even when
//! they are called inside [`training`]. And an optimiser that is given gradients of a forward pass in which such a layer
//! evaluated, only because nobody had said anything, warns once on the standard error output. Explanations, and training
//! with layers that shall evaluate, say [`evaluation`], and are left in peace.

use std::cell::Cell;
use std::sync::Once;

use crate::autograd;
use crate::raw::Raw;

/// What the layers of a thread do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// They evaluate, because nobody has said anything.
    Unsaid,
    Training,
    Evaluation,
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Unsaid) };
}

/// What layers do to a graph in which nobody has said whether they train: the names of the operations that say so there.
pub(crate) const UNSAID: [&str; 2] = [DROPOUT_LEFT_OUT, RUNNING_STATISTICS];
pub(super) const DROPOUT_LEFT_OUT: &str = "dropout was left out";
pub(super) const RUNNING_STATISTICS: &str = "batch_norm used its running statistics";

/// Whether this thread is inside [`training`].
pub fn is_training() -> bool {
    MODE.get() == Mode::Training
}

/// Runs `body` with layers in training mode.
///
/// ```
/// use ferrolab::nn::{Dropout, training};
/// use ferrolab::prelude::*;
/// let (dropout, x) = (Dropout::new(0.5), Tensor::<Rank1<8>>::ones());
/// assert_eq!(dropout.forward(&x).to_vec(), [1.0; 8]);
/// let y = training(|| dropout.forward(&x)); // half of the values dropped, the others doubled
/// assert!(y.to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
/// ```
pub fn training<T>(body: impl FnOnce() -> T) -> T {
    with(Mode::Training, body)
}

/// Runs `body` with layers in evaluation mode, also inside [`training`]. Without either of them layers evaluate too; here
/// it is meant, and an optimiser that is given gradients of it does not warn.
///
/// ```
/// use ferrolab::nn::{evaluation, training};
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([4]).dense(8).batch_norm().dense(2));
/// // Fine-tuning with the statistics of the first training:
/// let y = training(|| evaluation(|| model.forward(&Tensor::<Rank2<1, 4>>::ones())));
/// ```
pub fn evaluation<T>(body: impl FnOnce() -> T) -> T {
    with(Mode::Evaluation, body)
}

/// The result `y` of a layer that evaluates, with a note in the graph if nobody has said so.
pub(super) fn evaluated(note: &'static str, y: Raw) -> Raw {
    if MODE.get() != Mode::Unsaid || !y.is_tracked() || !autograd::is_enabled() {
        return y;
    }
    Raw::from_op(note, y.kept(), &[&y], |gradient, _| vec![Some(gradient.clone())])
}

/// Warns, once, if a step is about to follow gradients of a forward pass in which a layer evaluated unasked.
pub(crate) fn warn_of_unsaid(gradients: &autograd::Gradients) {
    static WARNED: Once = Once::new();
    if let Some(what) = gradients.unsaid() {
        WARNED.call_once(|| {
            eprintln!(
                "ferrolab: a step of the optimiser follows a loss that was computed outside `training(|| …)`: {what}. \
                 Put the forward pass inside `nn::training(|| …)`, or inside `nn::evaluation(|| …)` if that is meant. \
                 (This is said once.)"
            );
        });
    }
}

fn with<T>(mode: Mode, body: impl FnOnce() -> T) -> T {
    /// Puts the switch back even when `body` panics or is interrupted.
    struct Restore(Mode);
    impl Drop for Restore {
        fn drop(&mut self) {
            MODE.set(self.0);
        }
    }
    let _restore = Restore(MODE.replace(mode));
    body()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn the_mode_is_restored_when_the_body_panics() {
        let caught = std::panic::catch_unwind(|| training(|| panic!("in training: {}", is_training())));
        assert_eq!(
            caught.unwrap_err().downcast_ref::<String>().map(String::as_str),
            Some("in training: true")
        );
        assert!(!is_training());
    }

    #[test]
    fn evaluation_holds_inside_training() {
        assert!(training(|| !evaluation(is_training) && is_training()));
    }

    /// What a step would be warned of after this forward pass.
    fn unsaid(forward: impl FnOnce(&Tensor<Rank2<4, 2>>) -> Tensor<Rank2<4, 1>>) -> Option<&'static str> {
        let loss = forward(&Tensor::<Rank2<4, 2>>::uniform(-1.0, 1.0)).sum();
        loss.backward().unsaid()
    }

    #[test]
    fn gradients_tell_whether_a_layer_evaluated_because_nobody_had_said_anything() {
        let dropping = sequential!(Input([2]).dense(3).dropout(0.5).dense(1));
        let normal = sequential!(Input([2]).dense(3).batch_norm().dense(1));
        let plain = sequential!(Input([2]).dense(3).relu().dense(1));
        assert_eq!(unsaid(|x| dropping.forward(x)), Some(DROPOUT_LEFT_OUT));
        assert_eq!(unsaid(|x| normal.forward(x)), Some(RUNNING_STATISTICS));
        assert_eq!(unsaid(|x| plain.forward(x)), None);
        for model in [&dropping, &normal] {
            assert_eq!(unsaid(|x| training(|| model.forward(x))), None);
            assert_eq!(unsaid(|x| evaluation(|| model.forward(x))), None);
        }
    }

    #[test]
    fn nothing_is_noted_where_no_graph_is_made() {
        let dropout = crate::nn::Dropout::new(0.5);
        let x = Tensor::<Rank2<4, 2>>::ones().requires_grad();
        assert!(!crate::no_grad(|| dropout.forward(&x.exp())).is_tracked());
    }

    #[test]
    fn predictions_evaluate_inside_training_too() {
        let model = sequential!(Input([2]).dense(8).dropout(0.9).batch_norm().dense(3));
        let x = Tensor::<Rank2<4, 2>>::uniform(-1.0, 1.0);
        let outside = model.probabilities(&x).to_vec();
        assert_eq!(training(|| model.probabilities(&x).to_vec()), outside);
        assert_eq!(training(|| model.predict(&x)), model.predict(&x));
        let (_, mean) = &model.buffers()[0];
        assert_eq!(mean.to_vec(), [0.0; 8]);
    }
}
