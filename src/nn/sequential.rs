//! [`Sequential`] and the macro `sequential!`: a stack of layers whose shapes are part of its type.

use std::marker::PhantomData;
use std::path::Path;

use ferrolab_display::{MimeBundle, Show};

use crate::io::safetensors::{FileError, Storage};
use crate::nn::draw::Drawing;
use crate::nn::module::{Module, Visitor};
use crate::nn::network::Network;
use crate::nn::plan::Plan;
use crate::nn::summary::Summary;
use crate::shape::{Batch, Dim, Rank1, Rank2, Rank3, Rank4, Shape};
use crate::tensor::Tensor;

/// A network that takes inputs of shape `In` to outputs of shape `Out`, both without the batch dimension. Made by
/// [`sequential!`](crate::sequential).
pub struct Sequential<In: Shape, Out: Shape> {
    network: Network,
    shapes: PhantomData<(In, Out)>,
}

impl<In: Shape, Out: Shape> Sequential<In, Out> {
    /// For `sequential!`, which works out `In` and `Out` from the plan.
    #[doc(hidden)]
    pub fn from_plan(plan: &Plan) -> Self {
        Sequential { network: Network::from_plan(plan), shapes: PhantomData }
    }

    /// From a batch of inputs to a batch of outputs.
    #[inline]
    #[track_caller]
    pub fn forward<N: Dim>(&self, x: &Tensor<<In as Batch<N>>::Of>) -> Tensor<<Out as Batch<N>>::Of>
    where
        In: Batch<N>,
        Out: Batch<N>,
    {
        Tensor::from_raw(self.network.forward(x.raw()))
    }

    /// Architecture and weights from a file that [`Module::save`] wrote: the layers need not be written down again, only what
    /// goes in and what comes out. [`Network::open`] needs not even that.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("mlp.safetensors");
    /// sequential!(Input([4]).dense(8).relu().dense(3)).save(&path)?;
    ///
    /// let model: Sequential<Rank1<4>, Rank1<3>> = Sequential::open(&path)?;
    /// assert_eq!(format!("{model:?}"), "sequential!(Input([4]).dense(8).relu().dense(3))");
    /// assert_eq!(model.predict(&Tensor::<Rank2<5, 4>>::ones()).len(), 5);
    /// # Ok::<(), ferrolab::io::safetensors::FileError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Network::open`], and [`FileError::Architecture`] if the file's model takes or makes another shape.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let (input, output) = (&In::DIMS[..In::RANK], &Out::DIMS[..Out::RANK]);
        let network = open(path.as_ref(), input, output)?;
        Ok(Sequential { network, shapes: PhantomData })
    }

    /// Writes the model, for inference, to an ONNX file: what ONNX Runtime, OpenVINO, TensorRT, browsers and phones run. See
    /// [`Network::to_onnx`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cnn.onnx");
    /// let model = sequential!(Input([3, 32, 32]).conv2d(8, 3).relu().max_pool2d(2).flatten().dense(10));
    /// model.export_onnx(&path)?;
    /// # Ok::<(), ferrolab::io::safetensors::FileError>(())
    /// ```
    ///
    /// In Python, with `pip install onnxruntime`:
    ///
    /// ```text
    /// session = onnxruntime.InferenceSession("cnn.onnx")
    /// (scores,) = session.run(None, {"input": images})  # float32, [batch, 3, 32, 32]
    /// ```
    ///
    /// # Errors
    /// [`FileError::Write`] if the folder is missing, read-only or full.
    pub fn export_onnx(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        self.network.export_onnx(path)
    }

    /// The network without types: for tools that take any architecture.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// A table of the layers: output shapes and parameter counts.
    pub fn summary(&self) -> Summary {
        self.network.summary()
    }

    /// A picture of the layers: what a cell that ends in `model.draw()` shows.
    pub fn draw(&self) -> Drawing {
        self.network.draw()
    }
}

/// The network in a file, if it is one from such inputs to such outputs.
fn open(path: &Path, input: &[usize], output: &[usize]) -> Result<Network, FileError> {
    let network = Network::open(path)?;
    if (network.input(), network.output()) == (input, output) {
        return Ok(network);
    }
    let problem = format!(
        "not one from {input:?} to {output:?}: its `{}` is from {:?} to {:?}",
        network.code(),
        network.input(),
        network.output()
    );
    Err(FileError::Architecture { path: path.into(), problem })
}

/// A stack that ends in `C` scores is a classifier.
impl<In: Shape, const C: usize> Sequential<In, Rank1<C>> {
    /// The class of the highest score for each input of a batch.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([4]).dense(3));
    /// let classes: Vec<usize> = model.predict(&Tensor::<Rank2<5, 4>>::ones());
    /// assert_eq!(classes.len(), 5);
    /// ```
    #[track_caller]
    pub fn predict<N: Dim>(&self, x: &Tensor<<In as Batch<N>>::Of>) -> Vec<usize>
    where
        In: Batch<N>,
    {
        self.network.predict(x.raw())
    }

    /// The probability of each class for each input of a batch: the softmax of the scores.
    #[track_caller]
    pub fn probabilities<N: Dim>(
        &self,
        x: &Tensor<<In as Batch<N>>::Of>,
    ) -> Tensor<(N, crate::shape::Const<C>)>
    where
        In: Batch<N>,
    {
        Tensor::from_raw(self.network.probabilities(x.raw()))
    }
}

