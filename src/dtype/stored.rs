//! [`Stored`]: what [`Raw`] and [`Values`] have in common: making them, moving their values about, showing them.
//!
//! The typed methods that only move values are written once, for every element type, and call these functions. They are
//! implemented type by type, so that they are compiled here and not in each cell.

use std::fmt;

use ferrolab_display::MimeBundle;

use super::{Dtype, Values, bf16, f16, structure};
use crate::array::Array;
use crate::ops::compare::{Relation, Side, compared, compared_arrays};
use crate::raw::Raw;
use crate::{ops, print, view};

/// What is under a tensor, whatever its element type.
pub trait Stored<E>: Clone + Send + Sync + 'static {
    /// ***Panics*** if the number of values is not the product of the sizes.
    #[track_caller]
    fn from_vec(sizes: &[usize], values: Vec<E>) -> Self;

    /// The same value everywhere.
    fn full(sizes: &[usize], value: E) -> Self;

    /// The sizes, `[N, C, H, W]` for pictures whatever the memory layout.
    fn sizes(&self) -> Vec<usize>;

    /// Whether the sizes are those given, [`crate::shape::DYN`] standing for any.
    fn has_sizes(&self, sizes: &[usize]) -> bool;

    /// Number of values.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in row-major order.
    fn to_vec(&self) -> Vec<E>;

    /// See [`ops::reshape`].
    #[track_caller]
    fn reshape(&self, sizes: &[usize]) -> Self;

    /// See [`ops::permute`].
    #[track_caller]
    fn permute(&self, order: &[usize]) -> Self;

    /// See [`ops::slice`].
    #[track_caller]
    fn slice(&self, axis: usize, start: usize, len: usize) -> Self;

    /// See [`ops::index_select`].
    #[track_caller]
    fn index_select(&self, axis: usize, indices: &[usize]) -> Self;

    /// See [`ops::gather`].
    #[track_caller]
    fn gather(&self, axis: usize, indices: &[usize], sizes: &[usize]) -> Self;

    /// See [`ops::broadcast_to`].
    #[track_caller]
    fn broadcast_to(&self, sizes: &[usize]) -> Self;

    /// See [`ops::cat`].
    #[track_caller]
    fn cat(parts: &[Self], axis: usize) -> Self;

    /// Where a comparison holds; see [`ops::gt`].
    #[track_caller]
    fn compare(&self, other: Side<'_, E>, how: Relation) -> Values<bool>
    where
        E: Dtype<Stored = Self>;

    /// Writes the values in brackets, as NumPy does.
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// As a cell shows it.
    fn bundle(&self) -> MimeBundle;
}

impl Stored<f32> for Raw {
    fn from_vec(sizes: &[usize], values: Vec<f32>) -> Self {
        Raw::new(Array::from_vec(sizes, values))
    }

    fn full(sizes: &[usize], value: f32) -> Self {
        Raw::new(Array::full(sizes, value))
    }

    fn sizes(&self) -> Vec<usize> {
        Raw::sizes(self)
    }

    fn has_sizes(&self, sizes: &[usize]) -> bool {
        Raw::has_sizes(self, sizes)
    }

    fn len(&self) -> usize {
        Raw::len(self)
    }

    fn to_vec(&self) -> Vec<f32> {
        Raw::to_vec(self)
    }

    fn reshape(&self, sizes: &[usize]) -> Self {
        ops::reshape(self, sizes)
    }

    fn permute(&self, order: &[usize]) -> Self {
        ops::permute(self, order)
    }

    fn slice(&self, axis: usize, start: usize, len: usize) -> Self {
        ops::slice(self, axis, start, len)
    }

    fn index_select(&self, axis: usize, indices: &[usize]) -> Self {
        ops::index_select(self, axis, indices)
    }

    fn gather(&self, axis: usize, indices: &[usize], sizes: &[usize]) -> Self {
        ops::gather(self, axis, indices, sizes)
    }

    fn broadcast_to(&self, sizes: &[usize]) -> Self {
        ops::broadcast_to(self, sizes)
    }

    fn cat(parts: &[Self], axis: usize) -> Self {
        ops::cat(parts, axis)
    }

    fn compare(&self, other: Side<'_, f32>, how: Relation) -> Values<bool> {
        match other {
            Side::Number(number) => compared_arrays(&self.array(), Err(number), how),
            Side::Tensor(other) => compared_arrays(&self.array(), Ok(&other.array()), how),
        }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let array = self.array().row_major();
        print::write(array.sizes(), &|i| array.values()[i].number(), f32::NAME, f)
    }

    fn bundle(&self) -> MimeBundle {
        let array = self.array().row_major();
        view::bundle(array.sizes(), &|i| array.values()[i].number(), f32::NAME, f32::BYTES)
    }
}

macro_rules! stored {
    ($($dtype:ident)*) => { $(
        impl Stored<$dtype> for Values<$dtype> {
            fn from_vec(sizes: &[usize], values: Vec<$dtype>) -> Self {
                Values::new(sizes, values)
            }

            fn full(sizes: &[usize], value: $dtype) -> Self {
                Values::new(sizes, vec![value; sizes.iter().product()])
            }

            fn sizes(&self) -> Vec<usize> {
                Values::sizes(self).to_vec()
            }

            fn has_sizes(&self, sizes: &[usize]) -> bool {
                crate::shape::fit(Values::sizes(self), sizes)
            }

            fn len(&self) -> usize {
                self.as_slice().len()
            }

            fn to_vec(&self) -> Vec<$dtype> {
                self.as_slice().to_vec()
            }

            fn reshape(&self, sizes: &[usize]) -> Self {
                structure::reshape(self, sizes)
            }

            fn permute(&self, order: &[usize]) -> Self {
                structure::permute(self, order)
            }

            fn slice(&self, axis: usize, start: usize, len: usize) -> Self {
                structure::slice(self, axis, start, len)
            }

            fn index_select(&self, axis: usize, indices: &[usize]) -> Self {
                structure::index_select(self, axis, indices)
            }

            fn gather(&self, axis: usize, indices: &[usize], sizes: &[usize]) -> Self {
                structure::gather(self, axis, indices, sizes)
            }

            fn broadcast_to(&self, sizes: &[usize]) -> Self {
                structure::broadcast_to(self, sizes)
            }

            fn cat(parts: &[Self], axis: usize) -> Self {
                structure::cat(parts, axis)
            }

            fn compare(&self, other: Side<'_, $dtype>, how: Relation) -> Values<bool> {
                let other = match other {
                    Side::Number(number) => Err(number),
                    Side::Tensor(other) => Ok((other.as_slice(), Values::sizes(other))),
                };
                compared(self.as_slice(), Values::sizes(self), other, how)
            }

            fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let values = self.as_slice();
                print::write(Values::sizes(self), &|i| values[i].number(), <$dtype>::NAME, f)
            }

            fn bundle(&self) -> MimeBundle {
                let values = self.as_slice();
                view::bundle(Values::sizes(self), &|i| values[i].number(), <$dtype>::NAME, <$dtype>::BYTES)
            }
        }
    )* };
}
stored! { f64 f16 bf16 i64 bool }
