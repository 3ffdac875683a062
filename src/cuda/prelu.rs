//! `relu` with a learnt slope below zero: `kernels/prelu.cu`.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};

impl Gpu {
    /// Row-major values, in runs that share a slope.
    pub(crate) fn prelu(&'static self, x: &Array, weight: &Array, run: usize) -> Array {
        let y = Memory::scratch(self, x.len());
        let kernel = self.kernel("prelu", "prelu").with(x.len()).with(run).with(weight.len());
        kernel.with(x.memory(self)).with(weight.memory(self)).with(&y).over(x.len());
        Array::on_gpu(x.sizes(), Layout::RowMajor, y)
    }

    /// What of `gradient` comes back to the values.
    pub(crate) fn prelu_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        weight: &Array,
        run: usize,
    ) -> Array {
        let dx = Memory::scratch(self, x.len());
        let kernel = self.kernel("prelu", "prelu_slope").with(x.len()).with(run).with(weight.len());
        let kernel = kernel.with(gradient.memory(self)).with(x.memory(self));
        kernel.with(weight.memory(self)).with(&dx).over(x.len());
        Array::on_gpu(x.sizes(), Layout::RowMajor, dx)
    }

    /// What of it comes back to the slopes.
    pub(crate) fn prelu_parameter(
        &'static self,
        gradient: &Array,
        x: &Array,
        slopes: usize,
        run: usize,
    ) -> Array {
        let each = Memory::scratch(self, x.len());
        let kernel = self.kernel("prelu", "prelu_parameter").with(x.len()).with(gradient.memory(self));
        kernel.with(x.memory(self)).with(&each).over(x.len());
        // The sums of the runs, and then of those that share a slope.
        let runs = x.len() / run;
        let of_runs = self.axis_sum(&each, [runs, run, 1], 1.0);
        let sums = self.axis_sum(&of_runs, [1, runs / slopes.max(1), slopes], 1.0);
        Array::on_gpu(&[slopes], Layout::RowMajor, sums)
    }
}
