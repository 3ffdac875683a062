//! `broadcast_to`: a tensor repeated along new axes and along axes of size 1, by NumPy's rules; [`Broadcast`], which
//! lets operators do it.

use crate::array::Array;
use crate::compute;
use crate::cpu::strided;
use crate::dtype::{Dtype, Stored};
use crate::ops;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{DYN, Shape};
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> Tensor<S, E> {
    /// The same values under a larger shape: new axes in front, and axes of size 1, repeat them. The gradient is summed
    /// over what was repeated.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let row = Tensor::<Rank1<2>>::from([1.0, 2.0]);
    /// assert_eq!(row.broadcast_to::<Rank2<2, 2>>().to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// let column = Tensor::<Rank2<2, 1>>::from([[1.0], [2.0]]);
    /// assert_eq!(column.broadcast_to::<Rank2<2, 2>>().to_vec(), [1.0, 1.0, 2.0, 2.0]);
    /// ```
    ///
    /// A shape that it does not fit is refused before the program runs; for sizes known only when it runs see
    /// [`Tensor::expand_as`].
    #[inline]
    #[track_caller]
    pub fn broadcast_to<R: Shape>(&self) -> Tensor<R, E> {
        const {
            fits_into::<S, R>();
            known::<R>()
        }
        Tensor::from_stored(self.stored().broadcast_to(&R::DIMS[..R::RANK]))
    }

    /// [`Tensor::broadcast_to`] the shape of another tensor.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<(usize, Const<2>)>::from_vec(vec![0.0; 4]);
    /// assert_eq!(Tensor::<Rank1<2>>::from([1.0, 2.0]).expand_as(&x).to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    ///
    /// ***Panics*** if the shapes do not fit; when both are known, the program does not compile.
    #[inline]
    #[track_caller]
    pub fn expand_as<R: Shape, F: Dtype>(&self, other: &Tensor<R, F>) -> Tensor<R, E> {
        const { fits_into::<S, R>() }
        Tensor::from_stored(self.stored().broadcast_to(&other.stored().sizes()))
    }
}

impl<S: Shape> Tensor<S> {
    /// This tensor as an operand of `+`, `-`, `*` or `/` that takes the shape of the other one.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let row = Tensor::<Rank1<2>>::from([10.0, 20.0]);
    /// assert_eq!((&x + row.broadcast()).to_vec(), [11.0, 22.0, 13.0, 24.0]);
    /// assert_eq!((&x - x.mean_axis_keep::<1>().broadcast()).to_vec(), [-0.5, 0.5, -0.5, 0.5]);
    /// assert_eq!((Tensor::from(1.0).broadcast() / x).to_vec()[3], 0.25);
    /// ```
    #[inline]
    pub fn broadcast(&self) -> Broadcast<S> {
        Broadcast(self.clone())
    }
}

/// An operand that takes the shape of the other one: [`Tensor::broadcast`].
#[derive(Clone, Debug)]
pub struct Broadcast<S: Shape>(Tensor<S>);

macro_rules! operators {
    ($($Operator:ident $method:ident;)*) => { $(
        operators!(@tensor $Operator, $method, Tensor<S>);
        operators!(@tensor $Operator, $method, &Tensor<S>);
    )* };
    (@tensor $Operator:ident, $method:ident, $tensor:ty) => {
        impl<S: Shape, R: Shape> std::ops::$Operator<Broadcast<R>> for $tensor {
            type Output = Tensor<S>;

            #[inline]
            #[track_caller]
            fn $method(self, other: Broadcast<R>) -> Tensor<S> {
                const { fits_into::<R, S>() }
                let other = broadcast_to(other.0.raw(), &self.raw().sizes());
                Tensor::from_raw(ops::$method(self.raw(), &other))
            }
        }

        impl<S: Shape, R: Shape> std::ops::$Operator<$tensor> for Broadcast<R> {
            type Output = Tensor<S>;

            #[inline]
            #[track_caller]
            fn $method(self, other: $tensor) -> Tensor<S> {
                const { fits_into::<R, S>() }
                let this = broadcast_to(self.0.raw(), &other.raw().sizes());
                Tensor::from_raw(ops::$method(&this, other.raw()))
            }
        }
    };
}
operators! { Add add; Sub sub; Mul mul; Div div; }

