//! Convolutions of any form, by copying what each output reads into the rows of a matrix: rectangular kernels, dilation,
//! groups. Slower than `conv`, which square kernels without dilation and groups use, and `depthwise`, for groups of one
//! channel. Images are channels-last.

use crate::array::{Array, Finish};
use crate::cpu::buffer::Buffer;
use crate::cpu::conv::ConvSizes;
use crate::cpu::depthwise;
use crate::cpu::gemm::{Matrix, gemm};
use crate::cpu::threads;
use crate::cpu::tile::UNBOUNDED;

/// The sizes of a convolution; pairs are height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PatchSizes {
    pub batch: usize,
    pub channels: usize,
    pub size: [usize; 2],
    pub out_channels: usize,
    pub out_size: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub padding: [usize; 2],
    pub dilation: [usize; 2],
    pub groups: usize,
}

impl From<ConvSizes> for PatchSizes {
    fn from(s: ConvSizes) -> PatchSizes {
        PatchSizes {
            batch: s.batch,
            channels: s.in_channels,
            size: [s.height, s.width],
            out_channels: s.out_channels,
            out_size: [s.out_height, s.out_width],
            kernel: [s.kernel; 2],
            stride: [s.stride; 2],
            padding: [s.padding; 2],
            dilation: [1; 2],
            groups: 1,
        }
    }
}

impl PatchSizes {
    /// Values of an image.
    pub(super) fn image(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    fn pixels(&self) -> usize {
        self.out_size[0] * self.out_size[1]
    }

    /// Values of a result.
    pub(super) fn out_image(&self) -> usize {
        self.pixels() * self.out_channels
    }

    /// Channels and output channels of one group.
    fn group(&self) -> [usize; 2] {
        [self.channels / self.groups, self.out_channels / self.groups]
    }

    /// Each channel has a kernel of its own.
    pub fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.group() == [1, 1]
    }

    /// Values that one output of a group reads.
    fn patch(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.group()[0]
    }

    /// Calls `f` with every place of a patch and the place in the image that it is read from: the channels of the group
    /// from there on. Places in the padding are left out.
    fn each(&self, group: usize, mut f: impl FnMut(usize, usize)) {
        let [c, _] = self.group();
        let inside = |out: usize, k: usize, axis: usize| -> Option<usize> {
            (out * self.stride[axis] + k * self.dilation[axis])
                .checked_sub(self.padding[axis])
                .filter(|&at| at < self.size[axis])
        };
        for pixel in 0..self.pixels() {
            let (row, column) = (pixel / self.out_size[1], pixel % self.out_size[1]);
            for ky in 0..self.kernel[0] {
                let Some(y) = inside(row, ky, 0) else { continue };
                for kx in 0..self.kernel[1] {
                    let Some(x) = inside(column, kx, 1) else { continue };
                    let place = pixel * self.patch() + (ky * self.kernel[1] + kx) * c;
                    f(place, (y * self.size[1] + x) * self.channels + group * c);
                }
            }
        }
    }

    /// The patches of one image and group, one a row.
    fn patches(&self, image: &[f32], group: usize) -> Buffer {
        let [c, _] = self.group();
        let mut patches = Buffer::full(self.pixels() * self.patch(), 0.0);
        self.each(group, |place, at| patches[place..place + c].copy_from_slice(&image[at..at + c]));
        patches
    }

    /// The weight of a group with the channels of a kernel innermost: one output channel a row.
    fn kernels(&self, weight: &[f32]) -> Vec<f32> {
        let ([c, _], area) = (self.group(), self.kernel[0] * self.kernel[1]);
        let mut kernels = vec![0.0; weight.len()];
        for (to, from) in kernels.chunks_exact_mut(self.patch()).zip(weight.chunks_exact(self.patch())) {
            crate::cpu::transpose::transpose(from, to, c, area);
        }
        kernels
    }

