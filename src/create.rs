//! How tensors begin: ranges, the identity, one-hot rows, random numbers, nested arrays.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::dtype::{Dtype, Indices, Stored};
use crate::loss::Labels;
use crate::random;
use crate::raw::Raw;
use crate::shape::{Const, DYN, Dim, Rank1, Rank2, Rank3, Rank4, Shape};
use crate::tensor::{Tensor, literal};

impl<S: Shape> Tensor<S> {
    /// Values of a normal distribution, by the generator that [`crate::manual_seed`] seeds.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// manual_seed(1);
    /// let x = Tensor::<Rank1<1000>>::normal(5.0, 2.0);
    /// assert!((x.mean().item() - 5.0).abs() < 0.3);
    /// ```
    #[inline]
    pub fn normal(mean: f32, standard_deviation: f32) -> Self {
        const { literal::<S>() }
        Self::from_raw(Raw::new(random::normal(&S::DIMS[..S::RANK], mean, standard_deviation)))
    }

    /// Values of the standard normal distribution: mean 0, standard deviation 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// manual_seed(1);
    /// let x = Tensor::<Rank2<2, 3>>::randn();
    /// manual_seed(1);
    /// assert_eq!(Tensor::<Rank2<2, 3>>::randn().to_vec(), x.to_vec());
    /// ```
    #[inline]
    pub fn randn() -> Self {
        Self::normal(0.0, 1.0)
    }
}

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// Zeros, as many as this tensor has values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<(usize, Const<2>)>::from_vec(vec![1.0; 6]);
    /// assert_eq!(x.zeros_like().shape(), [3, 2]);
    /// ```
    #[inline]
    pub fn zeros_like(&self) -> Self {
        self.full_like(E::ZERO)
    }

    /// Ones, as many as this tensor has values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::zeros().ones_like().to_vec(), [1.0, 1.0]);
    /// ```
    #[inline]
    pub fn ones_like(&self) -> Self {
        self.full_like(E::ONE)
    }

    /// The same value as many times as this tensor has values.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::zeros().full_like(7.0).to_vec(), [7.0, 7.0]);
    /// ```
    #[inline]
    pub fn full_like(&self, value: E) -> Self {
        Self::from_stored(E::Stored::full(&self.stored().sizes(), value))
    }
}

impl<N: Dim> Tensor<(N,)> {
    /// The numbers `start`, `start + step`, … before `end`, as in PyTorch. `N` says how many there are, or is `usize`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<4>>::arange(0.0, 2.0, 0.5).to_vec(), [0.0, 0.5, 1.0, 1.5]);
    /// assert_eq!(Tensor::<(usize,)>::arange(3.0, 0.0, -1.0).to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    ///
    /// ***Panics*** if there are not `N` of them, or `step` is 0 or leads away from `end`.
    #[inline]
    #[track_caller]
    pub fn arange(start: f32, end: f32, step: f32) -> Self {
        Self::from_raw(Raw::new(arange(start, end, step, N::SIZE)))
    }
}

impl<N: Dim> Tensor<(N,), i64> {
    /// The whole numbers `start`, `start + step`, … before `end`. `N` says how many there are, or is `usize`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<(usize,), i64>::arange(3, -2, -2).to_vec(), [3, 1, -1]);
    /// ```
    ///
    /// ***Panics*** if there are not `N` of them, or `step` is 0 or leads away from `end`.
    #[track_caller]
    pub fn arange(start: i64, end: i64, step: i64) -> Self {
        Self::from_vec(whole_range(start, end, step, N::SIZE))
    }
}

impl<const N: usize> Tensor<Rank1<N>> {
    /// `N` numbers from `start` to `end`, both included, evenly spaced; `start` alone if `N` is 1.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<5>>::linspace(0.0, 1.0).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    #[inline]
    pub fn linspace(start: f32, end: f32) -> Self {
        Self::from_raw(Raw::new(linspace(start, end, N)))
    }
}

