//! `cosine_embedding`: what is alike points the same way.

use crate::array::{Array, Layout};
use crate::axes::Matrix;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::ops::matrix_sizes;
use crate::raw::Raw;
use crate::shape::{SameAs, same_shape};
use crate::tensor::Tensor;

/// Added to every squared length, as PyTorch does: keeps the cosine a number for a row of zeros.
const EPSILON: f64 = 1e-12;

/// The mean over the rows of `1 - cos(a, b)` for pairs that are alike and `max(cos(a, b) - margin, 0)` for those that are
/// not: how embeddings learn which directions mean the same, whatever their lengths. PyTorch's `cosine_embedding_loss`, where
/// `alike` is 1 or -1 and the margin is 0 unless told otherwise.
///
/// ```
/// use ferrolab::prelude::*;
/// let a = Tensor::<Rank2<2, 2>>::from([[1.0, 0.0], [1.0, 0.0]]);
/// let b = Tensor::from([[0.0, 3.0], [5.0, 0.0]]); // at a right angle, and in the same direction
/// assert_eq!(loss::cosine_embedding(&a, &b, &[true, true], 0.0).item(), 0.5);
/// assert_eq!(loss::cosine_embedding(&a, &b, &[false, false], 0.25).item(), 0.375);
/// ```
///
/// ***Panics*** if there is not one answer a row.
#[inline]
#[track_caller]
pub fn cosine_embedding<S, R>(a: &Tensor<S>, b: &Tensor<R>, alike: &[bool], margin: f32) -> Tensor<()>
where
    S: Matrix + SameAs<R>,
    R: Matrix,
{
    const { same_shape::<S, R>("cosine_embedding") }
    Tensor::from_raw(raw([a.raw(), b.raw()], alike, margin))
}

/// The cosine of two rows and their squared lengths.
struct Angle {
    cosine: f64,
    squares: [f64; 2],
}

impl Angle {
    fn new(a: &[f32], b: &[f32]) -> Angle {
        let product = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let squares = [product(a, a) + EPSILON, product(b, b) + EPSILON];
        Angle { cosine: product(a, b) / (squares[0] * squares[1]).sqrt(), squares }
    }
}

#[track_caller]
fn raw(tensors: [&Raw; 2], alike: &[bool], margin: f32) -> Raw {
    let [n, width] = matrix_sizes("cosine_embedding", tensors[0]);
    let (sizes, others) = (tensors[0].sizes(), tensors[1].sizes());
    assert!(sizes == others, "cosine_embedding: the shapes differ: {sizes:?} and {others:?}");
    assert!(n == alike.len(), "cosine_embedding: {n} pairs of rows, but {} answers", alike.len());
    let [a, b] = tensors.map(|tensor| tensor.array().row_major());
    if let Some(gpu) = cuda::active() {
        let alike = gpu.upload(&alike.iter().map(|&alike| u32::from(alike)).collect::<Vec<u32>>());
        let (loss, angles) = gpu.cosine_embedding([&a, &b], &alike, margin);
        return Raw::from_op("cosine_embedding", loss, &tensors, move |gradient, _| {
            gpu.cosine_embedding_slope(gradient, [&a, &b], &alike, margin, &angles).map(Some).into()
        });
    }
    let row = |x: &Array, i: usize| x.values()[i * width..(i + 1) * width].to_vec();
    let angles: Vec<Angle> = (0..n).map(|i| Angle::new(&row(&a, i), &row(&b, i))).collect();
    // The slope of each row's loss by its cosine.
    let margin = f64::from(margin);
    let slope = move |alike: bool, cosine: f64| match alike {
        true => -1.0,
        false if cosine > margin => 1.0,
        false => 0.0,
    };
    let value = |(angle, &alike): (&Angle, &bool)| match alike {
        true => 1.0 - angle.cosine,
        false => (angle.cosine - margin).max(0.0),
    };
    let total: f64 = angles.iter().zip(alike).map(value).sum();
    let alike = alike.to_vec();
    let loss = Array::full(&[], (total / n as f64) as f32);
    Raw::from_op("cosine_embedding", loss, &tensors, move |gradient, _| {
        let scale = f64::from(gradient.values()[0]) / n as f64;
        let mut slopes = [0; 2].map(|_| Buffer::full(n * width, 0.0));
        for (i, (Angle { cosine, squares }, &alike)) in angles.iter().zip(&alike).enumerate() {
            let (factor, lengths) = (scale * slope(alike, *cosine), (squares[0] * squares[1]).sqrt());
            let row = i * width..(i + 1) * width;
            let [by_a, by_b] = slopes.each_mut().map(|slope| &mut slope[row.clone()]);
            let rows = a.values()[row.clone()].iter().zip(&b.values()[row]);
            for ((by_a, by_b), (&a, &b)) in by_a.iter_mut().zip(by_b).zip(rows) {
                let (a, b) = (f64::from(a), f64::from(b));
                *by_a = (factor * (b / lengths - cosine * a / squares[0])) as f32;
                *by_b = (factor * (a / lengths - cosine * b / squares[1])) as f32;
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
        let a = Array::from_vec(&[3, 2], vec![1.0, -2.0, 0.5, 0.9, 2.0, -1.0]);
        let b = Array::from_vec(&[3, 2], vec![0.4, -1.0, 0.9, 0.3, -1.0, -1.5]);
        check_gradient(&[a, b], |x| raw([&x[0], &x[1]], &[true, false, false], 0.1));
    }

    #[test]
    fn a_row_of_zeros_is_at_a_right_angle_to_everything() {
        let a = Tensor::<crate::Rank2<1, 2>>::zeros().requires_grad();
        let loss = cosine_embedding(&a, &Tensor::from([[1.0, 0.0]]), &[true], 0.0);
        assert_eq!(loss.item(), 1.0);
        assert!(loss.backward().of(&a).to_vec().iter().all(|g| g.is_finite()));
    }

    #[test]
    #[should_panic(expected = "cosine_embedding: 2 pairs of rows, but 1 answers")]
    fn there_is_an_answer_for_each_pair() {
        let x = Raw::new(Array::full(&[2, 3], 1.0));
        raw([&x, &x], &[true], 0.0);
    }

    #[test]
    fn many_rows_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        let pair = [(); 2].map(|()| random.uniform(&[70, 45], -1.0, 1.5));
        let alike: Vec<bool> = (0..70).map(|row| row % 3 == 0).collect();
        agrees_within(1e-4, &pair, |x| raw([&x[0], &x[1]], &alike, 0.1));
    }
}
