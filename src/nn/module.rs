//! [`Module`]: anything with parameters. One method is asked for; counting, naming, saving and loading follow from it.
//!
//! A module may hold buffers too: tensors that are saved and loaded but not learnt, such as the running mean of a batch
//! normalisation. Optimisers, counts and gradients see parameters only; files hold both, as PyTorch's `state_dict` does.

use std::path::Path;

use crate::io::safetensors::{self, FileError, Loaded, Mapping, Storage};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// A layer or a network: something that holds parameters.
///
/// A struct of layers derives it. Each field becomes a part of the parameters' names, as in PyTorch:
///
/// ```
/// use ferrolab::prelude::*;
///
/// #[derive(Default, Module)]
/// struct Classifier {
///     hidden: Linear<20, 64>,
///     output: Linear<64, 10>,
/// }
///
/// impl Classifier {
///     fn forward<B: Dim>(&self, x: &Tensor<(B, Const<20>)>) -> Tensor<(B, Const<10>)> {
///         self.output.forward(&self.hidden.forward(x).relu())
///     }
/// }
///
/// let model = Classifier::default();
/// let names: Vec<String> = model.parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]);
/// assert_eq!(model.parameter_count(), 20 * 64 + 64 + 64 * 10 + 10);
/// assert_eq!(model.forward(&Tensor::<Rank2<3, 20>>::ones()).shape(), [3, 10]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "this holds no parameters",
    note = "`#[derive(Module)]` makes a struct of layers a module; a field without parameters is marked `#[module(skip)]`"
)]
pub trait Module {
    /// Shows every parameter and every child to the visitor, always in the same order.
    fn visit(&self, visitor: &mut dyn Visitor);

    /// The parameters and their names: `hidden.weight`. A handle changes the parameter itself.
    fn parameters(&self) -> Vec<(String, Raw)> {
        collect(&|visitor| self.visit(visitor), Kind::Parameters)
    }

    /// The tensors that are kept but not learnt, and their names: `norm.running_mean`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let names: Vec<String> = BatchNorm2d::<8>::default().buffers().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["running_mean", "running_var"]);
    /// ```
    fn buffers(&self) -> Vec<(String, Raw)> {
        collect(&|visitor| self.visit(visitor), Kind::Buffers)
    }

    /// Parameters and buffers in the order in which they are visited: what a file holds, and PyTorch's `state_dict`.
    fn state(&self) -> Vec<(String, Raw)> {
        collect(&|visitor| self.visit(visitor), Kind::Both)
    }

    /// How many numbers are learnt.
    fn parameter_count(&self) -> usize {
        count(&self.parameters())
    }

    /// Writes the parameters and buffers to a safetensors file, which PyTorch reads too. Replaces the file only once all is written.
    ///
    /// # Errors
    /// [`FileError::Write`] if the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError>
    where
        Self: Sized,
    {
        self.save_as(path, Storage::F32)
    }

    /// [`Module::save`] with 16-bit numbers: half the file. Loading makes 32-bit ones of them again.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("small.safetensors");
    /// let mut model = sequential!(Input([4]).dense(3));
    /// model.save_as(&path, Storage::F16)?;
    /// model.load(&path)?; // each number is now the nearest of 16 bits
    /// # Ok::<(), ferrolab::io::safetensors::FileError>(())
    /// ```
    ///
    /// # Errors
    /// [`FileError::Write`], and [`FileError::TooLarge`] if a number is beyond the range of the precision.
    fn save_as(&self, path: impl AsRef<Path>, storage: Storage) -> Result<(), FileError>
    where
        Self: Sized,
    {
        safetensors::save_as(path.as_ref(), &self.state(), &[], storage)
    }

    /// Reads the parameters and buffers from a safetensors file. Nothing is changed unless everything fits.
    ///
    /// # Errors
    /// [`FileError::Read`] or [`FileError::Format`] if there is no such file, [`FileError::Missing`],
    /// [`FileError::Unexpected`] or [`FileError::Shape`] if its tensors are not those of this module.
    fn load(&mut self, path: impl AsRef<Path>) -> Result<(), FileError>
    where
        Self: Sized,
    {
        safetensors::File::read(path.as_ref())?.copy_into(&self.state())
    }

