//! Losses that compare predictions and targets: `kernels/losses.cu`.

use super::elementwise::in_one_layout;
use super::launch::{BLOCK, Launch};
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// Most blocks that add up the losses of pairs.
const BLOCKS: usize = 1024;

/// Of which of two tensors a slope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Prediction,
    Target,
}

impl Side {
    fn kernel(self, name: &str) -> String {
        match self {
            Side::Prediction => format!("{name}_by_prediction"),
            Side::Target => format!("{name}_by_target"),
        }
    }
}

impl Gpu {
    /// The sum of what a kernel finds for `n` pairs, over a divisor.
    fn total(&'static self, kernel: Launch, n: usize, divisor: f32) -> Array {
        let blocks = n.div_ceil(4 * BLOCK as usize).min(BLOCKS);
        let totals = Memory::scratch(self, blocks);
        kernel.with(&totals).blocks([blocks, 1, 1], [BLOCK, 1, 1]);
        Array::on_gpu(&[], Layout::RowMajor, self.axis_sum(&totals, [1, blocks, 1], divisor))
    }

    /// The loss of a name of all pairs, over their number or what else it is divided by.
    pub(crate) fn mean_of_pairs(
        &'static self,
        name: &str,
        [a, b]: [f32; 2],
        pairs: [&Array; 2],
        divisor: f32,
    ) -> Array {
        let [prediction, target] = in_one_layout(pairs);
        let n = prediction.len();
        let kernel = self.kernel("losses", &format!("{name}_total")).with(n);
        let kernel = kernel.with(prediction.memory(self)).with(target.memory(self)).with(a).with(b);
        self.total(kernel, n, divisor)
    }

    /// What of the gradient of such a mean comes back to the predictions or the targets.
    pub(crate) fn slope_of_pairs(
        &'static self,
        (name, side): (&str, Side),
        [a, b]: [f32; 2],
        pairs: [&Array; 2],
        gradient: &Array,
        divisor: f32,
    ) -> Array {
        let [prediction, target] = in_one_layout(pairs);
        let to = Memory::scratch(self, prediction.len());
        let kernel = self.kernel("losses", &side.kernel(name)).with(to.len());
        let kernel = kernel.with(prediction.memory(self)).with(target.memory(self)).with(a).with(b);
        kernel.with(gradient.memory(self)).with(divisor).with(&to).over(to.len());
        Array::on_gpu(prediction.sizes(), prediction.layout(), to)
    }

    /// The mean binary cross entropy of row-major scores and answers; `weights` are those of yes along the last axis.
    pub(crate) fn binary_cross_entropy(&'static self, pairs: [&Array; 2], weights: &Memory) -> Array {
        let n = pairs[0].len();
        let kernel = self.binary_cross_entropy_kernel("bce_total", pairs, weights);
        self.total(kernel, n, n as f32)
    }

    /// What of its gradient comes back.
    pub(crate) fn binary_cross_entropy_slope(
        &'static self,
        side: Side,
        pairs: [&Array; 2],
        weights: &Memory,
        gradient: &Array,
    ) -> Array {
        let (n, sizes) = (pairs[0].len(), pairs[0].sizes());
        let to = Memory::scratch(self, n);
        let kernel = self.binary_cross_entropy_kernel(&side.kernel("bce"), pairs, weights);
        kernel.with(gradient.memory(self)).with(n as f32).with(&to).over(n);
        Array::on_gpu(sizes, Layout::RowMajor, to)
    }

