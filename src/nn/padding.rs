//! [`Padding`]: how the kernel of a convolution treats the borders, and how it moves.

use crate::ops::{self, Moves};
use crate::raw::Raw;
use crate::shape::{ConvOut, Dim, odd_kernel};

/// How a convolution treats the border of the picture, and how far its kernel moves.
///
/// ```
/// use ferrolab::nn::Padding;
/// use ferrolab::prelude::*;
/// assert_eq!((Valid::border(5, 32), Same::border(5, 32), <Strided<2, 1>>::border(5, 32)), ([0, 0], [2, 2], [1, 1]));
/// assert_eq!((<Strided<2, 1> as Padding>::STRIDE, <Dilated<3> as Padding>::DILATION), (2, 3));
/// ```
pub trait Padding: 'static {
    /// Height or width of the result.
    type Out<H: Dim, const K: usize>: Dim;
    /// How far the kernel moves.
    const STRIDE: usize;
    /// How far apart the pixels lie that the kernel reads.
    const DILATION: usize = 1;
    /// Whether only a kernel with a middle pixel will do.
    const NEEDS_ODD_KERNEL: bool = false;

    /// How many zeros are put before and behind `size` pixels, for a kernel of this size.
    fn border(kernel: usize, size: usize) -> [usize; 2];
}

/// No padding: the result is smaller than the picture by the size of the kernel minus 1.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 3, 8, 8>>::ones();
/// let y: Tensor<Rank4<1, 4, 6, 6>> = Conv2d::<3, 4, 3, Valid>::default().forward(&x).shaped();
/// ```
pub struct Valid;

/// Zeros on each side, so that height and width stay. Needs an odd kernel.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 3, 8, 8>>::ones();
/// let y: Tensor<Rank4<1, 4, 8, 8>> = Conv2d::<3, 4, 3, Same>::default().forward(&x);
/// ```
pub struct Same;

/// The kernel moves by `S`, with `P` zeros on each side.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 3, 8, 8>>::ones();
/// let y: Tensor<Rank4<1, 4, 4, 4>> = <Conv2d<3, 4, 3, Strided<2, 1>>>::default().forward(&x).shaped();
/// ```
pub struct Strided<const S: usize, const P: usize = 0>;

/// The kernel moves by `S`, with as many zeros as make the result `size / S` long, rounded up; where their number is odd, one
/// more at the bottom and at the right. What TensorFlow and Keras call `same`, and ONNX `SAME_UPPER`: for weights from there.
///
/// ```
/// use ferrolab::prelude::*;
/// let layer = <Conv2d<1, 1, 3, SameUpper<2>>>::default();
/// let y: Tensor<Rank4<1, 1, 2, 3>> = layer.forward(&Tensor::<Rank4<1, 1, 4, 5>>::ones()).shaped();
/// ```
pub struct SameUpper<const S: usize>;

/// A kernel that reads pixels `D` apart, with zeros on each side so that height and width stay. Needs an odd kernel.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 3, 8, 8>>::ones();
/// let y: Tensor<Rank4<1, 4, 8, 8>> = <Conv2d<3, 4, 3, Dilated<2>>>::default().forward(&x);
/// ```
pub struct Dilated<const D: usize>;

impl Padding for Valid {
    type Out<H: Dim, const K: usize> = ConvOut<H, K, 1, 0>;
    const STRIDE: usize = 1;

    fn border(_: usize, _: usize) -> [usize; 2] {
        [0; 2]
    }
}

impl Padding for Same {
    type Out<H: Dim, const K: usize> = H;
    const STRIDE: usize = 1;
    const NEEDS_ODD_KERNEL: bool = true;

    fn border(kernel: usize, _: usize) -> [usize; 2] {
        [kernel / 2; 2]
    }
}

impl<const S: usize, const P: usize> Padding for Strided<S, P> {
    type Out<H: Dim, const K: usize> = ConvOut<H, K, S, P>;
    const STRIDE: usize = S;

    fn border(_: usize, _: usize) -> [usize; 2] {
        [P; 2]
    }
}

impl<const S: usize> Padding for SameUpper<S> {
    type Out<H: Dim, const K: usize> = ConvOut<H, 1, S, 0>;
    const STRIDE: usize = S;

    fn border(kernel: usize, size: usize) -> [usize; 2] {
        let read = size.saturating_sub(1) / S * S + kernel;
        let zeros = read.saturating_sub(size);
        [zeros / 2, zeros.div_ceil(2)]
    }
}

impl<const D: usize> Padding for Dilated<D> {
    type Out<H: Dim, const K: usize> = H;
    const STRIDE: usize = 1;
    const DILATION: usize = D;
    const NEEDS_ODD_KERNEL: bool = true;

    fn border(kernel: usize, _: usize) -> [usize; 2] {
        [D * (kernel / 2); 2]
    }
}

/// Panics, while compiling, if `P` needs an odd kernel and this is none.
#[track_caller]
pub(super) const fn check_kernel<P: Padding>(layer: &str, kernel: usize) {
    if P::NEEDS_ODD_KERNEL {
        odd_kernel(layer, kernel);
    }
}

/// The convolution of pictures, or of sequences, by a layer whose kernel moves under `P`.
#[inline]
#[track_caller]
pub(super) fn convolve<P: Padding>(x: &Raw, weight: &Raw, bias: &Raw, groups: usize) -> Raw {
    convolve_with(x, weight, bias, Moves::square(P::STRIDE, 0, P::DILATION, groups), P::border)
}

// Not generic, so that a notebook's cell compiles none of it.
#[track_caller]
fn convolve_with(
    x: &Raw,
    weight: &Raw,
    bias: &Raw,
    moves: Moves,
    border: fn(usize, usize) -> [usize; 2],
) -> Raw {
    let (sizes, kernel) = (x.sizes(), weight.sizes());
    // Convolutions put the same number of zeros on both sides, and more behind; only more before is written to memory.
    let around = |axis: usize| {
        let [before, behind] = border(kernel[axis], sizes[axis]);
        let both = before.min(behind);
        (both, [before - both, behind - both])
    };
    if let &[n, c, l] = &sizes[..] {
        let (both, [left, right]) = around(2);
        let moves = Moves { padding: [0, both], ..moves };
        if left + right == 0 {
            return ops::conv1d(x, weight, Some(bias), &moves);
        }
        let line = ops::pad2d(&ops::reshape(x, &[n, c, 1, l]), [left, right, 0, 0], 0.0);
        return ops::conv1d(&ops::reshape(&line, &[n, c, left + l + right]), weight, Some(bias), &moves);
    }
    let ((height, [top, bottom]), (width, [left, right])) = (around(2), around(3));
    let moves = Moves { padding: [height, width], ..moves };
    if top + left == 0 {
        return ops::convolve_behind(x, weight, Some(bias), &moves, [bottom, right]);
    }
    ops::convolve(&ops::pad2d(x, [left, right, top, bottom], 0.0), weight, Some(bias), &moves)
}
