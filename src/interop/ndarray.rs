//! Arrays of the crate ndarray, both ways (feature `ndarray`). Values are copied, unless an owned array gives its memory away.
//!
//! ```
//! use ferrolab::prelude::*;
//! use ndarray::{Array2, ArrayD, array};
//!
//! let x: Tensor<(usize, Const<3>)> = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].try_into()?;
//! let y: Array2<f32> = (&x + &x).into();
//! assert_eq!(y, array![[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]]);
//! let columns: Tensor<Rank2<3, 2>> = y.t().try_into()?; // a view
//! assert_eq!(columns.to_vec(), [2.0, 8.0, 4.0, 10.0, 6.0, 12.0]);
//! # Ok::<(), ferrolab::ShapeError>(())
//! ```

use ndarray::{
    Array as NdArray, ArrayBase, ArrayD, ArrayView, Data, Dimension, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, IxDyn,
};

use crate::array::Array;
use crate::raw::Raw;
use crate::shape::{Dim, Shape};
use crate::shape_error::ShapeError;
use crate::tensor::Tensor;

/// # Errors
/// [`ShapeError`] if the sizes contradict `S`.
impl<S: Shape, D: Data<Elem = f32>, I: Dimension> TryFrom<&ArrayBase<D, I>> for Tensor<S> {
    type Error = ShapeError;

    fn try_from(array: &ArrayBase<D, I>) -> Result<Self, ShapeError> {
        // ndarray iterates in row-major order, whatever the memory.
        Tensor::try_from_array(Array::from_vec(array.shape(), array.iter().copied().collect()))
    }
}

/// # Errors
/// [`ShapeError`] if the sizes contradict `S`.
impl<S: Shape, I: Dimension> TryFrom<ArrayView<'_, f32, I>> for Tensor<S> {
    type Error = ShapeError;

    fn try_from(array: ArrayView<'_, f32, I>) -> Result<Self, ShapeError> {
        (&array).try_into()
    }
}

/// # Errors
/// [`ShapeError`] if the sizes contradict `S`.
impl<S: Shape, I: Dimension> TryFrom<NdArray<f32, I>> for Tensor<S> {
    type Error = ShapeError;

    fn try_from(array: NdArray<f32, I>) -> Result<Self, ShapeError> {
        let sizes = array.shape().to_vec();
        let whole = array.is_standard_layout();
        match array.try_into_owned_nocopy() {
            Ok(array) if whole => {
                let (mut values, start) = array.into_raw_vec_and_offset();
                // A part of an array keeps the memory of the whole.
                values.drain(..start.unwrap_or(0));
                values.truncate(sizes.iter().product());
                Tensor::try_from_array(Array::from_vec(&sizes, values))
            }
            Ok(array) | Err(array) => (&array).try_into(),
        }
    }
}

impl<S: Shape> From<&Tensor<S>> for ArrayD<f32> {
    fn from(tensor: &Tensor<S>) -> Self {
        array(tensor.raw())
    }
}

impl<S: Shape> From<Tensor<S>> for ArrayD<f32> {
    fn from(tensor: Tensor<S>) -> Self {
        array(tensor.raw())
    }
}

macro_rules! ranks {
    ($($Ix:ident: $($dim:ident)*;)*) => { $(
        impl<$($dim: Dim),*> From<&Tensor<($($dim,)*)>> for NdArray<f32, $Ix> {
            fn from(tensor: &Tensor<($($dim,)*)>) -> Self {
                array(tensor.raw())
            }
        }

        impl<$($dim: Dim),*> From<Tensor<($($dim,)*)>> for NdArray<f32, $Ix> {
            fn from(tensor: Tensor<($($dim,)*)>) -> Self {
                array(tensor.raw())
            }
        }
    )* };
}
ranks! {
    Ix0: ;
    Ix1: A;
    Ix2: A B;
    Ix3: A B C;
    Ix4: A B C D;
    Ix5: A B C D E;
}

/// The caller says the number of dimensions, which the type of the tensor knows.
fn array<I: Dimension>(raw: &Raw) -> NdArray<f32, I> {
    ArrayD::from_shape_vec(IxDyn(&raw.sizes()), raw.to_vec())
        .and_then(ArrayD::into_dimensionality)
        .expect("a tensor has as many values as its sizes say")
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, ShapeBuilder, array, s};

    use super::*;
    use crate::prelude::*;

    #[test]
    fn every_layout_of_memory_is_read_in_the_order_of_indices() {
        let x = Array3::from_shape_fn((2, 3, 5), |(i, j, k)| (i * 100 + j * 10 + k) as f32);
        let expected: Vec<f32> = x.iter().copied().collect();
        let mut fortran = Array3::zeros((2, 3, 5).f());
        fortran.assign(&x);
        type Same = Tensor<Rank3<2, 3, 5>>;
        assert_eq!(Same::try_from(&x).unwrap().to_vec(), expected);
        assert_eq!(Same::try_from(fortran.clone()).unwrap().to_vec(), expected);
        assert_eq!(Same::try_from(x.clone().into_dyn()).unwrap().to_vec(), expected);
        let part = x.slice(s![.., 1..;-1, ..;2]);
        let tensor = Tensor::<(usize, usize, Const<3>)>::try_from(part).unwrap();
        assert_eq!(tensor.to_vec(), part.iter().copied().collect::<Vec<_>>());
        // An owned part, whose memory begins before it and ends behind it.
        let owned = x.slice_move(s![1.., .., ..]);
        let tensor = Tensor::<Rank3<1, 3, 5>>::try_from(owned).unwrap();
        assert_eq!(tensor.to_vec(), expected[15..]);
    }

    #[test]
    fn what_goes_out_comes_back() {
        let x = Tensor::<Rank4<2, 3, 4, 5>>::uniform(-1.0, 1.0);
        // Channels last inside: the order of indices counts.
        let y = x.conv2d(&Tensor::<Rank4<2, 3, 1, 1>>::ones());
        let out = ndarray::Array4::from(&y);
        assert_eq!(out.iter().copied().collect::<Vec<_>>(), y.to_vec());
        assert_eq!(Tensor::<Rank4<2, 2, 4, 5>>::try_from(out).unwrap().to_vec(), y.to_vec());
        assert_eq!(ndarray::Array0::from(x.sum())[()], x.sum().item());
        assert_eq!(ArrayD::from(Tensor::<Rank1<2>>::ones()).shape(), [2]);
    }

    #[test]
    fn sizes_that_contradict_the_type_are_an_error() {
        let error = Tensor::<Rank2<2, 3>>::try_from(Array2::zeros((3, 2))).unwrap_err();
        assert_eq!(error.to_string(), "expected a tensor of shape [2, 3], got [3, 2]");
        assert!(Tensor::<Rank1<4>>::try_from(&array![[1.0, 2.0], [3.0, 4.0]]).is_err());
    }
}
