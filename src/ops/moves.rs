//! [`Moves`]: how a kernel moves over a picture.

/// How a kernel moves over a picture; pairs are height and width. The names are PyTorch's.
///
/// ```
/// use ferrolab::Raw;
/// use ferrolab::array::Array;
/// use ferrolab::ops::{Moves, convolve};
/// let [x, weight] = [[1, 1, 5, 5], [1, 1, 3, 3]].map(|sizes| Raw::new(Array::full(&sizes, 1.0)));
/// assert_eq!(convolve(&x, &weight, None, &Moves::square(2, 1, 1, 1)).sizes(), [1, 1, 3, 3]);
/// let flat = Moves { stride: [1, 2], ..Moves::default() };
/// assert_eq!(convolve(&x, &weight, None, &flat).sizes(), [1, 1, 3, 2]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moves {
    /// How far the kernel moves from one output to the next.
    pub stride: [usize; 2],
    /// Zeros on each side of the picture.
    pub padding: [usize; 2],
    /// How far apart the pixels lie that the kernel reads.
    pub dilation: [usize; 2],
    /// Into how many groups the channels are cut; each output channel reads those of its group only.
    pub groups: usize,
}

impl Default for Moves {
    /// Stride 1, no padding, no dilation, one group.
    fn default() -> Self {
        Moves { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

impl Moves {
    /// The same stride, padding and dilation in both directions.
    pub fn square(stride: usize, padding: usize, dilation: usize, groups: usize) -> Self {
        Moves { stride: [stride; 2], padding: [padding; 2], dilation: [dilation; 2], groups }
    }
}
