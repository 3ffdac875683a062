//! `sum`: of all values, or along the last axis.

use crate::array::Array;
use crate::axes::LastAxis;
use crate::cpu::buffer::Buffer;
use crate::cpu::reduce;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// The sum of all values: a scalar.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).sum().item(), 10.0);
    /// ```
    #[inline]
    pub fn sum(&self) -> Tensor<()> {
        Tensor::from_raw(sum(self.raw()))
    }

    /// The sums along the last axis: `[.., N]` becomes `[..]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let rows: Tensor<Rank1<2>> = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]).sum_last();
    /// assert_eq!(rows.to_vec(), [3.0, 7.0]);
    /// ```
    #[inline]
    pub fn sum_last(&self) -> Tensor<S::Rest>
    where
        S: LastAxis,
    {
        Tensor::from_raw(sum_last(self.raw()))
    }
}

/// The sum of all values: a scalar.
pub fn sum(x: &Raw) -> Raw {
    let array = x.array();
    let (sizes, layout) = (x.sizes(), array.layout());
    let total = Array::full(&[], reduce::sum(array.values()));
    Raw::from_op("sum", total, &[x], move |gradient, _| {
        let values = Buffer::full(sizes.iter().product(), gradient.values()[0]);
        vec![Some(Array::new(&sizes, layout, values))]
    })
}

/// The sums along the last axis.
///
/// ***Panics*** if `x` is a scalar.
#[track_caller]
pub fn sum_last(x: &Raw) -> Raw {
    let sizes = x.sizes();
    let (&last, rest) = sizes.split_last().expect("sum_last: a scalar has no last axis");
    let sums = x.array().row_major().values().chunks(last.max(1)).map(reduce::sum).collect();
    let sums = if last == 0 { Array::full(rest, 0.0) } else { Array::from_vec(rest, sums) };
    Raw::from_op("sum_last", sums, &[x], move |gradient, _| {
        let gradient = gradient.row_major();
        let mut spread = Buffer::scratch(sizes.iter().product());
        for (row, &g) in spread.chunks_mut(last.max(1)).zip(gradient.values()) {
            row.fill(g);
        }
        vec![Some(Array::new(&sizes, crate::array::Layout::RowMajor, spread))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| sum(&x[0]));
        check_gradient(&[x], |x| sum_last(&x[0]));
    }

    #[test]
    fn the_sum_of_nothing_is_zero() {
        assert_eq!(sum(&Raw::new(Array::from_vec(&[0], vec![]))).to_vec(), [0.0]);
        assert_eq!(sum_last(&Raw::new(Array::from_vec(&[2, 0], vec![]))).to_vec(), [0.0, 0.0]);
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        // Added up one after the other in f32, these are 1_087_937.
        let total = sum(&Raw::new(Array::full(&[10_000_000], 0.1))).to_vec()[0];
        assert!((total - 1_000_000.0).abs() < 10.0, "{total}");
    }
}
