//! [`Network`]: a plan with parameters. What `Sequential` is underneath, and what a model file gives back.

use std::path::Path;

use crate::autograd::no_grad;
use crate::io::safetensors::{self, File, FileError, Storage};
use crate::nn::architecture;
use crate::nn::draw::Drawing;
use crate::nn::mode::evaluation;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Step};
use crate::nn::residual::Residual;
use crate::nn::summary::Summary;
use crate::ops;
use crate::raw::Raw;

/// The metadata entry of a model file that holds the plan.
pub(crate) const PLAN: &str = "ferrolab.plan";

/// Layers one after another, of a shape that only the running program knows.
///
/// ```
/// use ferrolab::nn::Network;
/// use ferrolab::prelude::*;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("mlp.safetensors");
/// sequential!(Input([4]).dense(8).relu().dense(3)).save(&path)?;
///
/// let network = Network::open(&path)?; // architecture and weights come from the file
/// assert_eq!(network.code(), "Input([4]).dense(8).relu().dense(3)");
/// # Ok::<(), ferrolab::io::safetensors::FileError>(())
/// ```
pub struct Network {
    input: Vec<usize>,
    layers: Vec<Layer>,
}

/// One layer with its parameters.
pub struct Layer {
    step: Step,
    names: Vec<&'static str>,
    /// Those that gradients flow to are learnt, the others are buffers.
    parameters: Vec<Raw>,
}

impl Network {
    /// A network of new, random parameters.
    pub fn from_plan(plan: &Plan) -> Network {
        let layers = plan.steps().map(|&step| {
            let (names, parameters) = (step.word.parameters)(&step).into_iter().unzip();
            Layer { step, names, parameters }
        });
        Network { input: plan.input().as_slice().to_vec(), layers: layers.collect() }
    }

    /// Architecture and weights from a file that [`Module::save`] or [`Module::save_as`] wrote.
    ///
    /// # Errors
    /// Those of [`Module::load`], and [`FileError::Architecture`] if the file holds weights only.
    pub fn open(path: impl AsRef<Path>) -> Result<Network, FileError> {
        let file = File::read(path)?;
        let problem = |problem| FileError::Architecture { path: file.path().into(), problem };
        let text = file.metadata(PLAN).ok_or_else(|| {
            problem(format!("it has no entry `{PLAN}`: load it into a `sequential!` of the same layers"))
        })?;
        let network = Network::from_plan(&architecture::read(text).map_err(problem)?);
        file.copy_into(&network.state())?;
        Ok(network)
    }

    /// From a batch of inputs, the batch dimension in front, to a batch of outputs.
    ///
    /// ***Panics*** if the inputs are not of the network's shape.
    #[track_caller]
    pub fn forward(&self, x: &Raw) -> Raw {
        self.forward_with(x, &mut |_, _| None)
    }

    /// ***Panics*** unless a batch of so much is one of the network's inputs.
    #[track_caller]
    pub(super) fn check_input(&self, sizes: &[usize]) {
        assert!(
            sizes.split_first().is_some_and(|(_, row)| row == self.input),
            "the network needs inputs of shape [batch, {}], got {sizes:?}",
            self.input.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
        );
    }

    /// Leads a value through the layers: `each` gets a layer with its position, what comes in, and of an `add` what its
    /// `skip` kept.
    pub(crate) fn walk<V: Clone>(
        &self,
        input: V,
        mut each: impl FnMut(usize, &Layer, &V, Option<&V>) -> V,
    ) -> V {
        // A plan has an `add` for each `skip`.
        let mut kept = Vec::new();
        self.layers.iter().enumerate().fold(input, |x, (position, layer)| match Residual::of(&layer.step) {
            Residual::Keep => {
                kept.push(x.clone());
                x
            }
            Residual::Add => each(position, layer, &x, kept.pop().as_ref()),
            Residual::Nothing => each(position, layer, &x, None),
        })
    }

    /// The position of the greatest output for each input of a batch: of a classifier, the class.
    #[track_caller]
    pub fn predict(&self, x: &Raw) -> Vec<usize> {
        ops::argmax_last(&no_grad(|| evaluation(|| self.forward(x))))
    }

    /// The softmax of the outputs for each input of a batch: of a classifier, the probability of each class.
    #[track_caller]
    pub fn probabilities(&self, x: &Raw) -> Raw {
        no_grad(|| evaluation(|| ops::softmax(&self.forward(x))))
    }

    /// The shape of one input.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The shape of one output.
    pub fn output(&self) -> &[usize] {
        self.layers.last().map_or(&self.input, Layer::output)
    }

    /// The layers in their order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The code that describes the network: `Input([4]).dense(3)`.
    pub fn code(&self) -> String {
        let layers: String = self.layers.iter().map(|layer| format!(".{}", layer.code())).collect();
        format!("Input({:?}){layers}", self.input)
    }

    /// A table of the layers: output shapes and parameter counts.
    pub fn summary(&self) -> Summary {
        Summary::new(self)
    }

    /// A picture of the layers.
    pub fn draw(&self) -> Drawing {
        Drawing::new(self)
    }
}

impl Layer {
    /// The shape of one output.
    pub fn output(&self) -> &[usize] {
        self.step.output.as_slice()
    }

    /// The code that adds it to a plan: `conv2d(32, 3)`.
    pub fn code(&self) -> String {
        (self.step.word.code)(&self.step)
    }

    /// From a batch of inputs, and of an `add` what its `skip` kept, to a batch of outputs.
    #[track_caller]
    pub(super) fn forward(&self, x: &Raw, kept: Option<&Raw>) -> Raw {
        match kept {
            Some(kept) => ops::add(x, kept),
            None => (self.step.word.forward)(&self.step, &self.parameters, x),
        }
    }

    /// The word and its numbers.
    pub(crate) fn step(&self) -> &Step {
        &self.step
    }

    /// The parameters and buffers in the word's order.
    pub(crate) fn parameters(&self) -> &[Raw] {
        &self.parameters
    }

    /// The names of [`Layer::parameters`].
    pub(crate) fn names(&self) -> &[&'static str] {
        &self.names
    }
}

impl Module for Layer {
    fn visit(&self, visitor: &mut dyn Visitor) {
        for (name, tensor) in self.names.iter().zip(&self.parameters) {
            if tensor.is_tracked() { visitor.parameter(name, tensor) } else { visitor.buffer(name, tensor) }
        }
    }
}

/// Parameters are named by the position of their layer, as in PyTorch's `Sequential`: `0.weight`, `0.bias`, `3.weight` …
impl Module for Network {
    fn visit(&self, visitor: &mut dyn Visitor) {
        self.layers.visit(visitor);
    }

    /// Writes architecture and weights to a safetensors file, which PyTorch reads too.
    fn save_as(&self, path: impl AsRef<Path>, storage: Storage) -> Result<(), FileError> {
        safetensors::save_as(path.as_ref(), &self.state(), &[(PLAN, architecture::write(self))], storage)
    }

    /// Reads the weights from a file of the same architecture, ours or PyTorch's.
    fn load(&mut self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let file = File::read(path)?;
        if let Some(text) = file.metadata(PLAN)
            && let Ok(plan) = architecture::read(text)
            && plan.to_string() != self.code()
        {
            let problem = format!("not this one: the file holds `{plan}`, the model is `{}`", self.code());
            return Err(FileError::Architecture { path: file.path().into(), problem });
        }
        file.copy_into(&self.state())
    }
}
