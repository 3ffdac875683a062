//! Convolutions of each channel by a kernel of its own: `kernels/depthwise.cu`.

use std::sync::Arc;

use super::product::Cut;
use super::words::{divider, signed, sizes, words};
use super::{Ending, Gpu, Memory};
use crate::array::Array;
use crate::cpu::patches::PatchSizes;

/// Places of the kernel that a block sums up at the same time.
const TAPS: usize = 9;

/// How results read: from a picture of a size, where the first begins, how far the next and the next place of the kernel are.
struct Reading {
    of: [usize; 2],
    from: [usize; 2],
    first: [i64; 2],
    step: [i64; 2],
    tap: [i64; 2],
}

impl Reading {
    fn forward(s: &PatchSizes) -> Reading {
        Reading {
            of: s.out_size,
            from: s.size,
            first: s.padding.map(|padding| -(padding as i64)),
            step: s.stride.map(|stride| stride as i64),
            tap: s.dilation.map(|dilation| dilation as i64),
        }
    }

    /// For the gradient of the input.
    fn back(s: &PatchSizes) -> Reading {
        Reading {
            of: s.size,
            from: s.out_size,
            first: s.padding.map(|padding| padding as i64),
            step: [1, 1],
            tap: s.dilation.map(|dilation| -(dilation as i64)),
        }
    }

    /// The kernel's `Depthwise`.
    fn numbers(&self, s: &PatchSizes) -> [u32; 26] {
        let ([first_y, first_x], [step_y, step_x], [tap_y, tap_x]) = (self.first, self.step, self.tap);
        words(&[
            &sizes([s.channels]),
            &divider(s.channels),
            &divider(self.of[1]),
            &divider(self.of[0]),
            &sizes(self.from),
            &signed([first_y, first_x, step_y, step_x, tap_y, tap_x]),
            &sizes(s.kernel),
            &divider(s.stride[0]),
            &divider(s.stride[1]),
        ])
    }
}

impl Gpu {
    pub(super) fn depthwise(
        &'static self,
        s: &PatchSizes,
        x: &Memory,
        weight: &Array,
        ending: &Ending,
    ) -> Memory {
        self.each_value("depthwise_value", s, &Reading::forward(s), x, weight, ending)
    }

    pub(super) fn depthwise_of_input(
        &'static self,
        s: &PatchSizes,
        dy: &Memory,
        weight: &Array,
        ending: &Ending,
    ) -> Memory {
        let name = if s.stride == [1, 1] { "depthwise_value" } else { "depthwise_strided" };
        self.each_value(name, s, &Reading::back(s), dy, weight, ending)
    }

    fn each_value(
        &'static self,
        name: &str,
        s: &PatchSizes,
        reading: &Reading,
        from: &Memory,
        weight: &Array,
        ending: &Ending,
    ) -> Memory {
        let to = Memory::scratch(self, s.batch * reading.of[0] * reading.of[1] * s.channels);
        let weight = self.by_place(s, weight);
        let launch = self.kernel("depthwise", name).with(reading.numbers(s)).with(to.len());
        ending.arguments(launch.with(from).with(&*weight), 0).with(&to).over(to.len());
        to
    }

    pub(super) fn depthwise_of_weight(&'static self, s: &PatchSizes, x: &Memory, dy: &Memory) -> Memory {
        let (places, pixels) = (s.kernel[0] * s.kernel[1], s.batch * s.out_size[0] * s.out_size[1]);
        let to = Memory::scratch(self, s.channels * places);
        let blocks = [s.channels.div_ceil(32), places.div_ceil(TAPS)];
        let cut = Cut::new(self.parts(blocks[0] * blocks[1], pixels, to.len()), pixels);
        let parts = Memory::scratch(self, cut.parts * to.len());
        let launch = self.kernel("depthwise", "depthwise_of_weight").with(Reading::forward(s).numbers(s));
        let launch = launch.with(pixels).with(cut.depth).with(x).with(dy).with(&parts);
        launch.blocks([blocks[0], blocks[1], cut.parts], [256, 1, 1]);
        self.sum_parts(&parts, cut.parts, [to.len(), s.channels], &Ending::default(), &to);
        to
    }

    /// The weight with the channels innermost.
    fn by_place(&'static self, s: &PatchSizes, weight: &Array) -> Arc<Memory> {
        let order = ("depthwise", [s.channels, s.kernel[0], s.kernel[1], 0]);
        weight.ordered_on_gpu(self, order, |weight| {
            let to = Memory::scratch(self, weight.len());
            let launch = self.kernel("depthwise", "depthwise_order").with(weight.len()).with(weight);
            launch.with(s.channels).with(s.kernel[0] * s.kernel[1]).with(&to).over(weight.len());
            to
        })
    }
}
