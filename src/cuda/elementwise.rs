//! Kernels that treat every value alike: `kernels/unary.cu`, `kernels/binary.cu`. As on the CPU, channels-last wins where two
//! layouts meet.

use super::{Gpu, Memory};
use crate::array::{Array, Layout};

impl Gpu {
    /// A formula of every value, by the name of its kernel and its numbers.
    pub(crate) fn map(&'static self, name: &'static str, [a, b]: [f32; 2], x: &Array) -> Array {
        let y = Memory::scratch(self, x.len());
        let launch = self.kernel("unary", name).with(x.len()).with(&*x.memory(self)).with(&y);
        launch.with(a).with(b).over(x.len());
        Array::on_gpu(x.sizes(), x.layout(), y)
    }

    /// `gradient` behind the formula of a name, at the inputs or the results that its slope is computed from.
    pub(crate) fn slope(
        &'static self,
        name: &'static str,
        numbers: [f32; 2],
        gradient: &Array,
        at: &Array,
    ) -> Array {
        let name = slope_of(name);
        self.zip_in("unary", name, numbers, gradient, at)
    }

    /// A formula of the values of two arrays of the same sizes, pair by pair.
    pub(crate) fn zip(&'static self, name: &'static str, a: &Array, b: &Array) -> Array {
        let (a, b) = in_one_layout(a, b);
        let y = Memory::scratch(self, a.len());
        let launch = self.kernel("binary", name).with(a.len()).with(&*a.memory(self)).with(&*b.memory(self));
        launch.with(&y).over(a.len());
        Array::on_gpu(a.sizes(), a.layout(), y)
    }

    fn zip_in(
        &'static self,
        file: &'static str,
        name: &'static str,
        [p, q]: [f32; 2],
        a: &Array,
        b: &Array,
    ) -> Array {
        let (a, b) = in_one_layout(a, b);
        let y = Memory::scratch(self, a.len());
        let launch = self.kernel(file, name).with(a.len()).with(&*a.memory(self)).with(&*b.memory(self));
        launch.with(&y).with(p).with(q).over(a.len());
        Array::on_gpu(a.sizes(), a.layout(), y)
    }

    /// Adds `part` to `sum`, which keeps its layout.
    pub(crate) fn add_into(&'static self, sum: &mut Array, part: &Array) {
        let part = part.in_layout(sum.layout());
        let len = part.len();
        let launch = self.kernel("binary", "accumulate").with(len);
        launch.with(sum.memory_mut(self)).with(&*part.memory(self)).over(len);
    }
}

/// Both arrays in the same layout.
fn in_one_layout(a: &Array, b: &Array) -> (Array, Array) {
    assert!(a.sizes() == b.sizes(), "the shapes differ: {:?} and {:?}", a.sizes(), b.sizes());
    let layout = if a.layout() == b.layout() { a.layout() } else { Layout::ChannelsLast };
    (a.in_layout(layout), b.in_layout(layout))
}
