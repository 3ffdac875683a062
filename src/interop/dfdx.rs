//! Tensors of the crate dfdx, both ways (feature `dfdx`). The shapes are the same types by other names, so nothing can fail;
//! the values are copied, gradients stay behind.
//!
//! ```
//! use dfdx::prelude::{Cpu, Rank2 as DfdxRank2, Tensor as DfdxTensor};
//! use ferrolab::prelude::*;
//!
//! let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
//! let theirs = DfdxTensor::<DfdxRank2<2, 3>, f32, Cpu>::from(&x);
//! let back = Tensor::<Rank2<2, 3>>::from(&theirs.square());
//! assert_eq!(back.to_vec(), x.square().to_vec());
//! ```

use dfdx::shapes::{Const as DfdxConst, Dim as DfdxDim, HasShape, Shape as DfdxShape};
use dfdx::tensor::{Cpu, Tensor as DfdxTensor, TensorFromVec};

use crate::array::Array;
use crate::raw::Raw;
use crate::shape::{Const, Dim};
use crate::tensor::Tensor;

/// A dimension that dfdx has too: `Const<N>` or `usize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a dimension that dfdx has",
    label = "expected `Const<N>` or `usize`: `.shaped()` gives the tensor another spelling"
)]
pub trait SharedDim: Dim {
    /// dfdx's name of it.
    type Dfdx: DfdxDim;
}
impl<const N: usize> SharedDim for Const<N> {
    type Dfdx = DfdxConst<N>;
}
impl SharedDim for usize {
    type Dfdx = usize;
}

macro_rules! ranks {
    ($($($dim:ident)*;)*) => { $(
        impl<$($dim: SharedDim),*> From<&Tensor<($($dim,)*)>> for DfdxTensor<($($dim::Dfdx,)*), f32, Cpu> {
            fn from(tensor: &Tensor<($($dim,)*)>) -> Self {
                to_dfdx(tensor.raw())
            }
        }

        impl<$($dim: SharedDim,)* T> From<&DfdxTensor<($($dim::Dfdx,)*), f32, Cpu, T>> for Tensor<($($dim,)*)> {
            fn from(tensor: &DfdxTensor<($($dim::Dfdx,)*), f32, Cpu, T>) -> Self {
                Tensor::from_raw(from_dfdx(tensor.shape().concrete().as_ref(), tensor.as_vec()))
            }
        }
    )* };
}
ranks! { ; A; A B; A B C; A B C D; A B C D E; }

fn to_dfdx<S: DfdxShape>(raw: &Raw) -> DfdxTensor<S, f32, Cpu> {
    let mut concrete = S::Concrete::default();
    raw.sizes().into_iter().enumerate().for_each(|(axis, size)| concrete[axis] = size);
    let shape = S::from_concrete(&concrete).expect("the sizes are those of the type");
    Cpu::default().tensor_from_vec(raw.to_vec(), shape)
}

fn from_dfdx(sizes: &[usize], values: Vec<f32>) -> Raw {
    Raw::new(Array::from_vec(sizes, values))
}

#[cfg(test)]
mod tests {
    use dfdx::prelude as theirs;
    use dfdx::tensor_ops::PermuteTo;

    use crate::prelude::*;

    #[test]
    fn sizes_known_at_run_time_only_are_kept() {
        let x = Tensor::<(usize, Const<3>)>::from_vec((0..6).map(|i| i as f32).collect());
        let there: theirs::Tensor<(usize, theirs::Const<3>), f32, theirs::Cpu> = (&x).into();
        assert_eq!(theirs::HasShape::shape(&there).0, 2);
        let back: Tensor<(usize, Const<3>)> = (&there).into();
        assert_eq!((back.shape(), back.to_vec()), (x.shape(), x.to_vec()));
    }

    #[test]
    fn a_tensor_that_dfdx_only_turned_is_read_in_the_order_of_indices() {
        let x = Tensor::<Rank3<2, 3, 5>>::uniform(-1.0, 1.0);
        let there: theirs::Tensor<theirs::Rank3<2, 3, 5>, f32, theirs::Cpu> = (&x).into();
        let turned = there.permute::<theirs::Rank3<5, 2, 3>, _>();
        let back: Tensor<Rank3<5, 2, 3>> = (&turned).into();
        assert_eq!(back.to_vec(), x.permute::<2, 0, 1>().to_vec());
    }

    #[test]
    fn a_scalar_and_five_dimensions_go_both_ways() {
        let x = Tensor::<Rank0>::from(2.5);
        let there: theirs::Tensor<theirs::Rank0, f32, theirs::Cpu> = (&x).into();
        assert_eq!(Tensor::<Rank0>::from(&there).item(), 2.5);
        let x = Tensor::<Rank5<1, 2, 3, 2, 1>>::uniform(0.0, 1.0);
        let there: theirs::Tensor<theirs::Rank5<1, 2, 3, 2, 1>, f32, theirs::Cpu> = (&x).into();
        assert_eq!(Tensor::<Rank5<1, 2, 3, 2, 1>>::from(&there).to_vec(), x.to_vec());
    }
}
