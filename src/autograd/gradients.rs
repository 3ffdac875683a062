//! [`Gradients`]: what a backward pass found, by tensor.

use std::collections::HashMap;
use std::fmt;

use super::GradientTable;
use crate::array::Array;
use crate::compute;
use crate::nn::Module;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The gradients that a backward pass computed, by tensor.
///
/// They are kept for parameters and inputs, and for what [`Tensor::retain_grad`] was called on. As numbers of their own
/// they are constants: ferrolab does not differentiate them again.
///
/// ```
/// use ferrolab::prelude::*;
/// let (x, w) = (Tensor::from([3.0, 0.0]).requires_grad(), Tensor::from([4.0, 1.0]).requires_grad());
/// let gradients = (&x * &w).sum().backward();
/// assert_eq!((gradients.of(&x).to_vec(), gradients.of(&w).to_vec()), (vec![4.0, 1.0], vec![3.0, 0.0]));
/// println!("{gradients:?}"); // sizes and norms
/// ```
#[derive(Default)]
pub struct Gradients {
    found: HashMap<usize, Found>,
    /// A layer on the way whose mode nobody had said.
    unsaid: Option<&'static str>,
    /// Whether [`GradScaler`](crate::amp::GradScaler) has taken its factor out again, and what it found then.
    unscaled: Option<Finite>,
}

/// One gradient.
struct Found {
    /// Their order: that in which the tensors were first reached.
    place: usize,
    tensor: Raw,
    gradient: Array,
}

/// Whether all numbers are finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finite {
    Yes,
    No,
}

impl Gradients {
    /// The gradient with respect to `tensor`, in its shape; zero if the result does not depend on it.
    ///
    /// ***Panics*** if no gradient was kept for `tensor`: mark parameters and inputs with `.requires_grad()` before the
    /// forward pass, what is computed on the way with `.retain_grad()` before the backward pass.
    #[track_caller]
    pub fn of<S: Shape>(&self, tensor: &Tensor<S>) -> Tensor<S> {
        Tensor::from_raw(Raw::gradient(self.of_raw(tensor.raw())))
    }

    /// [`Gradients::of`] for a tensor of run-time shape.
    #[track_caller]
    pub fn of_raw(&self, tensor: &Raw) -> Array {
        assert!(
            tensor.is_tracked(),
            "no gradient was kept for this tensor of shape {:?}: call `.requires_grad()` on it before the forward pass",
            tensor.sizes()
        );
        match (self.get(tensor), tensor.origin()) {
            (Some(gradient), _) => gradient.clone(),
            (None, None) => Array::full(&tensor.sizes(), 0.0),
            (None, Some(origin)) => panic!(
                "no gradient was kept for this tensor of shape {:?}, which was computed on the way (by `{}`): call \
                 `.retain_grad()` on it before `backward()`, and go on from it to the loss",
                tensor.sizes(),
                origin.name
            ),
        }
    }

    /// The gradient with respect to `tensor`, if the result depends on it.
    pub fn get(&self, tensor: &Raw) -> Option<&Array> {
        self.found.get(&tensor.id()).map(|found| &found.gradient)
    }

    /// [`Gradients::get`], to be changed.
    pub(crate) fn get_mut(&mut self, tensor: &Raw) -> Option<&mut Array> {
        self.found.get_mut(&tensor.id()).map(|found| &mut found.gradient)
    }

    /// Adds the gradients of another batch: what two halves of a batch that does not fit into memory add up to.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let w = Tensor::<Rank1<1>>::from([3.0]).requires_grad();
    /// let mut gradients = (&w * 2.0).sum().backward();
    /// gradients.add((&w * 5.0).sum().backward());
    /// assert_eq!(gradients.of(&w).to_vec(), [7.0]);
    /// ```
    pub fn add(&mut self, other: Gradients) {
        self.unsaid = self.unsaid.or(other.unsaid);
        for Found { tensor, gradient, .. } in other.in_order() {
            self.add_part(&tensor, gradient);
        }
    }

    /// Multiplies all gradients by a number.
    pub fn scale(&mut self, factor: f32) {
        compute::scale(self.values_mut(), factor);
    }

