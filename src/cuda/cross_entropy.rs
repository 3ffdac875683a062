//! Cross entropy: `kernels/cross_entropy.cu`.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// What rows of scores should say.
pub(crate) struct Wanted {
    pub(crate) classes: usize,
    /// The class of each row; none of a row that does not count.
    pub(crate) targets: Memory<u32>,
    /// How much each class counts, if not all the same.
    pub(crate) weights: Option<Memory>,
    /// How much of the weight of a target is asked for it, and how much of each weight of all classes in every row.
    pub(crate) kept: f32,
    pub(crate) evenly: f32,
    /// What is asked for evenly, of all classes together.
    pub(crate) everywhere: f32,
    /// The weight of all rows.
    pub(crate) divisor: f32,
}

impl Gpu {
    /// The loss, and the logarithm of the sum of the exponentials of each row.
    pub(crate) fn cross_entropy(&'static self, scores: &Array, wanted: &Wanted) -> (Array, Memory) {
        let Wanted { classes, targets, weights, kept, evenly, .. } = wanted;
        let rows = targets.len();
        let [log_sums, losses] = [(); 2].map(|()| Memory::scratch(self, rows));
        let scores = scores.memory(self);
        self.by_rows("cross_entropy", "cross_entropy", [rows, *classes], |kernel| {
            let kernel = kernel.with(*classes).with(&*scores).with(targets).with(weights.as_ref());
            kernel.with(*kept).with(*evenly).with(&log_sums).with(&losses)
        });
        let loss = self.axis_sum(&losses, [1, rows, 1], wanted.divisor);
        (Array::on_gpu(&[], Layout::RowMajor, loss), log_sums)
    }

    /// What of `gradient` comes back to the scores.
    pub(crate) fn cross_entropy_slope(
        &'static self,
        gradient: &Array,
        scores: &Array,
        wanted: &Wanted,
        log_sums: &Memory,
    ) -> Array {
        let dx = Memory::scratch(self, scores.len());
        let launch = self.kernel("cross_entropy", "cross_entropy_slope").with(dx.len()).with(wanted.classes);
        let launch = launch.with(gradient.memory(self)).with(wanted.divisor);
        let launch = launch.with(scores.memory(self)).with(&wanted.targets).with(wanted.weights.as_ref());
        let launch = launch.with(wanted.kept).with(wanted.evenly).with(wanted.everywhere);
        launch.with(log_sums).with(&dx).over(dx.len());
        Array::on_gpu(scores.sizes(), Layout::RowMajor, dx)
    }
}
