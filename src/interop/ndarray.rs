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
