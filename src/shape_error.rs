//! [`ShapeError`]: a tensor from outside is not of the shape that the program asks for.

use std::fmt;

use crate::array::Array;
use crate::raw::Raw;
use crate::say::Msg;
use crate::shape::{Shape, fit};
use crate::tensor::Tensor;

/// The sizes of a tensor contradict the shape it was asked for in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    /// The sizes asked for; [`DYN`](crate::shape::DYN) where any would do.
    pub expected: Vec<usize>,
    /// The sizes there are.
    pub found: Vec<usize>,
}

/// `expected a tensor of shape [?, 3], got [2, 2]`
impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = Msg::new().sizes(&self.expected);
        write!(f, "expected a tensor of shape {}, got {:?}", expected.as_str(), self.found)
    }
}

impl std::error::Error for ShapeError {}

impl<S: Shape> Tensor<S> {
    /// [`Tensor::from_raw`] with an error for sizes that contradict `S`: for tensors from files and other libraries.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank2<2, 2>>::zeros();
    /// let error = Tensor::<(usize, Const<3>)>::try_from_raw(x.raw().clone()).unwrap_err();
    /// assert_eq!(error.to_string(), "expected a tensor of shape [?, 3], got [2, 2]");
    /// ```
    ///
    /// # Errors
    /// [`ShapeError`] with both shapes.
    #[inline]
    pub fn try_from_raw(raw: Raw) -> Result<Self, ShapeError> {
        check(&raw.sizes(), &S::DIMS[..S::RANK])?;
        Ok(Tensor::from_raw(raw))
    }

    /// The same from an array.
    #[inline]
    pub(crate) fn try_from_array(array: Array) -> Result<Self, ShapeError> {
        Self::try_from_raw(Raw::new(array))
    }
}

fn check(found: &[usize], expected: &[usize]) -> Result<(), ShapeError> {
    if fit(found, expected) {
        return Ok(());
    }
    Err(ShapeError { expected: expected.into(), found: found.into() })
}
