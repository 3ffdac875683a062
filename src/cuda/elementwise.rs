//! Kernels that treat every value alike: `kernels/unary.cu`, `kernels/binary.cu`. As on the CPU, channels-last wins where two
//! layouts meet.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};

impl Gpu {
    /// A formula of every value, by its name and its numbers.
    pub(crate) fn map(&'static self, name: &str, [a, b]: [f32; 2], x: &Array) -> Array {
        let y = Memory::scratch(self, x.len());
        let launch = self.kernel("unary", &format!("{name}_value")).with(x.len()).with(x.memory(self));
        launch.with(&y).with(a).with(b).over(x.len());
        Array::on_gpu(x.sizes(), x.layout(), y)
    }

    /// `gradient` behind the formula of a name, at the inputs or the results that its slope is computed from.
    pub(crate) fn slope(&'static self, name: &str, [a, b]: [f32; 2], gradient: &Array, at: &Array) -> Array {
        let [gradient, at] = in_one_layout([gradient, at]);
        let dx = Memory::scratch(self, gradient.len());
        let launch = self.kernel("unary", &format!("{name}_slope")).with(gradient.len());
        let launch = launch.with(gradient.memory(self)).with(at.memory(self));
        launch.with(&dx).with(a).with(b).over(gradient.len());
        Array::on_gpu(gradient.sizes(), gradient.layout(), dx)
    }

    /// A formula of the values of two arrays of the same sizes, pair by pair.
    pub(crate) fn zip(&'static self, name: &str, a: &Array, b: &Array) -> Array {
        let [a, b] = in_one_layout([a, b]);
        let y = Memory::scratch(self, a.len());
        let launch = self.kernel("binary", name).with(a.len()).with(a.memory(self)).with(b.memory(self));
        launch.with(&y).over(a.len());
        Array::on_gpu(a.sizes(), a.layout(), y)
    }

    /// What of `gradient` the first of two arrays gets, of which `maximum` or `minimum` chose.
    pub(crate) fn extremum_slope(&'static self, name: &str, gradient: &Array, a: &Array, b: &Array) -> Array {
        let [gradient, a, b] = in_one_layout([gradient, a, b]);
        let da = Memory::scratch(self, a.len());
        let launch = self.kernel("binary", &format!("{name}_slope")).with(a.len());
        let launch = launch.with(gradient.memory(self)).with(a.memory(self)).with(b.memory(self));
        launch.with(&da).over(a.len());
        Array::on_gpu(a.sizes(), a.layout(), da)
    }

    /// Every value plus the value of `row` at the same place of the axis that varies fastest.
    pub(crate) fn add_row(&'static self, x: &Array, row: &Array) -> Array {
        let y = Memory::scratch(self, x.len());
        let launch = self.kernel("binary", "add_row").with(x.len()).with(x.memory(self));
        launch.with(row.memory(self)).with(row.len()).with(&y).over(x.len());
        Array::on_gpu(x.sizes(), x.layout(), y)
    }

    /// Adds `part` to `sum`, which keeps its layout.
    pub(crate) fn add_into(&'static self, sum: &mut Array, part: &Array) {
        let (part, len) = (part.in_layout(sum.layout()).memory(self), sum.len());
        self.kernel("binary", "accumulate").with(len).with(&*part).with(sum.memory_mut(self)).over(len);
    }
}

/// Arrays in the same layout.
#[track_caller]
pub(super) fn in_one_layout<const N: usize>(arrays: [&Array; N]) -> [Array; N] {
    let first = arrays[0];
    let other = arrays.iter().find(|array| array.sizes() != first.sizes());
    assert!(
        other.is_none(),
        "the shapes differ: {:?} and {:?}",
        first.sizes(),
        other.map(|array| array.sizes())
    );
    let agree = arrays.iter().all(|array| array.layout() == first.layout());
    let layout = if agree { first.layout() } else { Layout::ChannelsLast };
    arrays.map(|array| array.in_layout(layout))
}