    /// The Euclidean norm of the gradients of all parameters and inputs together: how steep the loss is. Too great or
    /// `NaN` where a training explodes; [`clip_grad_norm`](crate::optim::clip_grad_norm) shortens those of a model.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let (x, w) = (Tensor::<()>::from(3.0).requires_grad(), Tensor::<()>::from(4.0).requires_grad());
    /// assert_eq!((&x * &w).backward().norm(), 5.0);
    /// ```
    pub fn norm(&self) -> f32 {
        let leaves = self.found.values().filter(|found| found.tensor.origin().is_none());
        compute::squares(leaves.map(|found| &found.gradient)).sqrt() as f32
    }

    /// A table of the parameters of `model` by their names: sizes, and the norm of each gradient. It shows where gradients
    /// vanish or explode.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([4]).dense(8).relu().dense(3));
    /// let loss = cross_entropy(&model.forward(&Tensor::<Rank2<2, 4>>::ones()), &Labels::from([0, 2]));
    /// let table = loss.backward().table(&model);
    /// assert_eq!(table.rows[0].0, "0.weight");
    /// println!("{table}");
    /// ```
    pub fn table(&self, model: &dyn Module) -> GradientTable {
        let row = |(name, parameter): (String, Raw)| {
            let norm = self.get(&parameter).map(|gradient| compute::squares([gradient]).sqrt() as f32);
            (name, parameter.sizes(), norm)
        };
        GradientTable { rows: model.parameters().into_iter().map(row).collect() }
    }

    /// Adds to the gradient of `tensor`.
    pub(super) fn add_part(&mut self, tensor: &Raw, part: Array) {
        match self.get_mut(tensor) {
            Some(sum) => compute::add_into(sum, &part),
            None => {
                let place = self.found.len();
                self.found.insert(tensor.id(), Found { place, tensor: tensor.clone(), gradient: part });
            }
        }
    }

    /// Takes the gradient of `tensor` out.
    pub(super) fn take(&mut self, tensor: &Raw) -> Option<Array> {
        self.found.remove(&tensor.id()).map(|found| found.gradient)
    }

    /// Optimisers walk over values and gradients side by side: both are row-major, and there.
    pub(super) fn make_row_major(&mut self) {
        for found in self.found.values_mut() {
            found.gradient = found.gradient.row_major();
            found.gradient.make();
        }
    }

    /// Those of the parameters of a model, each once, in the order of the parameters.
    pub(crate) fn of_parameters(&mut self, parameters: &[(String, Raw)]) -> Vec<&mut Array> {
        let places: HashMap<usize, usize> = parameters
            .iter()
            .enumerate()
            .rev()
            .map(|(place, (_, parameter))| (parameter.id(), place))
            .collect();
        let mut those: Vec<_> = self
            .found
            .iter_mut()
            .filter_map(|(tensor, found)| Some((*places.get(tensor)?, &mut found.gradient)))
            .collect();
        those.sort_by_key(|&(place, _)| place);
        those.into_iter().map(|(_, gradient)| gradient).collect()
    }

    /// All of them, to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Array> {
        self.found.values_mut().map(|found| &mut found.gradient)
    }

    fn in_order(self) -> Vec<Found> {
        let mut all: Vec<Found> = self.found.into_values().collect();
        all.sort_by_key(|found| found.place);
        all
    }

    /// The walk has come through an operation of this name.
    pub(super) fn note_operation(&mut self, name: &'static str) {
        if crate::nn::UNSAID.contains(&name) {
            self.unsaid = Some(name);
        }
    }

    /// What a layer on the way did because nobody had said whether the model is training; see
    /// [`training`](crate::nn::training).
    pub(crate) fn unsaid(&self) -> Option<&'static str> {
        self.unsaid
    }

    pub(crate) fn unscaled(&self) -> Option<Finite> {
        self.unscaled
    }

    pub(crate) fn set_unscaled(&mut self, finite: Finite) {
        self.unscaled = Some(finite);
    }
}

/// A line for each tensor, in the order in which the backward pass reached them: sizes, norm, and the operation that made
/// it if it is not a parameter or an input. [`Gradients::table`] knows the names of a model's parameters.
impl fmt::Debug for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: Vec<&Found> = self.found.values().collect();
        all.sort_by_key(|found| found.place);
        write!(f, "Gradients of {} tensors, norm {}", all.len(), self.norm())?;
        for Found { tensor, gradient, .. } in all {
            write!(f, "\n  {:?}: norm {}", tensor.sizes(), compute::squares([gradient]).sqrt() as f32)?;
            if let Some(origin) = tensor.origin() {
                write!(f, " (retained, of `{}`)", origin.name)?;
            }
        }
        Ok(())
    }
}
