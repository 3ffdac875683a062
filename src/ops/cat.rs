//! `cat`: tensors joined along an axis they have.

use super::axis::{around, with};
use super::slice::cut;
use super::tensors::{List, Tensors};
use crate::array::{Array, Layout};
use crate::axes::Axis;
use crate::cpu::buffer::Buffer;
use crate::cuda::{self, Gpu, Memory};
use crate::dtype::Stored;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{DYN, Dim, Prod, SameAs, Shape, Sum};
use crate::tensor::Tensor;

/// Tensors that can be joined: `(&a, &b).cat::<1>()`.
pub trait Cat: Tensors {
    /// The tensors one after the other along axis `A`; all their other sizes are equal.
    ///
    /// Two to four tensors in a tuple may differ along the axis; those in an array, a slice or a vector have one shape.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let a = Tensor::<Rank2<2, 1>>::from([[1.0], [2.0]]);
    /// let b = Tensor::<Rank2<2, 2>>::from([[3.0, 4.0], [5.0, 6.0]]);
    /// let c: Tensor<Rank2<2, 3>> = (&a, &b).cat::<1>().shaped();
    /// assert_eq!(c.to_vec(), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
    /// assert_eq!([&b, &b, &b].cat::<0>().shape(), [6, 2]);
    /// ```
    ///
    /// ***Panics*** if other sizes differ, or there is no tensor; when the sizes are known, the program does not compile.
    #[inline]
    #[track_caller]
    fn cat<const A: usize>(&self) -> Tensor<<Self::Shapes as Joined<A>>::Of, Self::Element>
    where
        Self::Shapes: Joined<A>,
    {
        const { <Self::Shapes as Joined<A>>::FITS }
        Tensor::from_stored(Stored::cat(&self.all_stored(), A))
    }
}

impl<T: Tensors + ?Sized> Cat for T {}

/// Shapes that can be joined along axis `A`.
#[diagnostic::on_unimplemented(
    message = "tensors of the shapes `{Self}` cannot be joined along axis {A}",
    label = "this joins two to four tensors in a tuple, or many of one shape in an array"
)]
pub trait Joined<const A: usize> {
    /// The shape of the result.
    type Of: Shape;

    /// Evaluating it compares the sizes that are computed.
    const FITS: ();
}

impl<const A: usize, S: Axis<A>, N: Dim> Joined<A> for List<S, N> {
    type Of = S::With<Prod<N, S::Size>>;
    const FITS: () = ();
}

macro_rules! joined {
    ($($first:ident $($other:ident)+, $sum:ty;)*) => { $(
        impl<const A: usize, $first: Axis<A>, $($other: Axis<A>),+> Joined<A> for ($first, $($other),+)
        where
            $(<$first as Axis<A>>::Rest: SameAs<<$other as Axis<A>>::Rest>,)+
        {
            type Of = <$first as Axis<A>>::With<$sum>;
            const FITS: () = { $(same_beside::<A, $first, $other>();)+ };
        }
    )* };
}
joined! {
    S T, Sum<S::Size, T::Size>;
    S T U, Sum<S::Size, Sum<T::Size, U::Size>>;
    S T U V, Sum<S::Size, Sum<T::Size, Sum<U::Size, V::Size>>>;
}

/// Panics unless two shapes are equal, wherever both are known, beside one axis.
const fn same_beside<const A: usize, S: Shape, R: Shape>() {
    let mut i = 0;
    while i < S::RANK {
        let (a, b) = (S::DIMS[i], R::DIMS[i]);
        if i != A && a != b && a != DYN && b != DYN {
            let msg = Msg::new().s("cat: the shapes ").shape(S::RANK, S::DIMS).s(" and ");
            let msg = msg.shape(R::RANK, R::DIMS).s(" differ not only along axis ").u(A);
            panic!("{}", msg.as_str())
        }
        i += 1;
    }
}