impl<const M: usize, const N: usize> Tensor<Rank2<M, N>> {
    /// Ones on the diagonal, zeros elsewhere: for as many rows as columns, the identity.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 2>>::eye().to_vec(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    #[inline]
    pub fn eye() -> Self {
        let diagonal: Vec<usize> = (0..M.min(N)).collect();
        Self::from_raw(Raw::new(ones_at(&diagonal, [M, N])))
    }
}

impl<B: Dim, const C: usize> Tensor<(B, Const<C>)> {
    /// A row for every class: 1 in its column, else 0.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank2<2, 3>>::one_hot(&[2, 0]).to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    /// ```
    ///
    /// ***Panics*** if there are not `B` classes, or one is not below `C`.
    #[inline]
    #[track_caller]
    pub fn one_hot(classes: &(impl Indices + ?Sized)) -> Self {
        Self::from_raw(Raw::new(one_hot(&classes.indices(), C)))
    }
}

impl<B: Dim, const C: usize> Labels<B, C> {
    /// A row for every label: 1 in the column of its class, else 0.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let rows: Tensor<Rank2<2, 3>> = Labels::<Const<2>, 3>::from([2, 0]).one_hot();
    /// assert_eq!(rows.argmax(), [2, 0]);
    /// ```
    #[inline]
    pub fn one_hot(&self) -> Tensor<(B, Const<C>)> {
        Tensor::one_hot(self.as_slice())
    }
}

/// The numbers `start`, `start + step`, … before `end`; `expected` of them unless that is [`DYN`].
#[track_caller]
fn arange(start: f32, end: f32, step: f32, expected: usize) -> Array {
    // The number of steps in f64, as PyTorch counts them: 0.1 ten times is not short of 1.
    let steps = ((f64::from(end) - f64::from(start)) / f64::from(step)).ceil();
    assert!(
        steps >= 0.0 && steps.is_finite(),
        "arange: no number of steps of {step} leads from {start} to {end}"
    );
    let count = steps as usize;
    assert!(
        expected == DYN || count == expected,
        "arange: from {start} to {end} in steps of {step} there are {count} numbers, expected {expected}"
    );
    let number = |i: usize| (f64::from(start) + i as f64 * f64::from(step)) as f32;
    Array::from_vec(&[count], (0..count).map(number).collect())
}

#[track_caller]
fn whole_range(start: i64, end: i64, step: i64, expected: usize) -> Vec<i64> {
    let away = step == 0 || (end != start && (end > start) != (step > 0));
    assert!(!away, "arange: no number of steps of {step} leads from {start} to {end}");
    let count =
        (i128::from(end) - i128::from(start)).unsigned_abs().div_ceil(step.unsigned_abs().into()) as usize;
    assert!(
        expected == DYN || count == expected,
        "arange: from {start} to {end} in steps of {step} there are {count} numbers, expected {expected}"
    );
    (0..count as i64).map(|i| start + i * step).collect()
}

fn linspace(start: f32, end: f32, count: usize) -> Array {
    let step = (f64::from(end) - f64::from(start)) / count.saturating_sub(1).max(1) as f64;
    let number =
        |i: usize| if i > 0 && i + 1 == count { end } else { (f64::from(start) + i as f64 * step) as f32 };
    Array::from_vec(&[count], (0..count).map(number).collect())
}

#[track_caller]
fn one_hot(classes: &[usize], count: usize) -> Array {
    if let Some(class) = classes.iter().find(|&&class| class >= count) {
        panic!("one_hot: there is no class {class} among {count}");
    }
    ones_at(classes, [classes.len(), count])
}

/// A matrix of zeros with a 1 in the given column of each of the first rows.
fn ones_at(columns: &[usize], [rows, width]: [usize; 2]) -> Array {
    let mut values = Buffer::full(rows * width, 0.0);
    for (row, &column) in columns.iter().enumerate() {
        values[row * width + column] = 1.0;
    }
    Array::new(&[rows, width], Layout::RowMajor, values)
}

