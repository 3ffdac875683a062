//! Numbers of 16 bits, `kernels/half.cu`.

use super::{Gpu, Memory};
use crate::amp::Precision;
use crate::array::{Array, Layout};

impl Gpu {
    /// The nearest 16-bit numbers, in memory order.
    pub(crate) fn halves(&'static self, x: &Array, precision: Precision) -> Memory<u16> {
        let (len, halves) = (x.len(), Memory::scratch(self, x.len()));
        let launch = self.kernel("half", &format!("to_{}", name(precision))).with(len);
        launch.with(x.memory(self)).with(&halves).over(len.div_ceil(2));
        halves
    }

    /// The same numbers in 32 bits.
    pub(crate) fn of_halves(
        &'static self,
        sizes: &[usize],
        layout: Layout,
        halves: &Memory<u16>,
        precision: Precision,
    ) -> Array {
        let (len, x) = (halves.len(), Memory::scratch(self, halves.len()));
        let launch = self.kernel("half", &format!("from_{}", name(precision))).with(len);
        launch.with(halves).with(&x).over(len.div_ceil(2));
        Array::on_gpu(sizes, layout, x)
    }

    /// Every number brought to the nearest that 16 bits can hold.
    pub(crate) fn rounded(&'static self, x: &Array, precision: Precision) -> Array {
        let y = Memory::scratch(self, x.len());
        let launch = self.kernel("half", &format!("round_to_{}", name(precision))).with(x.len());
        launch.with(x.memory(self)).with(&y).over(x.len());
        Array::on_gpu(x.sizes(), x.layout(), y)
    }
}

fn name(precision: Precision) -> &'static str {
    match precision {
        Precision::F16 => "f16",
        Precision::Bf16 => "bf16",
    }
}
