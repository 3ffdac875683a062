//! What the operators `+ - * /` share: every combination of owned and borrowed tensors, and of tensors and numbers.

use crate::raw::Raw;

/// ***Panics*** with the name of the operation unless the sizes are equal.
#[track_caller]
pub(super) fn same_sizes(operation: &str, a: &Raw, b: &Raw) {
    let (a, b) = (a.sizes(), b.sizes());
    assert!(a == b, "{operation}: the shapes differ: {a:?} and {b:?}");
}

/// Implements an operator of `std::ops` by functions on [`Raw`]: of two tensors, of a tensor and a number, of a
/// number and a tensor.
macro_rules! operator {
    ($Operator:ident, $method:ident, $tensors:expr, $tensor_number:expr, $number_tensor:expr) => {
        operator!(@tensors $Operator, $method, $tensors, Tensor<S>, Tensor<R>);
        operator!(@tensors $Operator, $method, $tensors, Tensor<S>, &Tensor<R>);
        operator!(@tensors $Operator, $method, $tensors, &Tensor<S>, Tensor<R>);
        operator!(@tensors $Operator, $method, $tensors, &Tensor<S>, &Tensor<R>);
        operator!(@number $Operator, $method, $tensor_number, $number_tensor, Tensor<S>);
        operator!(@number $Operator, $method, $tensor_number, $number_tensor, &Tensor<S>);
    };
    (@tensors $Operator:ident, $method:ident, $tensors:expr, $left:ty, $right:ty) => {
        impl<S: $crate::Shape + $crate::SameAs<R>, R: $crate::Shape> std::ops::$Operator<$right> for $left {
            type Output = $crate::Tensor<S>;

            #[inline]
            #[track_caller]
            fn $method(self, other: $right) -> $crate::Tensor<S> {
                const { $crate::shape::same_shape::<S, R>(stringify!($method)) }
                $crate::Tensor::from_raw($tensors(self.raw(), other.raw()))
            }
        }
    };
    (@number $Operator:ident, $method:ident, $tensor_number:expr, $number_tensor:expr, $tensor:ty) => {
        impl<S: $crate::Shape> std::ops::$Operator<f32> for $tensor {
            type Output = $crate::Tensor<S>;

            #[inline]
            fn $method(self, number: f32) -> $crate::Tensor<S> {
                $crate::Tensor::from_raw($tensor_number(self.raw(), number))
            }
        }

        impl<S: $crate::Shape> std::ops::$Operator<$tensor> for f32 {
            type Output = $crate::Tensor<S>;

            #[inline]
            fn $method(self, tensor: $tensor) -> $crate::Tensor<S> {
                $crate::Tensor::from_raw($number_tensor(self, tensor.raw()))
            }
        }
    };
}
pub(super) use operator;
