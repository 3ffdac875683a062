//! `reshape`: the same values under other sizes; `flatten`: all dimensions behind the first in one.

use crate::axes::Flatten;
use crate::dtype::{Dtype, Stored};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// All dimensions behind the first in one: `[N, C, H, W]` becomes `[N, C H W]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let flat: Tensor<Rank2<2, 12>> = Tensor::<Rank4<2, 3, 2, 2>>::zeros().flatten().shaped();
    /// ```
    #[inline]
    pub fn flatten<R: Shape>(&self) -> Tensor<R, E>
    where
        S: Flatten<Of = R>,
    {
        Tensor::from_stored(self.stored().reshape(&flat(&self.stored().sizes())))
    }

    /// The same values, in row-major order, under another shape of as many values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.reshape::<Rank2<3, 2>>().to_vec(), x.to_vec());
    /// ```
    ///
    /// Every size of the new shape but one must be known while compiling; that one follows from the number of values.
    ///
    /// ***Panics*** if the number of values differs; while compiling, when both are known.
    #[inline]
    #[track_caller]
    pub fn reshape<R: Shape>(&self) -> Tensor<R, E> {
        const { crate::shape::same_len::<S, R>() }
        let sizes = crate::tensor::sizes_for(self.stored().len(), &R::DIMS[..R::RANK]);
        Tensor::from_stored(self.stored().reshape(&sizes))
    }
}

/// The same values, in row-major order, under other sizes.
///
/// ***Panics*** if the products of the sizes differ.
#[track_caller]
pub fn reshape(x: &Raw, sizes: &[usize]) -> Raw {
    let kept = x.kept();
    let (from, layout) = (x.sizes(), kept.layout());
    Raw::from_op("reshape", kept.reshaped(sizes), &[x], move |gradient, _| {
        // In the layout it came in, which is what the operation before reads.
        vec![Some(gradient.reshaped(&from).in_layout(layout))]
    })
}

/// All dimensions behind the first in one; pictures in the order channels, height, width.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn flatten(x: &Raw) -> Raw {
    reshape(x, &flat(&x.sizes()))
}

#[track_caller]
fn flat(sizes: &[usize]) -> [usize; 2] {
    assert!(!sizes.is_empty(), "flatten: expected a batch, got a scalar");
    [sizes[0], sizes[1..].iter().product()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{Array, Layout};
    use crate::autograd::check_gradient;

    fn picture() -> Array {
        Array::from_vec(&[1, 2, 2, 2], (0..8).map(|i| i as f32 / 4.0 - 1.0).collect())
    }

    #[test]
    fn gradient() {
        check_gradient(&[picture()], |x| reshape(&x[0], &[4, 2]));
        check_gradient(&[picture().channels_last()], |x| flatten(&x[0]));
    }

    #[test]
    fn flatten_reads_channels_first_whatever_the_layout() {
        let x = picture().channels_last();
        assert_eq!(x.layout(), Layout::ChannelsLast);
        assert_eq!(flatten(&Raw::new(x)).to_vec(), picture().values());
    }

    #[test]
    #[should_panic(expected = "reshape: [1, 2, 2, 2] has 8 values, [3, 3] has 9")]
    fn the_number_of_values_stays() {
        reshape(&Raw::new(picture()), &[3, 3]);
    }
}
