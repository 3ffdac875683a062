//! `isnan`, `isinf`, `isfinite`: which values are no numbers, or infinite, as masks.

use crate::dtype::Values;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

macro_rules! classes {
    ($($name:ident $test:expr, $words:literal $example:literal;)*) => {
        impl<S: Shape> Tensor<S> { $(
            #[doc = concat!("Where a value is ", $words, ".")]
            ///
            /// ```
            /// use ferrolab::prelude::*;
            /// let x = Tensor::<Rank1<3>>::from([1.0, f32::NAN, f32::INFINITY]);
            #[doc = $example]
            /// ```
            #[inline]
            pub fn $name(&self) -> Tensor<S, bool> {
                Tensor::from_stored($name(self.raw()))
            }
        )* }
        $(
            #[doc = concat!("Where a value is ", $words, ".")]
            pub fn $name(x: &Raw) -> Values<bool> {
                Values::new(&x.sizes(), x.to_vec().into_iter().map($test).collect())
            }
        )*
    };
}
classes! {
    isnan f32::is_nan, "not a number: what 0 / 0 gives, and what a loss becomes when the steps are too long"
        "assert_eq!(x.isnan().to_vec(), [false, true, false]);";
    isinf f32::is_infinite, "infinite" "assert_eq!(x.isinf().to_vec(), [false, false, true]);";
    isfinite f32::is_finite, "a number, and not infinite" "assert_eq!(x.isfinite().to_vec(), [true, false, false]);";
}
