//! Functions of every value of a tensor of `f64`, and the absolute value of one of `i64`.

use crate::shape::Shape;
use crate::tensor::Tensor;

macro_rules! functions {
    ($($name:ident $words:literal $example:literal;)*) => {
        impl<S: Shape> Tensor<S, f64> { $(
            #[doc = concat!($words, " of every value, in double precision.")]
            ///
            /// ```
            /// use ferrolab::prelude::*;
            #[doc = concat!("let x = Tensor::<Rank1<1>, f64>::from_vec(vec![", $example, "]);")]
            #[doc = concat!("assert_eq!(x.", stringify!($name), "().to_vec(), [(", $example, "f64).", stringify!($name), "()]);")]
            /// ```
            #[inline]
            pub fn $name(&self) -> Self {
                Tensor::from_stored(self.stored().map(|x| x.$name()))
            }
        )* }
    };
}
functions! {
    abs "The absolute value" "-0.5";
    exp "The exponential" "0.5";
    ln "The natural logarithm" "0.5";
    sqrt "The square root" "0.5";
    sin "The sine" "0.5";
    cos "The cosine" "0.5";
    tanh "The hyperbolic tangent" "0.5";
}

impl<S: Shape> Tensor<S, f64> {
    /// Every value raised to a power.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>, f64>::from_vec(vec![2.0, 9.0]).pow(0.5).to_vec()[1], 3.0);
    /// ```
    #[inline]
    pub fn pow(&self, exponent: f64) -> Self {
        Tensor::from_stored(self.stored().map(|x| x.powf(exponent)))
    }
}

impl<S: Shape> Tensor<S, i64> {
    /// The absolute value of every value.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>, i64>::from([-3, 4]).abs().to_vec(), [3, 4]);
    /// ```
    #[inline]
    pub fn abs(&self) -> Self {
        Tensor::from_stored(self.stored().map(|x| x.abs()))
    }
}
