//! [`Memory`]: what an optimiser remembers of each parameter, and how that is kept in a checkpoint.

use std::collections::{BTreeMap, HashMap};

use super::Rule;
use super::blocks::for_blocks;
use crate::array::{Array, Layout};
use crate::autograd::Gradients;
use crate::compute;
use crate::cuda::{self, Gpu, Rows, Table};
use crate::nn::Module;
use crate::raw::Raw;

/// What an optimiser remembers of one parameter, as it lies in a checkpoint.
///
/// ```
/// use ferrolab::prelude::*;
/// let (model, mut optimizer) = (Linear::<2, 1>::default(), Sgd::new(0.1).momentum(0.9));
/// optimizer.step(&model, &model.forward(&Tensor::<Rank2<1, 2>>::ones()).sum().backward());
/// let remembered = optimizer.state();
/// assert!(remembered.iter().any(|one| one.parameter == "weight" && one.steps == 1));
/// let mut other = Sgd::new(0.1).momentum(0.9);
/// other.restore(&model, &remembered)?; // goes on as the first would
/// # Ok::<(), ferrolab::optim::StateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The parameter's name: `0.weight`.
    pub parameter: String,
    /// How many steps it has made.
    pub steps: u32,
    /// Tensors of the parameter's shape: velocities, running means.
    pub slots: Vec<Array>,
}

/// Why an optimiser cannot go on from a state.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateError {
    /// A parameter that the model lacks.
    #[error(
        "the state remembers a parameter `{0}`, which the model lacks: it belongs to another architecture"
    )]
    Unexpected(String),
    /// A parameter of another shape.
    #[error("the state remembers `{parameter}` in shape {found:?}, the model has it in {expected:?}")]
    Shape {
        /// Its name.
        parameter: String,
        /// Its shape in the model.
        expected: Vec<usize>,
        /// Its shape in the state.
        found: Vec<usize>,
    },
    /// As many tensors as another kind of optimiser keeps.
    #[error(
        "the state holds {found} tensors for `{parameter}`, expected {expected}: it belongs to another kind of optimiser"
    )]
    Slots {
        /// The parameter that they belong to.
        parameter: String,
        /// How many this kind of optimiser keeps.
        expected: usize,
        /// How many the state holds.
        found: usize,
    },
}

/// What an optimiser remembers of each parameter, by its name: `N` tensors of its shape. They lie where the last step was
/// made, there or on a GPU.
///
/// The parameter itself is kept beside it: a name that has come to mean another tensor, such as that of a model made
/// anew in the next cell, starts with a fresh memory.
pub(super) struct Memory<const N: usize> {
    entries: HashMap<String, Entry<N>>,
    /// What each value is before the first step.
    initial: f32,
    /// The tables of a GPU's kernels.
    tables: Vec<Table>,
}

struct Entry<const N: usize> {
    parameter: Raw,
    steps: u32,
    slots: [Array; N],
}

impl<const N: usize> Default for Memory<N> {
    fn default() -> Self {
        Memory::starting_at(0.0)
    }
}

impl<const N: usize> Memory<N> {
    /// A memory whose values start at something other than zero.
    pub(super) fn starting_at(initial: f32) -> Self {
        Memory { entries: HashMap::new(), initial, tables: Vec::new() }
    }

    /// Moves every parameter that has a gradient by a rule.
    pub(super) fn step<const NUMBERS: usize>(
        &mut self,
        model: &dyn Module,
        gradients: &Gradients,
        rule: &impl Rule<N, NUMBERS>,
    ) {
        crate::nn::warn_of_unsaid(gradients);
        if let Some(gpu) = cuda::active() {
            return self.step_on_gpu(gpu, model, gradients, rule);
        }
        for (name, parameter) in model.parameters() {
            let Some(gradient) = gradients.get(&parameter) else { continue };
            let (entry, gradient) = (self.entry(name, &parameter), gradient.row_major());
            entry.steps += 1;
            let numbers = rule.numbers(entry.steps as i32);
            let slots = entry.slots.each_mut().map(Array::values_mut);
            parameter.update(|values| for_blocks(rule, numbers, values, slots, gradient.values()));
        }
    }

