//! Rows brought to mean 0 and variance 1: `kernels/group_norm.cu`.

use super::launch::BLOCK;
use super::reduce::Columns;
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// How values are grouped into rows: the length of a row, its channels, and how many channels there are. As in the kernels.
type Groups = [usize; 3];

/// The mean of each row, and what distances from it are multiplied with.
pub(crate) struct RowMoments {
    means: Memory,
    scales: Memory,
}

impl Gpu {
    /// The row-major values normalised, scaled by weights and shifted by biases.
    pub(crate) fn normalised(
        &'static self,
        x: &Array,
        groups: Groups,
        [weight, bias]: [&Array; 2],
        epsilon: f32,
    ) -> (Array, RowMoments) {
        let rows = x.len() / groups[0].max(1);
        let y = Memory::scratch(self, x.len());
        let [means, scales] = [(); 2].map(|()| Memory::scratch(self, rows));
        let (from, weight, bias) = (x.memory(self), weight.memory(self), bias.memory(self));
        self.by_rows("group_norm", "normalised", [rows, groups[0]], |kernel| {
            let kernel = kernel.with(groups.map(|number| number as u32)).with(&*from).with(&*weight);
            kernel.with(&*bias).with(epsilon).with(&means).with(&scales).with(&y)
        });
        (Array::on_gpu(x.sizes(), Layout::RowMajor, y), RowMoments { means, scales })
    }

    /// What of `gradient` comes back to the values.
    pub(crate) fn normalised_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        groups: Groups,
        weight: &Array,
        moments: &RowMoments,
    ) -> Array {
        let rows = moments.means.len();
        let dx = Memory::scratch(self, x.len());
        let (gradient, from, weight) = (gradient.memory(self), x.memory(self), weight.memory(self));
        self.by_rows("group_norm", "normalised_slope", [rows, groups[0]], |kernel| {
            let kernel = kernel.with(groups.map(|number| number as u32)).with(&*gradient).with(&*from);
            kernel.with(&*weight).with(&moments.means).with(&moments.scales).with(&dx)
        });
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }

    /// What of it comes back to weights and biases.
    pub(crate) fn normalised_parameters(
        &'static self,
        gradient: &Array,
        x: &Array,
        [len, channels, all]: Groups,
        moments: &RowMoments,
    ) -> [Array; 2] {
        let spatial = len / channels.max(1);
        let examples = x.len() / (spatial * all).max(1);
        let (gradient, x) = (gradient.memory(self), x.memory(self));
        let parts = if spatial == 1 {
            let columns = Columns::new([1, examples, all]);
            let parts = [(); 2].map(|()| Memory::scratch(self, columns.results().iter().product()));
            let kernel = self.kernel("group_norm", "normalised_parameters_columns").with(columns.argument());
            let kernel = kernel.with(channels).with(&*gradient).with(&*x);
            let kernel = kernel.with(&moments.means).with(&moments.scales).with(&parts[0]).with(&parts[1]);
            kernel.blocks(columns.grid(), [BLOCK, 1, 1]);
            parts
        } else {
            let parts = [(); 2].map(|()| Memory::scratch(self, examples * all));
            self.by_rows("group_norm", "normalised_parameters", [examples * all, spatial], |kernel| {
                let kernel = kernel.with(spatial).with(channels).with(&*gradient).with(&*x);
                kernel.with(&moments.means).with(&moments.scales).with(&parts[0]).with(&parts[1])
            });
            parts
        };
        self.sums_of_two(&parts, all)
    }
}