    fn binary_cross_entropy_kernel<'a>(
        &'static self,
        name: &str,
        [scores, answers]: [&Array; 2],
        weights: &'a Memory,
    ) -> Launch<'a> {
        let kernel = self.kernel("losses", name).with(weights.len()).with(weights).with(scores.len());
        kernel.with(scores.memory(self)).with(answers.memory(self))
    }

    /// The loss of [`cosine_embedding`](crate::loss::cosine_embedding) of matrices, and the angles of their rows.
    pub(crate) fn cosine_embedding(
        &'static self,
        [a, b]: [&Array; 2],
        alike: &Memory<u32>,
        margin: f32,
    ) -> (Array, Memory<f64>) {
        let (rows, width) = (alike.len(), a.len() / alike.len().max(1));
        let (angles, losses) = (Memory::scratch(self, 3 * rows), Memory::scratch(self, rows));
        let kernel = self.kernel("losses", "cosine_embedding").with(rows).with(width);
        let kernel = kernel.with(a.memory(self)).with(b.memory(self)).with(alike).with(margin);
        let kernel = kernel.with(&angles).with(&losses);
        kernel.blocks([rows.div_ceil(BLOCK as usize / 32), 1, 1], [BLOCK, 1, 1]);
        (self.mean_of_rows(&losses), angles)
    }

    /// What of its gradient comes back to each matrix.
    pub(crate) fn cosine_embedding_slope(
        &'static self,
        gradient: &Array,
        [a, b]: [&Array; 2],
        alike: &Memory<u32>,
        margin: f32,
        angles: &Memory<f64>,
    ) -> [Array; 2] {
        let (rows, n) = (alike.len(), a.len());
        let slopes = [(); 2].map(|()| Memory::scratch(self, n));
        let kernel = self.kernel("losses", "cosine_embedding_slope").with(n).with(n / rows.max(1));
        let kernel = kernel.with(gradient.memory(self)).with(a.memory(self)).with(b.memory(self));
        let kernel = kernel.with(alike).with(margin).with(rows as f32).with(angles);
        kernel.with(&slopes[0]).with(&slopes[1]).over(n);
        slopes.map(|slope| Array::on_gpu(a.sizes(), Layout::RowMajor, slope))
    }

    /// The loss of [`triplet_margin`](crate::loss::triplet_margin) of matrices of so many rows, and, row by row, the
    /// distances and what the row costs.
    pub(crate) fn triplet_margin(
        &'static self,
        matrices: [&Array; 3],
        rows: usize,
        margin: f32,
    ) -> (Array, [Memory; 2]) {
        let (distances, losses) = (Memory::scratch(self, 2 * rows), Memory::scratch(self, rows));
        let kernel = self.kernel("losses", "triplet_margin").with(rows).with(matrices[0].len() / rows.max(1));
        let kernel = matrices.iter().fold(kernel, |kernel, matrix| kernel.with(matrix.memory(self)));
        let kernel = kernel.with(margin).with(&distances).with(&losses);
        kernel.blocks([rows.div_ceil(BLOCK as usize / 32), 1, 1], [BLOCK, 1, 1]);
        (self.mean_of_rows(&losses), [distances, losses])
    }

    /// What of its gradient comes back to each matrix.
    pub(crate) fn triplet_margin_slope(
        &'static self,
        gradient: &Array,
        matrices: [&Array; 3],
        [distances, losses]: &[Memory; 2],
    ) -> [Array; 3] {
        let (rows, n) = (losses.len(), matrices[0].len());
        let slopes = [(); 3].map(|()| Memory::scratch(self, n));
        let kernel = self.kernel("losses", "triplet_margin_slope").with(n).with(n / rows.max(1));
        let kernel = kernel.with(gradient.memory(self));
        let kernel = matrices.iter().fold(kernel, |kernel, matrix| kernel.with(matrix.memory(self)));
        let kernel = kernel.with(rows as f32).with(distances).with(losses);
        slopes.iter().fold(kernel, |kernel, slope| kernel.with(slope)).over(n);
        slopes.map(|slope| Array::on_gpu(matrices[0].sizes(), Layout::RowMajor, slope))
    }

    pub(super) fn mean_of_rows(&'static self, losses: &Memory) -> Array {
        let mean = self.axis_sum(losses, [1, losses.len(), 1], losses.len() as f32);
        Array::on_gpu(&[], Layout::RowMajor, mean)
    }
}
