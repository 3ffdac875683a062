//! How many examples a classifier gets right, `kernels/accuracy.cu`.

use super::launch::BLOCK;
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
        // Eight warps a block.
        launch.blocks([rows.div_ceil(8).min(self.most_blocks()), 1, 1], [BLOCK, 1, 1]);
        Array::on_gpu(&[], Layout::RowMajor, right)
    }
}

#[cfg(test)]
mod tests {
    use crate::ops;
    use crate::random::Generator;
    use crate::raw::Raw;

    #[test]
    fn as_many_are_right_as_the_greatest_scores_say() {
        let Some(gpu) = crate::cuda::active() else { return };
        for (rows, columns) in [(1, 1), (300, 3), (1000, 70)] {
            let scores = Generator::new(1).uniform(&[rows, columns], -1.0, 1.0);
            let labels: Vec<usize> = (0..rows).map(|row| row % columns).collect();
            let greatest = ops::argmax_last(&Raw::new(scores.clone()));
            let expected = greatest.iter().zip(&labels).filter(|(a, b)| a == b).count();
            assert_eq!(gpu.count_right(&scores, &labels).to_vec(), [expected as f32], "{rows} x {columns}");
        }
    }
}