/// Tensors one after the other along an axis.
///
/// ***Panics*** if there is none, there is no such axis, or other sizes differ.
#[track_caller]
pub fn cat(tensors: &[Raw], axis: usize) -> Raw {
    let arrays: Vec<Array> = tensors.iter().map(|tensor| tensor.array().row_major()).collect();
    let sizes: Vec<&[usize]> = arrays.iter().map(Array::sizes).collect();
    let parts = along(&sizes, axis);
    let first = sizes[0];
    let [outer, _, inner] = around("cat", first, axis);
    let all: usize = parts.iter().sum();
    let sizes = with(first, axis, all);
    let joined = match cuda::active() {
        Some(gpu) => joined_on_gpu(gpu, &arrays, &sizes, [outer, all * inner]),
        None => joined(&arrays, &sizes, [outer, all * inner]),
    };
    let parents: Vec<&Raw> = tensors.iter().collect();
    Raw::from_op("cat", Raw::kept_as(&parents, joined), &parents, move |gradient, wanted| {
        let mut start = 0;
        let part = |(&size, &wanted): (&usize, &bool)| {
            start += size;
            wanted.then(|| cut(gradient, axis, start - size, size))
        };
        parts.iter().zip(wanted).map(part).collect()
    })
}

/// The arrays side by side: `outer` rows of `row` values, of which each array has a part.
fn joined(arrays: &[Array], sizes: &[usize], [outer, row]: [usize; 2]) -> Array {
    let mut values = Buffer::scratch(outer * row);
    let mut start = 0;
    for array in arrays {
        let len = array.len() / outer.max(1);
        let to = values.chunks_exact_mut(row.max(1));
        for (to, from) in to.zip(array.values().chunks_exact(len.max(1))) {
            to[start..start + len].copy_from_slice(from);
        }
        start += len;
    }
    Array::new(sizes, Layout::RowMajor, values)
}

fn joined_on_gpu(gpu: &'static Gpu, arrays: &[Array], sizes: &[usize], [outer, row]: [usize; 2]) -> Array {
    let values = Memory::scratch(gpu, outer * row);
    let mut start = 0;
    for array in arrays {
        let len = array.len() / outer.max(1);
        gpu.write(&array.memory(gpu), &values, start, &[outer, len], &[row, 1]);
        start += len;
    }
    Array::on_gpu(sizes, Layout::RowMajor, values)
}

/// The sizes along an axis of what is joined there.
///
/// ***Panics*** if there is nothing, there is no such axis, or other sizes differ.
#[track_caller]
pub(crate) fn along(all: &[&[usize]], axis: usize) -> Vec<usize> {
    assert!(!all.is_empty(), "cat: nothing to join");
    let first = all[0];
    around("cat", first, axis);
    let size_along = |sizes: &&[usize]| {
        assert!(
            sizes.len() == first.len() && with(sizes, axis, first[axis]) == first,
            "cat: the shapes {first:?} and {sizes:?} differ not only along axis {axis}"
        );
        sizes[axis]
    };
    all.iter().map(size_along).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};
    use crate::ops;
    use crate::{Const, Rank2};

    #[test]
    fn gradient() {
        let a = Array::from_vec(&[2, 1], vec![1.0, -2.0]);
        let b = Array::from_vec(&[2, 3], vec![1.0, -2.0, 3.0, 0.5, 0.0, 1.5]);
        check_gradient(&[a, b.clone()], |x| cat(x, 1));
        check_gradient(&[b.clone(), b], |x| cat(x, 0));
    }

    #[test]
    fn many_tensors_of_one_shape_may_be_as_many_as_the_program_likes() {
        let rows: Vec<Tensor<Rank2<1, 2>>> = (0..3).map(|i| Tensor::from([[i as f32, 0.0]])).collect();
        let all: Tensor<(usize, Const<2>)> = rows.cat::<0>().shaped();
        assert_eq!(all.to_vec(), [0.0, 0.0, 1.0, 0.0, 2.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "cat: the shapes [2, 2] and [2, 3] differ not only along axis 0")]
    fn the_other_sizes_must_be_equal() {
        cat(&[Raw::new(Array::full(&[2, 2], 0.0)), Raw::new(Array::full(&[2, 3], 0.0))], 0);
    }

    #[test]
    #[should_panic(expected = "cat: nothing to join")]
    fn there_must_be_a_tensor() {
        Vec::<Tensor<Rank2<1, 2>>>::new().cat::<0>();
    }

    #[test]
    fn parts_of_both_layouts_agree_on_every_device() {
        let parts = [scattered(&[2, 3, 5, 4]), scattered(&[2, 2, 5, 4])];
        agrees_with_the_cpu(&parts, |x| cat(&[x[0].clone(), ops::permute(&x[1], &[0, 1, 2, 3])], 1));
        let last = parts.map(|part| Raw::new(part.channels_last()));
        assert_eq!(cat(&last, 1).array().sizes(), [2, 5, 5, 4]);
        assert_eq!(crate::Device::Cpu.scope(|| cat(&last, 1).to_vec()), cat(&last, 1).to_vec());
    }
}
