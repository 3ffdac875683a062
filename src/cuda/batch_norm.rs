//! Channels brought to mean 0 and variance 1 over a batch: `kernels/batch_norm.cu`. The channels are those that vary fastest
//! in memory.

use super::launch::BLOCK;
use super::reduce::Columns;
use super::{Gpu, Memory};
use crate::array::{Array, Layout};

/// What the channels are normalised with: the mean of each, and what distances from it are multiplied with.
#[derive(Clone)]
pub(crate) struct Normal {
    pub(crate) means: Array,
    pub(crate) scales: Array,
}

impl Gpu {
    /// What normalises the channels of `x`, and the variance of each.
    pub(crate) fn batch_moments(&'static self, x: &Array, channels: usize, epsilon: f32) -> (Normal, Array) {
        let columns = Columns::new([1, x.len() / channels.max(1), channels]);
        // Three numbers each.
        let parts = Memory::<f32>::scratch(self, 3 * columns.parts * channels);
        let kernel = self.kernel("batch_norm", "moments_columns").with(columns.argument());
        kernel.with(x.memory(self)).with(&parts).blocks(columns.grid(), [BLOCK, 1, 1]);
        let join = Columns::whole([1, columns.parts, channels]);
        let [means, variances, scales] = [(); 3].map(|()| Memory::scratch(self, channels));
        let kernel =
            self.kernel("batch_norm", "moments_join").with(join.argument()).with(&parts).with(epsilon);
        kernel.with(&means).with(&variances).with(&scales).blocks(join.grid(), [BLOCK, 1, 1]);
        let [means, variances, scales] =
            [means, variances, scales].map(|memory| Array::on_gpu(&[channels], Layout::RowMajor, memory));
        (Normal { means, scales }, variances)
    }

    /// What normalises channels of a known mean and variance.
    pub(crate) fn known_moments(&'static self, means: &Array, variances: &Array, epsilon: f32) -> Normal {
        let scales = Memory::scratch(self, variances.len());
        let kernel = self.kernel("batch_norm", "scale_of").with(scales.len()).with(variances.memory(self));
        kernel.with(epsilon).with(&scales).over(scales.len());
        let scales = Array::on_gpu(variances.sizes(), Layout::RowMajor, scales);
        Normal { means: means.clone(), scales }
    }

    /// The values normalised, scaled by weights and shifted by biases.
    pub(crate) fn batch_norm(
        &'static self,
        x: &Array,
        normal: &Normal,
        [weight, bias]: [&Array; 2],
    ) -> Array {
        let y = Memory::scratch(self, x.len());
        let kernel = self.kernel("batch_norm", "batch_norm").with(y.len()).with(weight.len());
        let kernel = kernel.with(x.memory(self)).with(normal.means.memory(self));
        let kernel = kernel.with(normal.scales.memory(self)).with(weight.memory(self));
        kernel.with(bias.memory(self)).with(&y).over(y.len());
        Array::on_gpu(x.sizes(), x.layout(), y)
    }

    /// What of `gradient`, in the layout of `x`, comes back to weights and biases.
    pub(crate) fn batch_norm_parameters(
        &'static self,
        gradient: &Array,
        x: &Array,
        normal: &Normal,
    ) -> [Array; 2] {
        let channels = normal.means.len();
        let columns = Columns::new([1, x.len() / channels.max(1), channels]);
        let parts = [(); 2].map(|()| Memory::scratch(self, columns.parts * channels));
        let kernel = self.kernel("batch_norm", "batch_norm_parameters").with(columns.argument());
        let kernel = kernel.with(gradient.memory(self)).with(x.memory(self));
        let kernel = kernel.with(normal.means.memory(self)).with(normal.scales.memory(self));
        kernel.with(&parts[0]).with(&parts[1]).blocks(columns.grid(), [BLOCK, 1, 1]);
        self.sums_of_two(&parts, channels)
    }

    /// What of it comes back to the values, whose mean and variance they are; `parameters` is what comes back to weights and
    /// biases.
    pub(crate) fn batch_norm_slope(
        &'static self,
        gradient: &Array,
        x: &Array,
        normal: &Normal,
        weight: &Array,
        parameters: &[Array; 2],
    ) -> Array {
        let (channels, dx) = (weight.len(), Memory::scratch(self, x.len()));
        let kernel = self.kernel("batch_norm", "batch_norm_slope").with(dx.len()).with(channels);
        let kernel = kernel.with((x.len() / channels.max(1)) as f32);
        let all = [gradient, x, &normal.means, &normal.scales, weight, &parameters[0], &parameters[1]];
        let kernel = all.iter().fold(kernel, |kernel, array| kernel.with(array.memory(self)));
        kernel.with(&dx).over(dx.len());
        Array::on_gpu(x.sizes(), x.layout(), dx)
    }

    /// What of it comes back to the values where mean and variance were known before.
    pub(crate) fn batch_norm_with_slope(
        &'static self,
        gradient: &Array,
        scales: &Array,
        weight: &Array,
    ) -> Array {
        let dx = Memory::scratch(self, gradient.len());
        let kernel = self.kernel("batch_norm", "batch_norm_with_slope").with(dx.len()).with(weight.len());
        let kernel = kernel.with(gradient.memory(self)).with(scales.memory(self));
        kernel.with(weight.memory(self)).with(&dx).over(dx.len());
        Array::on_gpu(gradient.sizes(), gradient.layout(), dx)
    }

    /// Running means and variances, having followed those of a batch.
    pub(crate) fn followed(
        &'static self,
        running: [&Array; 2],
        now: [&Array; 2],
        momentum: f32,
        unbiased: f32,
    ) -> [Array; 2] {
        let to = [(); 2].map(|()| Memory::scratch(self, now[0].len()));
        let kernel = self.kernel("batch_norm", "follow").with(now[0].len());
        let pairs = [running[0], now[0], running[1], now[1]];
        let kernel = pairs.iter().fold(kernel, |kernel, array| kernel.with(array.memory(self)));
        let kernel = kernel.with(momentum).with(unbiased);
        kernel.with(&to[0]).with(&to[1]).over(now[0].len());
        to.map(|to| Array::on_gpu(now[0].sizes(), Layout::RowMajor, to))
    }
}
