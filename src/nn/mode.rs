//! Training or evaluation: evaluation unless somebody says otherwise, so that it cannot be forgotten.
//!
//! Layers such as [`Dropout`](crate::nn::Dropout) behave differently while a network learns. The
//! [`Trainer`](crate::Trainer) switches training on around each step and off again; a loop of one's own uses [`training`].

use std::cell::Cell;

thread_local! {
    static TRAINING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside [`training`].
pub fn is_training() -> bool {
    TRAINING.get()
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
    with(true, body)
}

/// Runs `body` with layers in evaluation mode, also inside [`training`].
pub fn evaluation<T>(body: impl FnOnce() -> T) -> T {
    with(false, body)
}

fn with<T>(training: bool, body: impl FnOnce() -> T) -> T {
    /// Puts the switch back even when `body` panics or is interrupted.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            TRAINING.set(self.0);
        }
    }
    let _restore = Restore(TRAINING.replace(training));
    body()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
