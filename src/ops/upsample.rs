//! `upsample_nearest2d`: every pixel of a picture several times.

use crate::array::{Array, Layout};
use crate::axes::EnlargedBy;
use crate::compute;
use crate::cpu::reduce;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Pictures `S`, `FACTOR` times as high and wide.
pub type Enlarged<S, const FACTOR: usize> = Tensor<<S as EnlargedBy<FACTOR>>::Of>;

impl<S: Shape> Tensor<S> {
    /// Pictures `FACTOR` times as high and wide, each pixel repeated: `[N, C, H, W]` becomes
    /// `[N, C, FACTOR · H, FACTOR · W]`. PyTorch's `interpolate(mode="nearest")`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 1, 2>>::from([[[[1.0, 2.0]]]]);
    /// let y: Tensor<Rank4<1, 1, 2, 4>> = x.upsample_nearest2d::<2>().shaped();
    /// assert_eq!(y.to_vec(), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
    /// ```
    #[inline]
    pub fn upsample_nearest2d<const FACTOR: usize>(&self) -> Enlarged<S, FACTOR>
    where
        S: EnlargedBy<FACTOR>,
    {
        Tensor::from_raw(upsample_nearest2d(self.raw(), FACTOR))
    }
}

/// Pictures `factor` times as high and wide, each pixel repeated.
///
/// ***Panics*** unless `x` holds pictures.
#[track_caller]
pub fn upsample_nearest2d(x: &Raw, factor: usize) -> Raw {
    let sizes = x.sizes();
    let &[n, c, h, w] = &sizes[..] else {
        panic!("upsample_nearest2d: expected pictures [batch, channels, height, width], got {sizes:?}")
    };
    let larger = [n, c, h * factor, w * factor];
    let repeated = compute::strided(&x.array(), 0, &[n * c * h, factor, w, factor], &[w, 0, 1, 0]);
    let y = repeated.reshaped(&larger);
    Raw::from_op("upsample_nearest2d", y, &[x], move |gradient, _| {
        if let Some(gpu) = cuda::active() {
            return vec![Some(gpu.upsample_nearest_slope(gradient, &sizes, factor))];
        }
        // Every pixel gets the sum over its copies: over the rows, then over the columns.
        let gradient = gradient.row_major();
        let rows = reduce::axis_sum(gradient.values(), [n * c * h, factor, w * factor]);
        let pixels = reduce::axis_sum(&rows, [n * c * h * w, factor, 1]);
        vec![Some(Array::new(&sizes, Layout::RowMajor, pixels))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 2, 2, 3], (0..24).map(|i| ((i * 7) % 24) as f32 / 8.0).collect());
        check_gradient(std::slice::from_ref(&x), |x| upsample_nearest2d(&x[0], 2));
        check_gradient(&[x], |x| upsample_nearest2d(&x[0], 3));
    }

    #[test]
    #[should_panic(
        expected = "upsample_nearest2d: expected pictures [batch, channels, height, width], got [2, 3]"
    )]
    fn a_matrix_is_no_picture() {
        upsample_nearest2d(&Raw::new(Array::full(&[2, 3], 0.0)), 2);
    }

    #[test]
    fn pictures_agree_on_every_device() {
        agrees_with_the_cpu(&[scattered(&[2, 3, 5, 7])], |x| upsample_nearest2d(&x[0], 3));
    }
}
