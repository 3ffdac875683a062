//! [`Dtype`]: the element types of tensors. Gradients flow through `f32`; the others hold ids (`i64`), masks (`bool`),
//! exact sums (`f64`) and compact copies (`f16`, `bf16`).
//!
//! A tensor of `f32` is a [`Raw`], one of another type a [`Values`]: numbers with sizes, without a graph.

mod arithmetic;
mod cast;
mod functions;
mod indices;
mod masks;
mod number;
mod reduce;
mod stored;
mod structure;
mod values;

use std::fmt;

pub use half::{bf16, f16};

pub use indices::{Indices, TokenId};
pub use number::Number;
pub use stored::Stored;
pub use values::Values;

use crate::raw::Raw;

/// An element type.
///
/// ```
/// use ferrolab::prelude::*;
/// let scores = Tensor::<Rank2<2, 2>>::from([[0.2, 0.8], [0.7, 0.3]]);
/// let confident: Tensor<Rank2<2, 2>, bool> = scores.gt(0.75);
/// let ids = Tensor::<Rank1<3>, i64>::from([5, 0, 2]);
/// let exact: Tensor<Rank2<2, 2>, f64> = scores.to_dtype();
/// let small: Tensor<Rank2<2, 2>, bf16> = scores.to_dtype();
/// assert_eq!(confident.to_vec(), [false, true, false, false]);
/// ```
///
/// | type | bytes | for | computes |
/// | --- | --- | --- | --- |
/// | `f32` | 4 | everything that is learnt | all operations, with gradients |
/// | `f64` | 8 | sums and checks that need 16 digits | arithmetic, functions, reductions |
/// | `f16`, `bf16` | 2 | storage: half the memory of `f32` | nothing: [`to_dtype`](crate::Tensor::to_dtype) to `f32` first |
/// | `i64` | 8 | token ids, labels, counts, indices | arithmetic, reductions |
/// | `bool` | 1 | masks, which comparisons make | `&`, `\|`, `^`, `!`, `any`, `all` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type of tensors",
    label = "expected `f32`, `f64`, `f16`, `bf16`, `i64` or `bool`"
)]
pub trait Dtype: Copy + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// Its name as printed with a tensor.
    const NAME: &'static str;
    /// The bytes of one value.
    const BYTES: usize = size_of::<Self>();
    /// What [`Tensor::zeros`](crate::Tensor::zeros) is made of; `false` for masks.
    const ZERO: Self;
    /// What [`Tensor::ones`](crate::Tensor::ones) is made of; `true` for masks.
    const ONE: Self;

    /// What a tensor of this type is underneath.
    #[doc(hidden)]
    type Stored: Stored<Self>;

    /// The value as a number of the type that loses least.
    fn number(self) -> Number;

    /// The nearest value of this type; fractions are cut off for `i64`, and everything but 0 is `true`.
    fn from_number(number: Number) -> Self;
}

macro_rules! dtypes {
    ($($dtype:ident $name:literal $stored:ty, $zero:expr, $one:expr, $value:ident, $number:expr, $from:expr;)*) => { $(
        impl Dtype for $dtype {
            const NAME: &'static str = $name;
            const ZERO: Self = $zero;
            const ONE: Self = $one;
            type Stored = $stored;

            fn number(self) -> Number {
                let $value = self;
                $number
            }

            fn from_number($value: Number) -> Self {
                $from
            }
        }
    )* };
}
dtypes! {
    f32 "f32" Raw, 0.0, 1.0, x, Number::Float(f64::from(x)), x.float() as f32;
    f64 "f64" Values<f64>, 0.0, 1.0, x, Number::Float(x), x.float();
    f16 "f16" Values<f16>, f16::ZERO, f16::ONE, x, Number::Float(x.to_f64()), f16::from_f64(x.float());
    bf16 "bf16" Values<bf16>, bf16::ZERO, bf16::ONE, x, Number::Float(x.to_f64()), bf16::from_f64(x.float());
    i64 "i64" Values<i64>, 0, 1, x, Number::Int(x), x.int();
    bool "bool" Values<bool>, false, true, x, Number::Bool(x), x.bool();
}

/// An element type without gradients: all but `f32`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type without gradients",
    label = "expected `f64`, `f16`, `bf16`, `i64` or `bool`"
)]
pub trait Plain: Dtype<Stored = Values<Self>> {}

impl Plain for f64 {}
impl Plain for f16 {}
impl Plain for bf16 {}
impl Plain for i64 {}
impl Plain for bool {}
