//! `triplet_margin`: what is alike closer together than what is not.

use crate::array::{Array, Layout};
use crate::axes::Matrix;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::ops::matrix_sizes;
use crate::raw::Raw;
use crate::shape::{SameAs, same_shape};
use crate::tensor::Tensor;

/// Added to every difference, as PyTorch does: keeps the slope finite where two rows are equal.
const EPSILON: f32 = 1e-6;

/// The mean over the rows of `max(|a - p| - |a - n| + margin, 0)`: an anchor `a` shall be closer to `p`, which is like
/// it, than to `n`, which is not, by at least `margin` (Schroff et al. 2015). Distances are Euclidean. PyTorch's
/// `triplet_margin_loss`, whose margin is 1 unless told otherwise.
///
/// ```
/// use ferrolab::prelude::*;
/// let anchor = Tensor::<Rank2<1, 2>>::zeros();
/// let near = Tensor::<Rank2<1, 2>>::from([[3.0, 4.0]]); // 5 away
/// let far = Tensor::<Rank2<1, 2>>::from([[0.0, 5.5]]);
/// assert!((loss::triplet_margin(&anchor, &near, &far, 1.0).item() - 0.5).abs() < 1e-5);
/// ```
#[inline]
#[track_caller]
pub fn triplet_margin<S, P, N>(
    anchor: &Tensor<S>,
    positive: &Tensor<P>,
    negative: &Tensor<N>,
    margin: f32,
) -> Tensor<()>
where
    S: Matrix + SameAs<P> + SameAs<N>,
    P: Matrix,
    N: Matrix,
{
    const { same_shape::<S, P>("triplet_margin") }
    const { same_shape::<S, N>("triplet_margin") }
    Tensor::from_raw(raw([anchor.raw(), positive.raw(), negative.raw()], margin))
}

#[track_caller]
fn raw(tensors: [&Raw; 3], margin: f32) -> Raw {
    let [anchor, positive, negative] = tensors;
    let [n, width] = matrix_sizes("triplet_margin", anchor);
    for other in [positive, negative] {
        let (sizes, others) = (anchor.sizes(), other.sizes());
        assert!(sizes == others, "triplet_margin: the shapes differ: {sizes:?} and {others:?}");
    }
    let [a, p, q] = tensors.map(|tensor| tensor.array().row_major());
    if let Some(gpu) = cuda::active() {
        let (loss, rows) = gpu.triplet_margin([&a, &p, &q], n, margin);
        return Raw::from_op("triplet_margin", loss, &tensors, move |gradient, _| {
            gpu.triplet_margin_slope(gradient, [&a, &p, &q], &rows).map(Some).into()
        });
    }
    let distance = |other: &Array, i: usize| {
        let row = i * width..(i + 1) * width;
        let pairs = a.values()[row.clone()].iter().zip(&other.values()[row]);
        pairs.map(|(x, y)| f64::from(x - y + EPSILON).powi(2)).sum::<f64>().sqrt() as f32
    };
    // The two distances of each row, and how much the row violates the margin.
    let rows: Vec<[f32; 3]> = (0..n)
        .map(|i| {
            let (near, far) = (distance(&p, i), distance(&q, i));
            [near, far, (near - far + margin).max(0.0)]
        })
        .collect();
    let total: f64 = rows.iter().map(|row| f64::from(row[2])).sum();
    let loss = Array::full(&[], (total / n as f64) as f32);
    Raw::from_op("triplet_margin", loss, &tensors, move |gradient, _| {
        let scale = gradient.values()[0] / n as f32;
        let mut slopes = [0; 3].map(|_| Buffer::full(n * width, 0.0));
        for (i, &[near, far, violation]) in rows.iter().enumerate() {
            if violation <= 0.0 {
                continue;
            }
            let [by_anchor, by_positive, by_negative] =
                slopes.each_mut().map(|slope| &mut slope[i * width..(i + 1) * width]);
            let [a, p, q] = [&a, &p, &q].map(|x| &x.values()[i * width..(i + 1) * width]);
            for k in 0..width {
                let to_near = scale * (a[k] - p[k] + EPSILON) / near;
                let to_far = scale * (a[k] - q[k] + EPSILON) / far;
                by_anchor[k] = to_near - to_far;
                by_positive[k] = -to_near;
                by_negative[k] = to_far;
            }
        }
        slopes.map(|values| Some(Array::new(&[n, width], Layout::RowMajor, values))).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let values = [
            vec![1.0, -2.0, 0.5, 0.1, 2.0, -1.0],
            vec![0.2, -1.0, 0.9, 0.3, 1.0, -1.5],
            vec![1.3, -1.8, 0.2, 9.0, 8.0, 7.0], // the second row keeps the margin
        ];
        check_gradient(&values.map(|values| Array::from_vec(&[2, 3], values)), |x| {
            raw([&x[0], &x[1], &x[2]], 1.0)
        });
    }

    #[test]
    #[should_panic(expected = "triplet_margin: the shapes differ: [2, 3] and [1, 3]")]
    fn the_shapes_are_compared() {
        let [a, b] = [2, 1].map(|rows| Raw::new(Array::full(&[rows, 3], 0.0)));
        raw([&a, &a, &b], 1.0);
    }

    #[test]
    fn many_rows_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let all = [(); 3].map(|()| random.uniform(&[70, 45], -1.0, 1.0));
        agrees_within(1e-4, &all, |x| raw([&x[0], &x[1], &x[2]], 0.1));
    }
}
