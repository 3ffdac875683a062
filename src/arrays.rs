//! Tensors as nested arrays, and vectors as tensors.

use crate::dtype::Dtype;
use crate::shape::{Rank1, Rank2, Rank3, Rank4};
use crate::tensor::Tensor;

/// A vector of as many values.
///
/// ```
/// use ferrolab::prelude::*;
/// let x = Tensor::<(usize,)>::from(vec![1.0, 2.0, 3.0]);
/// assert_eq!(x.shape(), [3]);
/// ```
impl From<Vec<f32>> for Tensor<(usize,)> {
    fn from(values: Vec<f32>) -> Self {
        Self::from_vec(values)
    }
}

macro_rules! to_array {
    ($([$($dim:ident)+] $Rank:ident $array:ty, $values:ident => $nested:expr, $example:literal;)*) => { $(
        impl<$(const $dim: usize,)+ E: Dtype> Tensor<$Rank<$($dim),+>, E> {
            /// The values as an array of arrays, one level for every dimension.
            ///
            /// ```
            /// use ferrolab::prelude::*;
            #[doc = $example]
            /// ```
            pub fn to_array(&self) -> $array {
                let $values = &self.to_vec()[..];
                $nested
            }
        }
    )* };
}
to_array! {
    [A] Rank1 [E; A], x => nested(x, |x| x[0]),
        "let [a, b] = Tensor::<Rank1<2>>::from([3.0, 5.0]).to_array();\nassert_eq!((a, b), (3.0, 5.0));";
    [A B] Rank2 [[E; B]; A], x => nested(x, |x| nested(x, |x| x[0])),
        "let rows = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).to_array();\nassert_eq!(rows[1], [4.0, 5.0, 6.0]);";
    [A B C] Rank3 [[[E; C]; B]; A], x => nested(x, |x| nested(x, |x| nested(x, |x| x[0]))),
        "assert_eq!(Tensor::<Rank3<1, 2, 2>>::ones().to_array(), [[[1.0, 1.0], [1.0, 1.0]]]);";
    [A B C D] Rank4 [[[[E; D]; C]; B]; A],
        x => nested(x, |x| nested(x, |x| nested(x, |x| nested(x, |x| x[0])))),
        "assert_eq!(Tensor::<Rank4<1, 1, 2, 1>>::ones().to_array(), [[[[1.0], [1.0]]]]);";
}

/// An array of `N` equal parts of these values.
fn nested<E, T, const N: usize>(values: &[E], part: impl Fn(&[E]) -> T) -> [T; N] {
    let len = values.len().checked_div(N).unwrap_or(0);
    std::array::from_fn(|i| part(&values[i * len..][..len]))
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn arrays_come_back_as_they_went_in() {
        let x = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]];
        assert_eq!(Tensor::from(x).to_array(), x);
        assert_eq!(Tensor::from([x]).to_array(), [x]);
        assert_eq!(Tensor::<Rank2<0, 3>>::from_vec(vec![]).to_array(), [[0.0; 3]; 0]);
        assert_eq!(Tensor::<Rank2<3, 0>>::from_vec(vec![]).to_array(), [[0.0; 0]; 3]);
        // Channels last inside: the order of indices counts.
        let pictures =
            Tensor::<Rank4<1, 2, 2, 2>>::from([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]);
        let same =
            pictures.conv2d(&Tensor::<Rank4<2, 2, 1, 1>>::from([[[[1.0]], [[0.0]]], [[[0.0]], [[1.0]]]]));
        assert_eq!(same.to_vec(), pictures.to_vec());
        assert_eq!(same.shaped::<Rank4<1, 2, 2, 2>>().to_array(), pictures.to_array());
    }
}