/// Panics unless `S` can be broadcast to `R`, as far as their sizes are known.
#[track_caller]
pub(super) const fn fits_into<S: Shape, R: Shape>() {
    let mut fits = S::RANK <= R::RANK;
    let mut i = 0;
    while fits && i < S::RANK {
        let (from, to) = (S::DIMS[S::RANK - 1 - i], R::DIMS[R::RANK - 1 - i]);
        fits = from == to || from == 1 || from == DYN || to == DYN;
        i += 1;
    }
    if !fits {
        let msg = Msg::new().s("broadcast: the shape ").shape(S::RANK, S::DIMS).s(" cannot become ");
        let msg = msg.shape(R::RANK, R::DIMS).s(": from the last axis on, sizes must be equal or 1");
        panic!("{}", msg.as_str())
    }
}

const fn known<S: Shape>() {
    let mut i = 0;
    while i < S::RANK {
        assert!(
            S::DIMS[i] != DYN,
            "broadcast_to: every size must be known here: use `expand_as` for a size known at run time"
        );
        i += 1;
    }
}

/// The same values under larger sizes: new axes in front, and axes of size 1, repeat them.
///
/// ***Panics*** if, from the last axis on, a size is neither 1 nor that of the result.
#[track_caller]
pub fn broadcast_to(x: &Raw, sizes: &[usize]) -> Raw {
    let from = x.sizes();
    if from == sizes {
        return x.clone();
    }
    let y = repeated(&x.array(), sizes);
    Raw::from_op("broadcast_to", y, &[x], move |gradient, _| vec![Some(summed(gradient, &from))])
}

/// An array under larger sizes.
#[track_caller]
fn repeated(x: &Array, sizes: &[usize]) -> Array {
    compute::strided(x, 0, sizes, &strides(x.sizes(), sizes))
}

/// How a row-major array of sizes `from` is read so that it has the larger `sizes`: what is repeated has the stride 0.
#[track_caller]
pub(crate) fn strides(from: &[usize], sizes: &[usize]) -> Vec<usize> {
    let new = sizes.len().saturating_sub(from.len());
    let fits = |(&from, &to): (&usize, &usize)| from == to || from == 1;
    assert!(
        from.len() <= sizes.len() && from.iter().zip(&sizes[new..]).all(fits),
        "broadcast: the shape {from:?} cannot become {sizes:?}: from the last axis on, sizes must be equal or 1"
    );
    let mut strides = vec![0; new];
    strides
        .extend(strided::row_major(from).iter().zip(from).map(|(&s, &size)| if size == 1 { 0 } else { s }));
    strides
}

/// What was repeated, added up again.
fn summed(gradient: &Array, sizes: &[usize]) -> Array {
    let mut sum = gradient.row_major();
    let new = sum.sizes().len() - sizes.len();
    let (front, rest) = sum.sizes().split_at(new);
    let (front, mut now): (usize, Vec<usize>) = (front.iter().product(), rest.to_vec());
    let len = now.iter().product();
    sum = compute::axis_sum(&sum, [1, front, len], &now);
    for (axis, &size) in sizes.iter().enumerate() {
        if now[axis] != size {
            let blocks = super::axis::around("broadcast", &now, axis);
            now[axis] = 1;
            sum = compute::axis_sum(&sum, blocks, &now);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[3, 1], vec![1.0, -2.0, 3.0]);
        check_gradient(std::slice::from_ref(&x), |x| broadcast_to(&x[0], &[2, 3, 2]));
        check_gradient(&[Array::full(&[], 2.0)], |x| broadcast_to(&x[0], &[2, 2]));
    }

    #[test]
    #[should_panic(
        expected = "broadcast: the shape [2] cannot become [2, 3]: from the last axis on, sizes must be equal or 1"
    )]
    fn sizes_that_do_not_fit_are_refused() {
        broadcast_to(&Raw::new(Array::full(&[2], 0.0)), &[2, 3]);
    }

    #[test]
    fn sizes_known_only_at_run_time_meet_others() {
        let x = Tensor::<(usize, crate::Const<2>)>::from_vec(vec![1.0, 2.0, 3.0, 4.0]);
        let row = Tensor::<(usize,)>::from_vec(vec![1.0, 0.0]);
        assert_eq!((x * row.broadcast()).to_vec(), [1.0, 0.0, 3.0, 0.0]);
    }

    #[test]
    fn sums_over_what_was_repeated_are_those_of_the_cpu() {
        let x = crate::random::Generator::new(1).uniform(&[3, 1, 40], -1.0, 1.0);
        agrees_within(1e-4, &[x], |x| broadcast_to(&x[0], &[9, 3, 70, 40]));
    }
}
