//! `nll`: the negative logarithm of the probability that was given to the right class.

use super::Labels;
use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::ops::matrix_sizes;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Fits, same_size};
use crate::tensor::Tensor;

/// The mean over the batch of `-log_probabilities[label]`, PyTorch's `nll_loss`: after a
/// [`log_softmax`](Tensor::log_softmax) it is [`cross_entropy`](crate::cross_entropy).
///
/// ```
/// use ferrolab::prelude::*;
/// let scores = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [0.3, 0.0, 1.5]]);
/// let labels = Labels::from([2, 0]);
/// let loss = loss::nll(&scores.log_softmax(), &labels);
/// assert!((loss.item() - cross_entropy(&scores, &labels).item()).abs() < 1e-6);
/// ```
#[inline]
#[track_caller]
pub fn nll<B: Dim + Fits<D>, D: Dim, const C: usize>(
    log_probabilities: &Tensor<(B, Const<C>)>,
    labels: &Labels<D, C>,
) -> Tensor<()> {
    const { same_size("nll", "the batches of probabilities and labels", B::SIZE, D::SIZE) }
    Tensor::from_raw(raw(log_probabilities.raw(), labels.as_slice()))
}

#[track_caller]
fn raw(x: &Raw, targets: &[usize]) -> Raw {
    let [n, classes] = matrix_sizes("nll", x);
    assert!(n == targets.len(), "nll: {n} rows of probabilities, but {} labels", targets.len());
    if let Some(target) = targets.iter().find(|&&target| target >= classes) {
        panic!("nll: label {target} is not one of the {classes} classes 0..{classes}");
    }
    let array = x.array();
    if let Some(gpu) = cuda::active() {
        let places = gpu.places(targets.iter().copied(), [n, classes, 1]);
        let loss = gpu.picked_sum(&array, &places, -(n as f32));
        return Raw::from_op("nll", loss, &[x], move |gradient, _| {
            let dx = gpu.picked_slope(gradient, -(n as f32), &places);
            vec![Some(Array::on_gpu(&[n, classes], Layout::RowMajor, dx))]
        });
    }
    let rows = array.values().chunks_exact(classes.max(1)).zip(targets);
    let total: f64 = rows.map(|(row, &target)| -f64::from(row[target])).sum();
    let targets = targets.to_vec();
    Raw::from_op("nll", Array::full(&[], (total / n as f64) as f32), &[x], move |gradient, _| {
        let slope = -gradient.values()[0] / n as f32;
        let mut dx = Buffer::full(n * classes, 0.0);
        for (row, &target) in dx.chunks_exact_mut(classes.max(1)).zip(&targets) {
            row[target] = slope;
        }
        vec![Some(Array::new(&[n, classes], Layout::RowMajor, dx))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![-1.0, -2.0, -0.5, -0.3, -1.7, -1.5]);
        check_gradient(&[x], |x| raw(&x[0], &[2, 0]));
    }

    #[test]
    #[should_panic(expected = "nll: 2 rows of probabilities, but 1 labels")]
    fn there_is_one_label_a_row() {
        raw(&Raw::new(Array::full(&[2, 3], 0.0)), &[0]);
    }

    #[test]
    fn many_rows_are_those_of_the_cpu() {
        let targets: Vec<usize> = (0..700).map(|row| row * 37 % 33).collect();
        let x = crate::random::Generator::new(1).uniform(&[700, 33], -5.0, 0.0);
        agrees_within(1e-4, &[x], |x| raw(&x[0], &targets));
    }
}
