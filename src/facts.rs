//! What `:vars` shows of the library's own types and of polars' tables: see [`ferrolab_display::runtime::facts`].

pub use ferrolab_display::runtime::facts::*;

use crate::data::{Dataset, TensorDataset};
use crate::dtype::Dtype;
use crate::nn::Module;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Dtype> HasFacts for Tensor<S, E> {
    fn ferrolab_facts(&self) -> Facts {
        let sizes = self.shape();
        let facts = Facts::shape(format!("{sizes:?}"));
        if sizes.is_empty() {
            return facts.bytes(E::BYTES).value(format!("{:?}", self.to_vec()[0]));
        }
        facts.bytes(sizes.iter().product::<usize>() * E::BYTES)
    }
}

impl<X: Shape, const CLASSES: usize> HasFacts for Dataset<X, CLASSES> {
    fn ferrolab_facts(&self) -> Facts {
        let sizes: Vec<usize> = std::iter::once(self.len()).chain(self.sizes().iter().copied()).collect();
        let facts = Facts::shape(format!("{sizes:?}"));
        if self.is_lazy() {
            return facts.value("read when needed");
        }
        facts.bytes(sizes.iter().product::<usize>() * size_of::<f32>())
    }
}

impl<X: Shape, Y: Shape> HasFacts for TensorDataset<X, Y> {
    fn ferrolab_facts(&self) -> Facts {
        let (x, y) = (&X::DIMS[..X::RANK], &Y::DIMS[..Y::RANK]);
        let facts = Facts::shape(format!("{} × {x:?} to {y:?}", self.len()));
        if self.is_lazy() {
            return facts.value("read when needed");
        }
        let values = x.iter().product::<usize>() + y.iter().product::<usize>();
        facts.bytes(self.len() * values * size_of::<f32>())
    }
}

/// Layers and networks. A method of `&&M`: it comes after those of [`HasFacts`] and before [`NoFacts`].
pub trait ModuleFacts {
    fn ferrolab_facts(&self) -> Facts;
}

impl<M: Module> ModuleFacts for &M {
    fn ferrolab_facts(&self) -> Facts {
        let count = self.parameter_count();
        Facts::default().bytes(count * size_of::<f32>()).value(format!("{count} parameters"))
    }
}

/// Tables and columns of polars.
#[cfg(feature = "frame")]
pub trait FrameFacts {
    fn ferrolab_facts(&self) -> Facts;
}

#[cfg(feature = "frame")]
impl FrameFacts for polars::prelude::DataFrame {
    fn ferrolab_facts(&self) -> Facts {
        let (rows, columns) = self.shape();
        Facts::shape(format!("{rows} rows × {columns} columns")).bytes(self.estimated_size())
    }
}

#[cfg(feature = "frame")]
impl FrameFacts for polars::prelude::Series {
    fn ferrolab_facts(&self) -> Facts {
        Facts::shape(self.len().to_string()).bytes(self.estimated_size()).value(self.dtype().to_string())
    }
}

#[cfg(feature = "frame")]
impl FrameFacts for polars::prelude::Column {
    fn ferrolab_facts(&self) -> Facts {
        Facts::shape(self.len().to_string()).value(self.dtype().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    /// As the kernel asks.
    macro_rules! facts {
        ($value:expr) => {
            (&$value).ferrolab_facts()
        };
    }

    #[test]
    fn tensors_tell_their_sizes_and_models_their_parameters() {
        let x = Tensor::<Rank2<3, 4>>::zeros();
        assert_eq!(facts!(x), Facts::shape("[3, 4]").bytes(48));
        let model = sequential!(Input([4]).dense(3));
        assert_eq!(facts!(model).value, "15 parameters");
        let data = Dataset::<Rank1<2>, 2>::new(vec![0.0; 6], vec![0, 1, 0]).unwrap();
        assert_eq!(facts!(data).shape, "[3, 2]");
        assert_eq!(facts!(Device::Cpu), Facts::default());
    }

    #[cfg(feature = "frame")]
    #[test]
    fn tables_tell_their_rows_and_columns() {
        let table = df!("a" => [1, 2, 3], "b" => [0.5, 1.5, 2.5]).unwrap();
        assert_eq!(facts!(table).shape, "3 rows × 2 columns");
        assert_eq!(facts!(table).bytes, Some(36));
        assert_eq!(facts!(table.lazy()), Facts::default());
    }
}
