//! `gt`, `ge`, `lt`, `le`, `eq`, `ne`: comparisons, as masks.

use std::cmp::Ordering;

use crate::array::Array;
use crate::cuda;
use crate::dtype::{Dtype, Stored, Values};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// What a tensor of shape `S` and element type `E` can be compared with: a number, or a tensor of that shape.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{S}` and type `{E}` cannot be compared with `{Self}`",
    label = "expected a number such as `0.5`, or a reference to a tensor of the same shape and type"
)]
pub trait Comparand<S: Shape, E: Dtype> {
    /// Evaluating it compares the sizes that are computed.
    const FITS: ();

    /// It, without the shape.
    fn side(&self) -> Side<'_, E>;
}

/// The right side of a comparison.
pub enum Side<'a, E: Dtype = f32> {
    /// One number for all values.
    Number(E),
    /// A number for each value.
    Tensor(&'a E::Stored),
}

impl<S: Shape, E: Dtype> Comparand<S, E> for E {
    const FITS: () = ();

    fn side(&self) -> Side<'_, E> {
        Side::Number(*self)
    }
}

impl<S: Shape + SameAs<R>, R: Shape, E: Dtype> Comparand<S, E> for &Tensor<R, E> {
    const FITS: () = same_shape::<S, R>("comparison");

    fn side(&self) -> Side<'_, E> {
        Side::Tensor(self.stored())
    }
}

/// A comparison: what it says of smaller, equal and greater values, and of those that have no order.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    name: &'static str,
    less: bool,
    equal: bool,
    greater: bool,
    unordered: bool,
}

impl Relation {
    /// Whether it holds for a value and another.
    #[inline]
    fn holds(self, order: Option<Ordering>) -> bool {
        match order {
            Some(Ordering::Less) => self.less,
            Some(Ordering::Equal) => self.equal,
            Some(Ordering::Greater) => self.greater,
            None => self.unordered,
        }
    }

    /// A bit for each order in which it holds.
    fn orders(self) -> u32 {
        [self.less, self.equal, self.greater, self.unordered]
            .into_iter()
            .rev()
            .fold(0, |bits, holds| 2 * bits + u32::from(holds))
    }
}

/// Where a comparison holds for a value and a number, or the values at the same places.
///
/// ***Panics*** if the sizes differ.
#[track_caller]
pub(crate) fn compared<E: Dtype + PartialOrd>(
    x: &[E],
    sizes: &[usize],
    other: Result<(&[E], &[usize]), E>,
    how: Relation,
) -> Values<bool> {
    Values::new(
        sizes,
        match other {
            Err(number) => x.iter().map(|x| how.holds(x.partial_cmp(&number))).collect(),
            Ok((other, others)) => {
                must_agree(sizes, others, how);
                x.iter().zip(other).map(|(x, other)| how.holds(x.partial_cmp(other))).collect()
            }
        },
    )
}

/// [`compared`] of numbers in 32 bits, wherever they are.
#[track_caller]
pub(crate) fn compared_arrays(x: &Array, other: Result<&Array, f32>, how: Relation) -> Values<bool> {
    let (x, other) = (x.row_major(), other.map(Array::row_major));
    match cuda::active() {
        Some(gpu) => {
            if let Ok(other) = &other {
                must_agree(x.sizes(), other.sizes(), how);
            }
            let other = other.as_ref().map_err(|&number| number);
            Values::new(x.sizes(), gpu.compare(&x, other, how.orders()))
        }
        None => {
            let other = other.as_ref().map(|other| (other.values(), other.sizes()));
            compared(x.values(), x.sizes(), other.map_err(|&number| number), how)
        }
    }
}

#[track_caller]
fn must_agree(sizes: &[usize], others: &[usize], how: Relation) {
    assert!(sizes == others, "{}: the shapes differ: {sizes:?} and {others:?}", how.name);
}

