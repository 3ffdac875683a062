//! `upsample_bilinear2d`: pictures or maps of another size, values between the pixels interpolated.

use crate::array::{Array, Layout};
use crate::axes::Pictures;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Shape};
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Pictures of `H` x `W` pixels, values between the old pixels interpolated: PyTorch's `interpolate` with
    /// `mode="bilinear"`, `align_corners=False`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 1, 2>>::from([[[[0.0, 4.0]]]]);
    /// let y: Tensor<Rank4<1, 1, 1, 4>> = x.upsample_bilinear2d::<1, 4>();
    /// assert_eq!(y.to_vec(), [0.0, 1.0, 3.0, 4.0]);
    /// ```
    #[inline]
    pub fn upsample_bilinear2d<const H: usize, const W: usize>(
        &self,
    ) -> Tensor<(S::Number, S::Channels, Const<H>, Const<W>)>
    where
        S: Pictures,
    {
        Tensor::from_raw(upsample_bilinear2d(self.raw(), [H, W]))
    }
}

/// `[n, c, h, w]` with another height and width.
///
/// ***Panics*** unless `x` holds pictures of at least one pixel.
#[track_caller]
pub fn upsample_bilinear2d(x: &Raw, [height, width]: [usize; 2]) -> Raw {
    let sizes = x.sizes();
    let &[n, c, h, w] = &sizes[..] else {
        panic!("upsample_bilinear2d: expected [batch, channels, height, width], got {sizes:?}")
    };
    assert!(h > 0 && w > 0, "upsample_bilinear2d: pictures of shape {sizes:?} have no pixels");
    if let Some(gpu) = cuda::active() {
        let y = gpu.upsample_bilinear(&x.array(), [height, width]);
        return Raw::from_op("upsample_bilinear2d", y, &[x], move |gradient, _| {
            vec![Some(gpu.upsample_bilinear_slope(gradient, &sizes))]
        });
    }
    let (rows, columns) = (sources(h, height), sources(w, width));
    let array = x.array().row_major();
    let mut y = Buffer::scratch(n * c * height * width);
    let planes = array.values().chunks_exact(h * w);
    for (to, from) in y.chunks_exact_mut((height * width).max(1)).zip(planes) {
        for (to, row) in to.chunks_exact_mut(width.max(1)).zip(&rows) {
            for (to, column) in to.iter_mut().zip(&columns) {
                *to = corners(row, column, w).iter().map(|&(at, weight)| weight * from[at]).sum();
            }
        }
    }
    let y = Array::new(&[n, c, height, width], Layout::RowMajor, y);
    Raw::from_op("upsample_bilinear2d", y, &[x], move |gradient, _| {
        let gradient = gradient.row_major();
        let mut dx = Buffer::full(n * c * h * w, 0.0);
        let planes = gradient.values().chunks_exact((height * width).max(1));
        for (to, from) in dx.chunks_exact_mut(h * w).zip(planes) {
            for (from, row) in from.chunks_exact(width.max(1)).zip(&rows) {
                for (&g, column) in from.iter().zip(&columns) {
                    corners(row, column, w).iter().for_each(|&(at, weight)| to[at] += weight * g);
                }
            }
        }
        vec![Some(Array::new(&[n, c, h, w], Layout::RowMajor, dx))]
    })
}

/// The two pixels that a new one lies between, and its distance from the first.
type Source = (usize, usize, f32);

/// Where the centres of the new pixels lie among the old ones; beyond the outermost centres, their values go on.
fn sources(old: usize, new: usize) -> Vec<Source> {
    let scale = old as f32 / new.max(1) as f32;
    let source = |i: usize| {
        let at = ((i as f32 + 0.5) * scale - 0.5).max(0.0);
        let first = (at as usize).min(old - 1);
        (first, (first + 1).min(old - 1), at - first as f32)
    };
    (0..new).map(source).collect()
}

/// The four pixels of a plane around a new one, and their weights.
fn corners(&(top, bottom, down): &Source, &(left, right, along): &Source, width: usize) -> [(usize, f32); 4] {
    [
        (top * width + left, (1.0 - down) * (1.0 - along)),
        (top * width + right, (1.0 - down) * along),
        (bottom * width + left, down * (1.0 - along)),
        (bottom * width + right, down * along),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[1, 2, 2, 3], (0..12).map(|i| ((i * 7) % 12) as f32 / 3.0).collect());
        check_gradient(std::slice::from_ref(&x), |x| upsample_bilinear2d(&x[0], [5, 4]));
        check_gradient(&[x], |x| upsample_bilinear2d(&x[0], [1, 2]));
    }

    #[test]
    fn the_same_size_changes_nothing() {
        let x = Raw::new(Array::from_vec(&[1, 1, 2, 2], vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(upsample_bilinear2d(&x, [2, 2]).to_vec(), x.to_vec());
    }

    #[test]
    fn larger_and_smaller_pictures_agree_on_every_device() {
        for size in [[1, 1], [3, 20], [14, 22], [23, 5]] {
            agrees_with_the_cpu(&[scattered(&[2, 2, 7, 11])], |x| upsample_bilinear2d(&x[0], size));
        }
    }
}
