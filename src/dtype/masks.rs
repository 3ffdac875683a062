//! Masks: `& | ^ !`, [`any`](Tensor::any), [`all`](Tensor::all), how many values are yes.

use super::Values;
use crate::axes::Axis;
use crate::ops::axis::{around, without};
use crate::shape::{SameAs, Shape, same_shape};
use crate::tensor::Tensor;

macro_rules! operators {
    ($($Operator:ident $method:ident $operator:tt;)*) => { $(
        operators!(@ $Operator, $method, $operator, Tensor<S, bool>, Tensor<R, bool>);
        operators!(@ $Operator, $method, $operator, Tensor<S, bool>, &Tensor<R, bool>);
        operators!(@ $Operator, $method, $operator, &Tensor<S, bool>, Tensor<R, bool>);
        operators!(@ $Operator, $method, $operator, &Tensor<S, bool>, &Tensor<R, bool>);
    )* };
    (@ $Operator:ident, $method:ident, $operator:tt, $left:ty, $right:ty) => {
        /// Place by place, as of two tensors.
        impl<S: Shape + SameAs<R>, R: Shape> std::ops::$Operator<$right> for $left {
            type Output = Tensor<S, bool>;

            #[inline]
            #[track_caller]
            fn $method(self, other: $right) -> Tensor<S, bool> {
                const { same_shape::<S, R>(stringify!($method)) }
                let name = stringify!($method);
                Tensor::from_stored(combined(name, self.stored(), other.stored(), |a, b| a $operator b))
            }
        }
    };
}
operators! { BitAnd bitand &; BitOr bitor |; BitXor bitxor ^; }

impl<S: Shape> std::ops::Not for &Tensor<S, bool> {
    type Output = Tensor<S, bool>;

    #[inline]
    fn not(self) -> Tensor<S, bool> {
        Tensor::from_stored(inverted(self.stored()))
    }
}

impl<S: Shape> std::ops::Not for Tensor<S, bool> {
    type Output = Tensor<S, bool>;

    #[inline]
    fn not(self) -> Tensor<S, bool> {
        !&self
    }
}

impl<S: Shape> Tensor<S, bool> {
    /// Whether any value is yes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<3>>::from([1.0, -2.0, 3.0]);
    /// assert!(x.lt(0.0).any() && !(x.gt(0.0) & x.lt(0.5)).any());
    /// ```
    #[inline]
    pub fn any(&self) -> bool {
        self.stored().as_slice().contains(&true)
    }

    /// Whether all values are yes; so it is when there is none.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert!(Tensor::<Rank1<2>>::ones().eq(1.0).all());
    /// ```
    #[inline]
    pub fn all(&self) -> bool {
        !self.stored().as_slice().contains(&false)
    }

    /// How many values are yes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let (classes, labels) = (Tensor::<Rank1<3>, i64>::from([4, 0, 1]), Tensor::<Rank1<3>, i64>::from([4, 1, 1]));
    /// assert_eq!(classes.eq(&labels).count_nonzero(), 2);
    /// ```
    #[inline]
    pub fn count_nonzero(&self) -> usize {
        count(self.stored())
    }

    /// Whether any value along axis `A` is yes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>, bool>::from([[true, false], [false, false]]);
    /// assert_eq!(x.any_axis::<1>().to_vec(), [true, false]);
    /// ```
    #[inline]
    pub fn any_axis<const A: usize>(&self) -> Tensor<S::Rest, bool>
    where
        S: Axis<A>,
    {
        Tensor::from_stored(along(self.stored(), A, true))
    }

    /// Whether all values along axis `A` are yes.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>, bool>::from([[true, false], [true, true]]);
    /// assert_eq!(x.all_axis::<0>().to_vec(), [true, false]);
    /// ```
    #[inline]
    pub fn all_axis<const A: usize>(&self) -> Tensor<S::Rest, bool>
    where
        S: Axis<A>,
    {
        Tensor::from_stored(along(self.stored(), A, false))
    }
}

#[track_caller]
fn combined(operation: &str, a: &Values<bool>, b: &Values<bool>, f: fn(bool, bool) -> bool) -> Values<bool> {
    a.zip(operation, b, |&a, &b| f(a, b))
}

fn inverted(mask: &Values<bool>) -> Values<bool> {
    mask.map(|&value| !value)
}

fn count(mask: &Values<bool>) -> usize {
    mask.as_slice().iter().filter(|&&value| value).count()
}

/// `decisive` wherever it stands anywhere along the axis, else the opposite.
fn along(mask: &Values<bool>, axis: usize, decisive: bool) -> Values<bool> {
    let [outer, size, inner] = around("any_axis", mask.sizes(), axis);
    let mut result = vec![!decisive; outer * inner];
    for (to, block) in
        result.chunks_exact_mut(inner.max(1)).zip(mask.as_slice().chunks_exact((size * inner).max(1)))
    {
        for row in block.chunks_exact(inner) {
            to.iter_mut()
                .zip(row)
                .filter(|&(_, &value)| value == decisive)
                .for_each(|(to, _)| *to = decisive);
        }
    }
    Values::new(&without(mask.sizes(), axis), result)
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn masks_are_combined_place_by_place() {
        let (a, b) = (Tensor::from([true, true, false, false]), Tensor::from([true, false, true, false]));
        assert_eq!((&a & &b).to_vec(), [true, false, false, false]);
        assert_eq!((&a | &b).to_vec(), [true, true, true, false]);
        assert_eq!((&a ^ &b).to_vec(), [false, true, true, false]);
        assert_eq!((!a).to_vec(), [false, false, true, true]);
    }

    #[test]
    fn of_no_values_all_and_not_any_are_yes() {
        let none = Tensor::<(usize, Const<2>), bool>::from_vec(vec![]);
        assert!(none.all() && !none.any());
        assert_eq!(none.all_axis::<0>().to_vec(), [true, true]);
    }
}
