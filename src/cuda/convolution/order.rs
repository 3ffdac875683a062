//! The weight, `[out channels, channels / groups, kernel]`, in the orders in which kernels read it, kept beside it.

use std::sync::Arc;

use crate::array::Array;
use crate::cpu::patches::PatchSizes;
use crate::cuda::{Gpu, Memory};

/// The places of the kernel along an axis, by what is left when the way to them is divided by the stride: pixels of the input
/// that are a multiple of it apart had a part in the same places.
pub(super) fn residues(s: &PatchSizes, axis: usize) -> Vec<Vec<usize>> {
    let mut residues = vec![Vec::new(); s.stride[axis]];
    for place in 0..s.kernel[axis] {
        residues[place * s.dilation[axis] % s.stride[axis]].push(place);
    }
    residues
}

/// How many places lie before those that the input's pixels from `first` on had a part in.
pub(super) fn place(s: &PatchSizes, first: [usize; 2]) -> usize {
    let [y, x] = [0, 1].map(|axis| {
        let (residues, own) = (residues(s, axis), (first[axis] + s.padding[axis]) % s.stride[axis]);
        let before: usize = residues[..own].iter().map(Vec::len).sum();
        [before, residues[own].len()]
    });
    y[0] * s.kernel[1] + y[1] * x[0]
}

/// The places in the order that [`place`] counts in.
fn table(s: &PatchSizes) -> Vec<u32> {
    let [rows, columns] = [residues(s, 0), residues(s, 1)];
    let mut table = Vec::new();
    for rows in &rows {
        for columns in &columns {
            for row in rows {
                table.extend(columns.iter().map(|column| (row * s.kernel[1] + column) as u32));
            }
        }
    }
    table
}

/// What an order depends on; sizes too, because arrays of other sizes may share the numbers.
fn numbers(s: &PatchSizes, more: usize) -> [usize; 4] {
    [s.out_channels, s.groups, s.kernel[0] << 32 | s.kernel[1], more]
}

impl Gpu {
    /// Places of the kernel and channels by output channels, group by group.
    pub(super) fn weight_forward(&'static self, s: &PatchSizes, weight: &Array) -> Arc<Memory> {
        weight
            .ordered_on_gpu(self, ("convolve", numbers(s, 0)), |weight| self.ordered(s, weight, None, false))
    }

    /// Places of the kernel and output channels by channels, group by group; where pixels differ in the places that they had
    /// a part in, those of the first such pixels first.
    pub(super) fn weight_back(&'static self, s: &PatchSizes, weight: &Array) -> Arc<Memory> {
        let short = |number: usize| {
            let fits = u16::try_from(number).expect("a stride of less than 65536");
            usize::from(fits)
        };
        let moves = [s.stride[0], s.stride[1], s.dilation[0] % s.stride[0], s.dilation[1] % s.stride[1]];
        let moves = moves.into_iter().fold(0, |all, number| all << 16 | short(number));
        weight.ordered_on_gpu(self, ("gradient of convolve", numbers(s, moves)), |weight| {
            let table = (s.stride != [1, 1]).then(|| self.upload(&table(s)));
            self.ordered(s, weight, table.as_ref(), true)
        })
    }

    fn ordered(
        &'static self,
        s: &PatchSizes,
        weight: &Memory,
        table: Option<&Memory<u32>>,
        back: bool,
    ) -> Memory {
        let to = Memory::scratch(self, weight.len());
        let launch = self.kernel("convolve", "order_weight").with(weight.len()).with(weight);
        let launch = launch.with(s.out_channels / s.groups).with(s.channels / s.groups);
        let launch = launch.with(s.kernel[0] * s.kernel[1]).with(table).with(u32::from(back));
        launch.with(&to).over(weight.len());
        to
    }
}
