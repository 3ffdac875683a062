//! `select_class`: the scores of one class, summed over the batch.

use super::matmul::matrix_sizes;
use crate::array::{Array, Layout};
use crate::axes::Matrix;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The scores of one class, summed over the batch: what a saliency map differentiates.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let scores = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(scores.class(1).item(), 7.0);
    /// ```
    ///
    /// ***Panics*** if there is no such class.
    #[inline]
    #[track_caller]
    pub fn class(&self, class: usize) -> Tensor<()>
    where
        S: Matrix,
    {
        Tensor::from_raw(select_class(self.raw(), class))
    }
}

/// The sum over the rows of column `class` of `[n, classes]`.
///
/// ***Panics*** if there is no such column.
#[track_caller]
pub fn select_class(x: &Raw, class: usize) -> Raw {
    let [n, classes] = matrix_sizes("class", x);
    assert!(class < classes, "class: there is no class {class} among {classes}");
    if let Some(gpu) = cuda::active() {
        let places = gpu.places(std::iter::repeat_n(class, n), [n, classes, 1]);
        let total = gpu.picked_sum(&x.array(), &places, 1.0);
        return Raw::from_op("class", total, &[x], move |gradient, _| {
            let dx = gpu.picked_slope(gradient, 1.0, &places);
            vec![Some(Array::on_gpu(&[n, classes], Layout::RowMajor, dx))]
        });
    }
    let total: f32 = x.array().values().iter().skip(class).step_by(classes).sum();
    Raw::from_op("class", Array::full(&[], total), &[x], move |gradient, _| {
        let mut dx = Buffer::full(n * classes, 0.0);
        dx.iter_mut().skip(class).step_by(classes).for_each(|dx| *dx = gradient.values()[0]);
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
        check_gradient(&[Array::from_vec(&[2, 2], vec![1.0, -2.0, 0.5, 3.0])], |x| select_class(&x[0], 1));
    }

    #[test]
    #[should_panic(expected = "class: there is no class 2 among 2")]
    fn the_class_must_exist() {
        select_class(&Raw::new(Array::full(&[1, 2], 0.0)), 2);
    }

    #[test]
    fn many_rows_are_those_of_the_cpu() {
        let x = crate::random::Generator::new(1).uniform(&[700, 33], -5.0, 0.0);
        agrees_within(1e-4, &[x], |x| select_class(&x[0], 7));
    }
}
