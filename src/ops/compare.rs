//! `gt`, `ge`, `lt`, `le`, `eq`, `ne`: comparisons, as masks of ones and zeros.

use super::operator::same_sizes;
use crate::cpu::elementwise::{map, zip};
use crate::raw::Raw;
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

/// What a tensor of shape `S` can be compared with: a number, or a tensor of that shape.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{S}` cannot be compared with `{Self}`",
    label = "expected a number such as `0.5`, or a reference to a tensor of the same shape"
)]
pub trait Comparand<S: Shape> {
    /// Evaluating it compares the sizes that are computed.
    const FITS: ();

    /// It, without the shape.
    fn side(&self) -> Side<'_>;
}

/// The right side of a comparison.
#[derive(Clone, Copy)]
pub enum Side<'a> {
    Number(f32),
    Tensor(&'a Raw),
}

impl<S: Shape> Comparand<S> for f32 {
    const FITS: () = ();

    fn side(&self) -> Side<'_> {
        Side::Number(*self)
    }
}

impl<S: Shape + SameAs<R>, R: Shape> Comparand<S> for &Tensor<R> {
    const FITS: () = same_shape::<S, R>("comparison");

    fn side(&self) -> Side<'_> {
        Side::Tensor(self.raw())
    }
}

macro_rules! comparisons {
    ($($name:ident $operator:tt $words:literal $example:literal;)*) => {
        impl<S: Shape> Tensor<S> { $(
            #[doc = concat!("1 where a value is ", $words, " the number, or the value at the same place of the tensor, else 0.")]
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
            pub fn $name<C: Comparand<S>>(&self, other: C) -> Self {
                const { C::FITS }
                Tensor::from_raw($name(self.raw(), other.side()))
            }
        )* }
        $(
            #[doc = concat!("1 where a value is ", $words, " the other, else 0; no gradient flows through it.")]
            ///
            /// ***Panics*** if the sizes differ.
            #[track_caller]
            pub fn $name(x: &Raw, other: Side) -> Raw {
                compared(stringify!($name), x, other, |a, b| f32::from(a $operator b))
            }
        )*
    };
}
comparisons! {
    gt > "greater than" "assert_eq!(x.gt(2.0).to_vec(), [0.0, 0.0, 1.0]);";
    ge >= "greater than or equal to" "assert_eq!(x.ge(2.0).to_vec(), [0.0, 1.0, 1.0]);";
    lt < "less than" "assert_eq!(x.lt(&(&x * &x)).to_vec(), [0.0, 1.0, 1.0]);";
    le <= "less than or equal to" "assert_eq!(x.le(2.0).to_vec(), [1.0, 1.0, 0.0]);";
    eq == "equal to" "assert_eq!(x.eq(2.0).to_vec(), [0.0, 1.0, 0.0]);";
    ne != "other than" "assert_eq!(x.ne(2.0).to_vec(), [1.0, 0.0, 1.0]);";
}

#[track_caller]
fn compared(name: &str, x: &Raw, other: Side, holds: impl Fn(f32, f32) -> f32 + Sync) -> Raw {
    Raw::new(match other {
        Side::Number(number) => map(&x.array(), |x| holds(x, number)),
        Side::Tensor(other) => {
            same_sizes(name, x, other);
            zip(&x.array(), &other.array(), holds)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rank1;

    #[test]
    fn nan_is_only_unequal() {
        let x = Tensor::<Rank1<1>>::from([f32::NAN]);
        let all = [x.gt(0.0), x.ge(0.0), x.lt(0.0), x.le(0.0), x.eq(&x), x.ne(&x)];
        assert_eq!(all.map(|y| y.to_vec()[0]), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn no_gradient_flows_through_a_mask() {
        assert!(!Tensor::<Rank1<1>>::ones().requires_grad().gt(0.0).is_tracked());
    }

    #[test]
    #[should_panic(expected = "lt: the shapes differ: [1] and [2]")]
    fn sizes_must_be_equal() {
        let a = Tensor::<(usize,)>::from_vec(vec![1.0]);
        a.lt(&Tensor::<(usize,)>::from_vec(vec![1.0, 2.0]));
    }
}
