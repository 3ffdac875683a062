//! `tril`, `triu`: the lower, or the upper, triangle of a matrix, zeros elsewhere.

use crate::array::Array;
use crate::axes::Axis;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The values on and below a diagonal of every matrix, zeros above it. The diagonal 0 is the main one, 1 the one above
    /// it, -1 the one below. Of ones, it is the mask of an attention that must not look ahead.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.tril(0).to_vec(), [1.0, 0.0, 0.0, 4.0, 5.0, 0.0]);
    /// let scores = Tensor::<Rank2<2, 2>>::zeros();
    /// let ahead = scores.ones_like().triu(1).to_dtype::<bool>();
    /// let attention = scores.masked_fill(&ahead, f32::NEG_INFINITY).softmax();
    /// assert_eq!(attention.to_vec(), [1.0, 0.0, 0.5, 0.5]);
    /// ```
    #[inline]
    pub fn tril(&self, diagonal: isize) -> Self
    where
        S: Axis<1>,
    {
        Tensor::from_raw(tril(self.raw(), diagonal))
    }

    /// The values on and above a diagonal of every matrix, zeros below it; see [`Tensor::tril`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.triu(1).to_vec(), [0.0, 2.0, 3.0, 0.0, 0.0, 6.0]);
    /// ```
    #[inline]
    pub fn triu(&self, diagonal: isize) -> Self
    where
        S: Axis<1>,
    {
        Tensor::from_raw(triu(self.raw(), diagonal))
    }
}

/// The values on and below a diagonal of every matrix of `[.., m, n]`, zeros above it.
///
/// ***Panics*** if `x` has fewer than two dimensions.
#[track_caller]
pub fn tril(x: &Raw, diagonal: isize) -> Raw {
    triangle("tril", x, diagonal, false, move |row, column| column <= row + diagonal)
}

/// The values on and above a diagonal of every matrix of `[.., m, n]`, zeros below it.
///
/// ***Panics*** if `x` has fewer than two dimensions.
#[track_caller]
pub fn triu(x: &Raw, diagonal: isize) -> Raw {
    triangle("triu", x, diagonal, true, move |row, column| column >= row + diagonal)
}

/// The values at the rows and columns that are `kept`.
#[track_caller]
fn triangle(
    name: &'static str,
    x: &Raw,
    diagonal: isize,
    upper: bool,
    kept: impl Fn(isize, isize) -> bool + Copy + Send + Sync + 'static,
) -> Raw {
    assert!(x.sizes().len() >= 2, "{name}: expected matrices, got the shape {:?}", x.sizes());
    let cut = move |x: &Array| {
        if let Some(gpu) = cuda::active() {
            return gpu.triangle(x, diagonal, upper);
        }
        let mut y = x.row_major();
        let &[.., rows, columns] = x.sizes() else { return y };
        for (i, row) in y.values_mut().chunks_exact_mut(columns.max(1)).enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                if !kept((i % rows) as isize, j as isize) {
                    *value = 0.0;
                }
            }
        }
        y
    };
    Raw::from_op(name, cut(&x.array()), &[x], move |gradient, _| vec![Some(cut(gradient))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 2, 3], (0..12).map(|i| i as f32 / 4.0 - 1.0).collect());
        check_gradient(std::slice::from_ref(&x), |x| tril(&x[0], 1));
        check_gradient(&[x], |x| triu(&x[0], -1));
    }

    #[test]
    #[should_panic(expected = "tril: expected matrices, got the shape [3]")]
    fn a_vector_has_no_triangle() {
        tril(&Raw::new(Array::full(&[3], 1.0)), 0);
    }

    #[test]
    fn triangles_of_many_matrices_agree_on_every_device() {
        for diagonal in [-100, -2, 0, 3, 100] {
            agrees_with_the_cpu(&[scattered(&[3, 17, 20])], |x| tril(&x[0], diagonal));
            agrees_with_the_cpu(&[scattered(&[3, 20, 17])], |x| triu(&x[0], diagonal));
        }
    }
}
