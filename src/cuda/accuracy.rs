//! How many examples a classifier gets right, `kernels/accuracy.cu`.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};

impl Gpu {
    /// How many rows have their greatest score at their label, as a scalar.
    pub(crate) fn count_right(&'static self, scores: &Array, labels: &[usize]) -> Array {
        let columns = scores.sizes().last().copied().unwrap_or(0).max(1);
        let rows = labels.len().min(scores.len() / columns);
        let (labels, right) = (self.upload_numbers(labels), Memory::zeros(self, 1));
        let scores = scores.row_major();
        let launch = self.kernel("accuracy", "count_right").with(rows);
        let launch = launch.with(scores.memory(self)).with(columns).with(&labels).with(&right);
        launch.over(32 * rows);
        Array::on_gpu(&[], Layout::RowMajor, right)
    }
}
