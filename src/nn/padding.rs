//! [`Padding`]: how the kernel of a convolution treats the borders, and how it moves.

use crate::ops::Moves;
use crate::shape::{ConvOut, Dim, odd_kernel};

/// How a convolution treats the border of the picture, and how far its kernel moves.
pub trait Padding: 'static {
    /// Height or width of the result.
    type Out<H: Dim, const K: usize>: Dim;
    /// How far the kernel moves.
    const STRIDE: usize;
    /// How far apart the pixels lie that the kernel reads.
    const DILATION: usize = 1;
    /// Whether only a kernel with a middle pixel will do.
    const NEEDS_ODD_KERNEL: bool = false;

    /// How many zeros are put on each side, for a kernel of this size.
    fn padding(kernel: usize) -> usize;
}

/// No padding: the result is smaller than the picture by the size of the kernel minus 1.
pub struct Valid;

/// Zeros on each side, so that height and width stay. Needs an odd kernel.
pub struct Same;

/// The kernel moves by `S`, with `P` zeros on each side.
pub struct Strided<const S: usize, const P: usize = 0>;

/// A kernel that reads pixels `D` apart, with zeros on each side so that height and width stay. Needs an odd kernel.
pub struct Dilated<const D: usize>;

impl Padding for Valid {
    type Out<H: Dim, const K: usize> = ConvOut<H, K, 1, 0>;
    const STRIDE: usize = 1;

    fn padding(_: usize) -> usize {
        0
    }
}

impl Padding for Same {
    type Out<H: Dim, const K: usize> = H;
    const STRIDE: usize = 1;
    const NEEDS_ODD_KERNEL: bool = true;

    fn padding(kernel: usize) -> usize {
        kernel / 2
    }
}

impl<const S: usize, const P: usize> Padding for Strided<S, P> {
    type Out<H: Dim, const K: usize> = ConvOut<H, K, S, P>;
    const STRIDE: usize = S;

    fn padding(_: usize) -> usize {
        P
    }
}

impl<const D: usize> Padding for Dilated<D> {
    type Out<H: Dim, const K: usize> = H;
    const STRIDE: usize = 1;
    const DILATION: usize = D;
    const NEEDS_ODD_KERNEL: bool = true;

    fn padding(kernel: usize) -> usize {
        D * (kernel / 2)
    }
}

/// Panics, while compiling, if `P` needs an odd kernel and this is none.
#[track_caller]
pub(super) const fn check_kernel<P: Padding>(layer: &str, kernel: usize) {
    if P::NEEDS_ODD_KERNEL {
        odd_kernel(layer, kernel);
    }
}

/// How a kernel of size `kernel` moves under `P`.
pub(super) fn moves<P: Padding>(kernel: usize, groups: usize) -> Moves {
    Moves::square(P::STRIDE, P::padding(kernel), P::DILATION, groups)
}