/// The literal says which type it is: `[1.0]` makes a tensor of `f32`, `[1]` one of `i64`, `[true]` one of `bool`. For the
/// other types there is [`Tensor::from_vec`].
macro_rules! from_arrays {
    ($($dtype:ty)*) => { $(
        impl From<$dtype> for Tensor<(), $dtype> {
            fn from(value: $dtype) -> Self {
                Self::from_vec(vec![value])
            }
        }

        impl<const A: usize> From<[$dtype; A]> for Tensor<Rank1<A>, $dtype> {
            fn from(values: [$dtype; A]) -> Self {
                Self::from_vec(values.to_vec())
            }
        }

        impl<const A: usize, const B: usize> From<[[$dtype; B]; A]> for Tensor<Rank2<A, B>, $dtype> {
            fn from(values: [[$dtype; B]; A]) -> Self {
                Self::from_vec(values.as_flattened().to_vec())
            }
        }

        impl<const A: usize, const B: usize, const C: usize> From<[[[$dtype; C]; B]; A]>
            for Tensor<Rank3<A, B, C>, $dtype>
        {
            fn from(values: [[[$dtype; C]; B]; A]) -> Self {
                Self::from_vec(values.as_flattened().as_flattened().to_vec())
            }
        }

        impl<const A: usize, const B: usize, const C: usize, const D: usize> From<[[[[$dtype; D]; C]; B]; A]>
            for Tensor<Rank4<A, B, C, D>, $dtype>
        {
            fn from(values: [[[[$dtype; D]; C]; B]; A]) -> Self {
                Self::from_vec(values.as_flattened().as_flattened().as_flattened().to_vec())
            }
        }
    )* };
}
from_arrays! { f32 i64 bool }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_arrays_are_read_in_their_order() {
        let x = Tensor::from([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
        assert_eq!((x.shape(), x.to_vec()), (vec![2, 2, 2], (1..9).map(|i| i as f32).collect()));
        assert_eq!(Tensor::from([[[[1.0], [2.0]]]]).shape(), [1, 1, 2, 1]);
    }

    #[test]
    fn ranges_have_no_rounding_to_spare() {
        let tenths = Tensor::<(usize,)>::arange(0.0, 1.0, 0.1).to_vec();
        assert_eq!((tenths.len(), tenths[7]), (10, 0.7));
        assert_eq!(Tensor::<(usize,)>::arange(1.0, 1.0, 1.0).shape(), [0]);
        assert_eq!(Tensor::<Rank1<1>>::linspace(3.0, 9.0).to_vec(), [3.0]);
        assert_eq!(Tensor::<Rank1<4>>::linspace(0.0, 0.1).to_vec()[3], 0.1);
    }

    #[test]
    #[should_panic(expected = "arange: from 0 to 5 in steps of 2 there are 3 numbers, expected 4")]
    fn a_range_has_as_many_numbers_as_its_type_says() {
        Tensor::<Rank1<4>>::arange(0.0, 5.0, 2.0);
    }

    #[test]
    #[should_panic(expected = "arange: no number of steps of -1 leads from 0 to 5")]
    fn a_range_reaches_its_end() {
        Tensor::<(usize,)>::arange(0.0, 5.0, -1.0);
    }

    #[test]
    #[should_panic(expected = "one_hot: there is no class 3 among 3")]
    fn a_class_must_exist() {
        Tensor::<(usize, Const<3>)>::one_hot(&[0, 3]);
    }

    #[test]
    fn a_matrix_that_is_not_square_has_a_diagonal_too() {
        assert_eq!(Tensor::<Rank2<2, 3>>::eye().to_vec(), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(Tensor::<Rank2<3, 1>>::eye().to_vec(), [1.0, 0.0, 0.0]);
    }
}