    /// Reads the parameters and buffers from a file in which they have other names: weights from torchvision, timm or Keras. The
    /// [`Mapping`] says what a tensor of the file is called here. Nothing is changed unless everything fits, or
    /// [`Mapping::strict`] allows it.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("theirs.safetensors");
    /// # let theirs: Vec<_> = [("net.fc1.weight", vec![8, 4]), ("net.fc1.bias", vec![8]), ("net.fc2.weight", vec![1000, 8])]
    /// #     .map(|(name, sizes)| (name.to_owned(), ferrolab::Raw::new(ferrolab::array::Array::full(&sizes, 0.0)))).into();
    /// # ferrolab::io::safetensors::save(&path, &theirs, &[])?;
    /// let mut model = sequential!(Input([4]).dense(8).relu().dense(3));
    /// let mapping = Mapping::new().strip_prefix("net").replace("fc1", "0");
    /// // A new head for three classes: it keeps its random values, theirs is left out.
    /// let loaded = model.load_mapped(&path, &mapping.keep("2.*").skip("net.fc2.*"))?;
    /// assert_eq!((loaded.loaded, loaded.of), (2, 4));
    /// # Ok::<(), ferrolab::io::safetensors::FileError>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading a file, and [`FileError::Mapped`] with a table of all that does not fit.
    fn load_mapped(&mut self, path: impl AsRef<Path>, mapping: &Mapping) -> Result<Loaded, FileError>
    where
        Self: Sized,
    {
        safetensors::load_mapped(path.as_ref(), mapping, &self.state())
    }
}

/// What goes through a module's parameters.
pub trait Visitor {
    /// A tensor that is learnt.
    fn parameter(&mut self, name: &str, parameter: &Raw);

    /// A tensor that is saved and loaded with the parameters but not learnt. Nothing is done with it unless the visitor
    /// says so.
    fn buffer(&mut self, name: &str, buffer: &Raw) {
        let _ = (name, buffer);
    }

    /// A module inside the module.
    fn child(&mut self, name: &str, module: &dyn Module);
}

// Not generic, so that a notebook's cell compiles none of it.
fn collect(visit: &dyn Fn(&mut dyn Visitor), kind: Kind) -> Vec<(String, Raw)> {
    let mut collected = Collected { kind, prefix: String::new(), tensors: Vec::new() };
    visit(&mut collected);
    collected.tensors
}

fn count(parameters: &[(String, Raw)]) -> usize {
    parameters.iter().map(|(_, parameter)| parameter.len()).sum()
}

/// Which tensors are asked for.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Parameters,
    Buffers,
    Both,
}

struct Collected {
    kind: Kind,
    /// Where we are: `block.0.`
    prefix: String,
    tensors: Vec<(String, Raw)>,
}

impl Collected {
    fn push(&mut self, name: &str, tensor: &Raw) {
        let name = format!("{}{name}", self.prefix);
        self.tensors.push((name.trim_end_matches('.').to_owned(), tensor.clone()));
    }
}

impl Visitor for Collected {
    fn parameter(&mut self, name: &str, parameter: &Raw) {
        if self.kind != Kind::Buffers {
            self.push(name, parameter);
        }
    }

    fn buffer(&mut self, name: &str, buffer: &Raw) {
        if self.kind != Kind::Parameters {
            self.push(name, buffer);
        }
    }

    fn child(&mut self, name: &str, module: &dyn Module) {
        let outer = self.prefix.len();
        self.prefix.push_str(name);
        self.prefix.push('.');
        module.visit(self);
        self.prefix.truncate(outer);
    }
}

/// A tensor as a field is a parameter under the field's name, if gradients flow to it.
impl<S: Shape> Module for Tensor<S> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        if self.is_tracked() {
            visitor.parameter("", self.raw());
        }
    }
}

impl<S: Shape> Tensor<S> {
    /// Shows the tensor to a visitor as the parameter `name`, if gradients flow to it.
    pub(crate) fn visit_as(&self, name: &str, visitor: &mut dyn Visitor) {
        if self.is_tracked() {
            visitor.parameter(name, self.raw());
        }
    }
}

/// Named by their position: `blocks.0.weight`.
impl<M: Module> Module for [M] {
    fn visit(&self, visitor: &mut dyn Visitor) {
        for (position, module) in self.iter().enumerate() {
            visitor.child(&position.to_string(), module);
        }
    }
}

impl<M: Module> Module for Vec<M> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        self.as_slice().visit(visitor);
    }
}

impl<M: Module, const N: usize> Module for [M; N] {
    fn visit(&self, visitor: &mut dyn Visitor) {
        self.as_slice().visit(visitor);
    }
}

impl<M: Module> Module for Option<M> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        self.iter().for_each(|module| module.visit(visitor));
    }
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        (**self).visit(visitor);
    }
}
