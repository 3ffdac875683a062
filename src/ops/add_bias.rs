//! `add_bias`: one value a column, or a channel, added to all rows, or pixels.

use crate::array::{Array, Layout};
use crate::compute;
use crate::raw::Raw;
use crate::shape::{Dim, Fits, Shape, same_size};
use crate::tensor::Tensor;

impl<N: Dim, C: Dim> Tensor<(N, C)> {
    /// Adds one value a column: `[N, C]` plus `[C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let bias = Tensor::<Rank1<2>>::from([10.0, 20.0]);
    /// assert_eq!(x.add_bias(&bias).to_vec(), [11.0, 22.0, 13.0, 24.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn add_bias<D: Dim>(&self, bias: &Tensor<(D,)>) -> Self
    where
        C: Fits<D>,
    {
        const { same_size("add_bias", "the sizes", C::SIZE, D::SIZE) }
        Tensor::from_raw(add_bias(self.raw(), bias.raw()))
    }
}

impl<N: Dim, C: Dim, H: Dim, W: Dim> Tensor<(N, C, H, W)>
where
    (N, C, H, W): Shape,
{
    /// Adds one value a channel: `[N, C, H, W]` plus `[C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let bias = Tensor::<Rank1<2>>::from([1.0, 2.0]);
    /// assert_eq!(Tensor::<Rank4<1, 2, 1, 2>>::zeros().add_bias(&bias).to_vec(), [1.0, 1.0, 2.0, 2.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn add_bias<D: Dim>(&self, bias: &Tensor<(D,)>) -> Self
    where
        C: Fits<D>,
    {
        const { same_size("add_bias", "the channels", C::SIZE, D::SIZE) }
        Tensor::from_raw(add_bias(self.raw(), bias.raw()))
    }
}

/// Adds `bias`, of shape `[c]`, to every row of `[n, c]` or every pixel of `[n, c, h, w]`.
///
/// ***Panics*** if the sizes do not agree.
#[track_caller]
pub fn add_bias(x: &Raw, bias: &Raw) -> Raw {
    let sizes = x.sizes();
    assert!(matches!(sizes.len(), 2 | 4), "add_bias: expected [n, c] or [n, c, h, w], got {sizes:?}");
    let c = sizes[1];
    assert!(
        bias.sizes() == [c],
        "add_bias: expected a bias of shape [{c}] for {sizes:?}, got {:?}",
        bias.sizes()
    );
    let y = compute::add_row(&channels_inside(&x.array()), &bias.array());
    Raw::from_op("add_bias", y, &[x, bias], move |gradient, wanted| {
        let of_bias = wanted[1].then(|| compute::row_sum(&channels_inside(gradient), c));
        vec![Some(gradient.clone()), of_bias]
    })
}

/// The array with the channels as the axis that varies fastest.
fn channels_inside(x: &Array) -> Array {
    x.in_layout(if x.sizes().len() == 4 { Layout::ChannelsLast } else { Layout::RowMajor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let bias = Array::from_vec(&[2], vec![0.5, -1.0]);
        let x = Array::from_vec(&[2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        check_gradient(&[x, bias.clone()], |x| add_bias(&x[0], &x[1]));
        let x = Array::from_vec(&[1, 2, 2, 1], vec![1.0, 2.0, 3.0, 4.0]);
        check_gradient(&[x, bias], |x| add_bias(&x[0], &x[1]));
    }

    #[test]
    #[should_panic(expected = "add_bias: expected a bias of shape [2] for [1, 2], got [3]")]
    fn the_bias_must_fit() {
        add_bias(&Raw::new(Array::full(&[1, 2], 0.0)), &Raw::new(Array::full(&[3], 0.0)));
    }

    #[test]
    fn biases_of_many_rows_are_those_of_the_cpu() {
        let mut random = crate::random::Generator::new(1);
        for sizes in [&[700, 45][..], &[3, 5, 40, 9]] {
            let inputs = [random.uniform(sizes, -1.0, 1.0), random.uniform(&sizes[1..2], -1.0, 1.0)];
            agrees_within(1e-4, &inputs, |x| add_bias(&x[0], &x[1]));
        }
    }
}