    /// Parameters go together by the number of their step and by how often the model has named them before: mostly that is
    /// all of them.
    fn step_on_gpu<const NUMBERS: usize>(
        &mut self,
        gpu: &'static Gpu,
        model: &dyn Module,
        gradients: &Gradients,
        rule: &impl Rule<N, NUMBERS>,
    ) {
        let (mut together, mut named) = (BTreeMap::<_, Vec<_>>::new(), HashMap::new());
        for (name, parameter) in model.parameters() {
            let Some(gradient) = gradients.get(&parameter) else { continue };
            let entry = self.entry(name.clone(), &parameter);
            entry.steps += 1;
            let times: &mut u32 = named.entry(parameter.id()).or_default();
            *times += 1;
            let those = together.entry((*times, entry.steps)).or_default();
            those.push((name, parameter, gradient.row_major()));
        }
        let to_change = |array: &mut Array| array.memory_mut(gpu);
        self.tables.resize_with(together.len(), Table::default);
        for (((_, steps), those), table) in together.into_iter().zip(&mut self.tables) {
            let mut rows = Rows::default();
            for (name, parameter, gradient) in those {
                let entry = self.entries.get_mut(&name).expect("made above");
                let slots = entry.slots.iter_mut().map(to_change);
                rows.push([parameter.change(to_change), gradient.memory(gpu)].into_iter().chain(slots));
            }
            gpu.optimise(rule.kernel(), rule.numbers(steps as i32), rows, table);
        }
    }

    /// What is remembered of a parameter; nothing yet if its name meant another tensor.
    fn entry(&mut self, name: String, parameter: &Raw) -> &mut Entry<N> {
        let fresh = || {
            let slot =
                || compute::filled(&parameter.sizes(), Layout::RowMajor, &Array::full(&[], self.initial));
            Entry { parameter: parameter.clone(), steps: 0, slots: std::array::from_fn(|_| slot()) }
        };
        let entry = self.entries.entry(name).or_insert_with(fresh);
        if entry.parameter.id() != parameter.id() {
            *entry = fresh();
        }
        entry
    }

    /// Everything, in the order of the names.
    pub(super) fn state(&self) -> Vec<Remembered> {
        let entries = self.entries.iter().map(|(name, entry)| Remembered {
            parameter: name.clone(),
            steps: entry.steps,
            slots: entry.slots.to_vec(),
        });
        let mut all: Vec<Remembered> = entries.collect();
        all.sort_by(|a, b| a.parameter.cmp(&b.parameter));
        all
    }

    /// Goes on from a state for the parameters of `model`; nothing changes if it does not fit.
    pub(super) fn restore(&mut self, model: &dyn Module, state: &[Remembered]) -> Result<(), StateError> {
        let parameters: HashMap<String, Raw> = model.parameters().into_iter().collect();
        let mut entries = HashMap::new();
        for Remembered { parameter: name, steps, slots } in state {
            let parameter = parameters.get(name).ok_or_else(|| StateError::Unexpected(name.clone()))?;
            if let Some(slot) = slots.iter().find(|slot| slot.sizes() != parameter.sizes()) {
                let (expected, found) = (parameter.sizes(), slot.sizes().to_vec());
                return Err(StateError::Shape { parameter: name.clone(), expected, found });
            }
            let found = slots.len();
            let slots: Vec<Array> = slots.iter().map(Array::row_major).collect();
            let slots = <[Array; N]>::try_from(slots).map_err(|_| StateError::Slots {
                parameter: name.clone(),
                expected: N,
                found,
            })?;
            entries.insert(name.clone(), Entry { parameter: parameter.clone(), steps: *steps, slots });
        }
        self.entries = entries;
        Ok(())
    }
}
