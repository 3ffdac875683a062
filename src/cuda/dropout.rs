//! Dropout, `kernels/dropout.cu`.

use super::{Gpu, Memory};
use crate::array::Array;

impl Gpu {
    /// A random part `p` of the values set to zero, the others enlarged so that the mean stays: the same part for the same
    /// seed, sizes and layout.
    pub(crate) fn dropout(&'static self, x: &Array, seed: u64, p: f32) -> Array {
        let y = Memory::scratch(self, x.len());
        let launch = self.kernel("dropout", "dropout").with(x.len()).with(x.memory(self));
        let launch = launch.with(seed).with(1.0 - p).with(1.0 / (1.0 - p)).with(&y);
        launch.over(x.len().div_ceil(4));
        Array::on_gpu(x.sizes(), x.layout(), y)
    }
}

#[cfg(test)]
mod tests {
    use crate::cuda::{Memory, active};

    #[test]
    fn the_generator_gives_its_authors_numbers() {
        let Some(gpu) = active() else { return };
        // Counter, key and result, of the known answers that come with the authors' implementation.
        let known: [([u32; 6], [u32; 4]); 3] = [
            ([0; 6], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 6], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344, 0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        let from = gpu.upload(&known.map(|(from, _)| from).concat());
        let to = Memory::<u32>::scratch(gpu, 12);
        gpu.kernel("dropout", "philox_words").with(3_usize).with(&from).with(&to).over(3);
        let mut words = [0; 12];
        gpu.download(&to, &mut words);
        assert_eq!(words[..], known.map(|(_, to)| to).concat()[..]);
    }
}