macro_rules! comparisons {
    ($($name:ident [$less:literal $equal:literal $greater:literal $unordered:literal] $words:literal $example:literal;)*) => {
        impl<S: Shape, E: Dtype> Tensor<S, E> { $(
            #[doc = concat!("Where a value is ", $words, " the number, or the value at the same place of the tensor.")]
            ///
            /// ```
            /// use ferrolab::prelude::*;
            /// let x = Tensor::<Rank1<3>>::from([1.0, 2.0, 3.0]);
            #[doc = $example]
            /// ```
            ///
            /// ***Panics*** if the shapes differ; when they are known, the program does not compile.
            #[inline]
            #[track_caller]
            pub fn $name<C: Comparand<S, E>>(&self, other: C) -> Tensor<S, bool> {
                const { C::FITS }
                Tensor::from_stored(self.stored().compare(other.side(), relation::$name))
            }
        )* }
        $(
            #[doc = concat!("Where a value is ", $words, " the other; no gradient flows through it.")]
            ///
            /// ***Panics*** if the sizes differ.
            #[track_caller]
            pub fn $name(x: &Raw, other: Side) -> Values<bool> {
                x.compare(other, relation::$name)
            }
        )*

        #[allow(non_upper_case_globals, reason = "named as the methods")]
        mod relation {
            use super::Relation;
            $(
                pub(super) const $name: Relation = Relation {
                    name: stringify!($name),
                    less: $less,
                    equal: $equal,
                    greater: $greater,
                    unordered: $unordered,
                };
            )*
        }
    };
}
comparisons! {
    gt [false false true false] "greater than" "assert_eq!(x.gt(2.0).to_vec(), [false, false, true]);";
    ge [false true true false] "greater than or equal to" "assert_eq!(x.ge(2.0).to_vec(), [false, true, true]);";
    lt [true false false false] "less than" "assert_eq!(x.lt(&(&x * &x)).to_vec(), [false, true, true]);";
    le [true true false false] "less than or equal to" "assert_eq!(x.le(2.0).to_vec(), [true, true, false]);";
    eq [false true false false] "equal to" "assert_eq!(x.eq(2.0).to_vec(), [false, true, false]);";
    ne [true false true true] "other than" "assert_eq!(x.ne(2.0).to_vec(), [true, false, true]);";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rank1;
    use crate::cuda::agreement::scattered;

    #[test]
    fn nan_is_only_unequal() {
        let x = Tensor::<Rank1<1>>::from([f32::NAN]);
        let all = [x.gt(0.0), x.ge(0.0), x.lt(0.0), x.le(0.0), x.eq(&x), x.ne(&x)];
        assert_eq!(all.map(|y| y.to_vec()[0]), [false, false, false, false, false, true]);
    }

    #[test]
    fn every_type_is_compared_with_its_own() {
        let ids = Tensor::<Rank1<3>, i64>::from([1, 5, -2]);
        assert_eq!(ids.ge(1).to_vec(), [true, true, false]);
        assert_eq!(ids.eq(&ids).to_vec(), [true; 3]);
        assert_eq!(ids.to_dtype::<f64>().lt(0.5).to_vec(), [false, false, true]);
    }

    #[test]
    #[should_panic(expected = "lt: the shapes differ: [1] and [2]")]
    fn sizes_must_be_equal() {
        let a = Tensor::<(usize,)>::from_vec(vec![1.0]);
        a.lt(&Tensor::<(usize,)>::from_vec(vec![1.0, 2.0]));
    }

    #[test]
    fn comparisons_agree_on_every_device() {
        let (mut x, y) = (scattered(&[3, 200]), scattered(&[200, 3]).reshaped(&[3, 200]));
        x.values_mut()[5] = f32::NAN;
        let (x, y) = (Raw::new(x), Raw::new(y));
        for how in [gt, ge, lt, le, eq, ne] {
            let compare =
                || [how(&x, Side::Number(0.5)), how(&x, Side::Tensor(&y))].map(|y| y.as_slice().to_vec());
            assert_eq!(crate::Device::Cpu.scope(compare), compare());
        }
    }
}