impl<In: Shape, Out: Shape> Module for Sequential<In, Out> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        self.network.visit(visitor);
    }

    /// Writes architecture and weights to a safetensors file, which PyTorch reads too.
    fn save_as(&self, path: impl AsRef<Path>, storage: Storage) -> Result<(), FileError> {
        self.network.save_as(path, storage)
    }

    /// Reads the weights from a file of the same architecture, ours or PyTorch's.
    fn load(&mut self, path: impl AsRef<Path>) -> Result<(), FileError> {
        self.network.load(path)
    }
}

/// The code that made it: `sequential!(Input([4]).dense(3))`.
impl<In: Shape, Out: Shape> std::fmt::Debug for Sequential<In, Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sequential!({})", self.network.code())
    }
}

/// As the last expression of a cell: the table of layers.
impl<In: Shape, Out: Shape> Show for Sequential<In, Out> {
    fn bundle(&self) -> MimeBundle {
        self.summary().bundle()
    }
}

/// A network of layers one after another. Every size is worked out from the shape of one input, and a mistake is an
/// error while compiling, in the place where it was made.
///
/// ```
/// use ferrolab::prelude::*;
///
/// let model = sequential!(Input([3, 32, 32])
///     .conv2d(32, 3).relu()
///     .max_pool2d(2)
///     .flatten()
///     .dropout(0.25)
///     .dense(10));
///
/// let x = Tensor::<Rank4<2, 3, 32, 32>>::zeros();
/// let scores: Tensor<Rank2<2, 10>> = model.forward(&x);
/// println!("{}", model.summary());
/// ```
///
/// The words are the methods of [`Plan`](crate::nn::Plan). Sizes are literals or constants; a layer whose size only the
/// running program knows belongs in a struct with `#[derive(Module)]`.
#[macro_export]
macro_rules! sequential {
    () => {
        ::core::compile_error!("sequential! describes a network, for example `sequential!(Input([4]).dense(3))`")
    };
    ($($plan:tt)*) => {{
        // Twice, see `nn/plan.rs`: here a mistake panics, below it does not.
        const _: () = {
            #[allow(unused_imports)]
            use $crate::nn::plan::strict::Input;
            let plan: $crate::nn::Plan = $($plan)*;
            let _ = plan.finished();
        };
        const __PLAN: $crate::nn::Plan = {
            #[allow(unused_imports)]
            use $crate::nn::plan::lenient::Input;
            $($plan)*
        };
        $crate::nn::Sequential::<
            $crate::nn::sequential::ShapeOf<
                { __PLAN.input().rank() },
                { __PLAN.input().get(0) },
                { __PLAN.input().get(1) },
                { __PLAN.input().get(2) },
                { __PLAN.input().get(3) },
            >,
            $crate::nn::sequential::ShapeOf<
                { __PLAN.output().rank() },
                { __PLAN.output().get(0) },
                { __PLAN.output().get(1) },
                { __PLAN.output().get(2) },
                { __PLAN.output().get(3) },
            >,
        >::from_plan(&__PLAN)
    }};
}

/// The shape type of the given rank and sizes: how the numbers of a plan become a type.
#[doc(hidden)]
pub type ShapeOf<const RANK: usize, const A: usize, const B: usize, const C: usize, const D: usize> =
    <Rank<RANK> as OfSizes<A, B, C, D>>::Shape;

#[doc(hidden)]
pub struct Rank<const RANK: usize>;

#[doc(hidden)]
pub trait OfSizes<const A: usize, const B: usize, const C: usize, const D: usize> {
    type Shape: Shape;
}

impl<const A: usize, const B: usize, const C: usize, const D: usize> OfSizes<A, B, C, D> for Rank<1> {
    type Shape = Rank1<A>;
}
impl<const A: usize, const B: usize, const C: usize, const D: usize> OfSizes<A, B, C, D> for Rank<2> {
    type Shape = Rank2<A, B>;
}
impl<const A: usize, const B: usize, const C: usize, const D: usize> OfSizes<A, B, C, D> for Rank<3> {
    type Shape = Rank3<A, B, C>;
}
impl<const A: usize, const B: usize, const C: usize, const D: usize> OfSizes<A, B, C, D> for Rank<4> {
    type Shape = Rank4<A, B, C, D>;
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_file_is_opened_by_the_shapes_of_its_model_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let model = sequential!(Input([6, 4]).multi_head_attention(2).mean_over_time().dense(3));
        model.save(&path).unwrap();
        let opened = Sequential::<Rank2<6, 4>, Rank1<3>>::open(&path).unwrap();
        let x = Tensor::<Rank3<2, 6, 4>>::uniform(-1.0, 1.0);
        assert_eq!(opened.forward(&x).to_vec(), model.forward(&x).to_vec());

        let error = Sequential::<Rank2<6, 4>, Rank1<5>>::open(&path).err().unwrap().to_string();
        assert_eq!(
            error.replace(&path.display().to_string(), "F"),
            "`F` does not describe a model: not one from [6, 4] to [5]: its `Input([6, \
             4]).multi_head_attention(2).mean_over_time().dense(3)` is from [6, 4] to [3]"
        );
    }
}
