//! Convolutions by kernels of one pixel: products of matrices whose rows are the pixels of all images.

use super::ConvSizes;
use crate::array::{Array, Finish};
use crate::cpu::gemm::{Matrix, Right, finished_gemm, gemm};

/// Whether a convolution is of this kind.
pub fn suits(s: &ConvSizes) -> bool {
    (s.kernel, s.stride, s.padding) == (1, 1, 0)
}

fn pixels(s: &ConvSizes) -> usize {
    s.batch * s.height * s.width
}

/// `y`: every pixel of `x` times the weight, `[O, C, 1, 1]`, plus `bias`, finished as is said.
pub fn forward(
    s: &ConvSizes,
    x: &[f32],
    weight: &Array,
    bias: Option<&[f32]>,
    finish: &Finish,
    y: &mut [f32],
) {
    let (c, o) = (s.in_channels, s.out_channels);
    finished_gemm(
        [pixels(s), c, o],
        Matrix::new(x, c),
        Right::TransposedParameter(weight, c),
        bias,
        finish,
        y,
    );
}

/// `dx`: every pixel of `dy` times the transpose of the weight, finished as is said.
pub fn input_gradient(s: &ConvSizes, dy: &[f32], weight: &Array, finish: &Finish, dx: &mut [f32]) {
    let (c, o) = (s.in_channels, s.out_channels);
    finished_gemm([pixels(s), o, c], Matrix::new(dy, o), Right::Parameter(weight, c), None, finish, dx);
}

/// Whether [`weight_gradient`] is faster than the general way: where the weight is large beside the pictures.
pub fn suits_weight_gradient(s: &ConvSizes) -> bool {
    suits(s) && s.out_channels * s.in_channels > 16 * pixels(s)
}

/// `dw`, `[O, C, 1, 1]`: the transpose of `dy` times `x`.
pub fn weight_gradient(s: &ConvSizes, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (c, o) = (s.in_channels, s.out_channels);
    gemm([o, pixels(s), c], Matrix::transposed(dy, o), Matrix::new(x, c), None, dw);
}