    /// What the group's output channels of one image are in memory.
    fn of_group<'a>(&self, out: &'a [f32], group: usize) -> Matrix<'a> {
        Matrix { values: &out[group * self.group()[1]..], row_stride: self.out_channels, column_stride: 1 }
    }
}

/// The convolution of `x` with `weight`, `[out channels, channels / groups, kernel]`.
///
/// Results are finished as is said.
pub fn forward(
    s: &PatchSizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    finish: &Finish,
    y: &mut [f32],
) {
    if s.is_depthwise() {
        depthwise::forward(s, x, weight, bias, finish.clamp().unwrap_or(UNBOUNDED), y);
        return finish.apply_slope(0, y);
    }
    let ([_, o], kernels) = (s.group(), s.kernels(weight));
    threads::chunks_mut(y, s.out_image().max(1), |number, y| {
        let x = &x[number * s.image()..][..s.image()];
        for group in 0..s.groups {
            let patches = s.patches(x, group);
            let kernels = &kernels[group * o * s.patch()..][..o * s.patch()];
            let mut part = Buffer::scratch(s.pixels() * o);
            let (rows, columns) = (Matrix::new(&patches, s.patch()), Matrix::transposed(kernels, s.patch()));
            let bias = bias.map(|bias| &bias[group * o..(group + 1) * o]);
            gemm([s.pixels(), s.patch(), o], rows, columns, bias, &mut part);
            for (y, part) in y.chunks_exact_mut(s.out_channels).zip(part.chunks_exact(o)) {
                y[group * o..(group + 1) * o].copy_from_slice(part);
            }
        }
    });
    finish.apply(0, y);
}

/// The gradient with respect to `x`, from that of `y`.
pub fn input_gradient(s: &PatchSizes, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    if s.is_depthwise() {
        return depthwise::input_gradient(s, dy, weight, dx);
    }
    let ([c, o], kernels) = (s.group(), s.kernels(weight));
    threads::chunks_mut(dx, s.image().max(1), |number, dx| {
        let dy = &dy[number * s.out_image()..][..s.out_image()];
        dx.fill(0.0);
        for group in 0..s.groups {
            let kernels = &kernels[group * o * s.patch()..][..o * s.patch()];
            let mut patches = Buffer::scratch(s.pixels() * s.patch());
            let sizes = [s.pixels(), o, s.patch()];
            gemm(sizes, s.of_group(dy, group), Matrix::new(kernels, s.patch()), None, &mut patches);
            s.each(group, |place, at| {
                for (dx, &patch) in dx[at..at + c].iter_mut().zip(&patches[place..place + c]) {
                    *dx += patch;
                }
            });
        }
    });
}

/// The gradient with respect to the weight.
pub fn weight_gradient(s: &PatchSizes, x: &[f32], dy: &[f32], weight: &[usize]) -> Array {
    if s.is_depthwise() {
        return depthwise::weight_gradient(s, x, dy, weight);
    }
    let ([c, o], area) = (s.group(), s.kernel[0] * s.kernel[1]);
    let mut sum = vec![0.0; s.out_channels * s.patch()];
    for (x, dy) in x.chunks_exact(s.image().max(1)).zip(dy.chunks_exact(s.out_image().max(1))) {
        for group in 0..s.groups {
            let patches = s.patches(x, group);
            let mut part = Buffer::scratch(o * s.patch());
            let columns = s.of_group(dy, group);
            let columns = Matrix { row_stride: 1, column_stride: s.out_channels, ..columns };
            gemm([o, s.pixels(), s.patch()], columns, Matrix::new(&patches, s.patch()), None, &mut part);
            for (sum, &part) in sum[group * o * s.patch()..].iter_mut().zip(part.iter()) {
                *sum += part;
            }
        }
    }
    let mut dw = vec![0.0; sum.len()];
    for (to, from) in dw.chunks_exact_mut(s.patch()).zip(sum.chunks_exact(s.patch())) {
        crate::cpu::transpose::transpose(from, to, area, c);
    }
    Array::from_vec(weight, dw)
}
