//! [`Memory`]: what an optimiser remembers of each parameter, and how that is kept in a checkpoint.

use std::collections::HashMap;

use crate::array::Array;
use crate::autograd::Gradients;
use crate::nn::Module;
use crate::raw::Raw;

/// What an optimiser remembers of one parameter, as it lies in a checkpoint.
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
    #[error(
        "the state remembers a parameter `{0}`, which the model lacks: it belongs to another architecture"
    )]
    Unexpected(String),
    #[error("the state remembers `{parameter}` in shape {found:?}, the model has it in {expected:?}")]
    Shape { parameter: String, expected: Vec<usize>, found: Vec<usize> },
    #[error(
        "the state holds {found} tensors for `{parameter}`, expected {expected}: it belongs to another kind of optimiser"
    )]
    Slots { parameter: String, expected: usize, found: usize },
}

/// What an optimiser remembers of each parameter, by its name: `N` tensors of its shape.
///
/// The parameter itself is kept beside it: a name that has come to mean another tensor, such as that of a model made
/// anew in the next cell, starts with a fresh memory.
pub(super) struct Memory<const N: usize> {
    entries: HashMap<String, Entry<N>>,
    /// What each value is before the first step.
    initial: f32,
}

struct Entry<const N: usize> {
    parameter: Raw,
    steps: u32,
    slots: [Vec<f32>; N],
}

impl<const N: usize> Default for Memory<N> {
    fn default() -> Self {
        Memory { entries: HashMap::new(), initial: 0.0 }
    }
}

/// A parameter at one step: the number of the step (from 1), its values, what is remembered of it, its gradient.
pub(super) struct Turn<'a, const N: usize> {
    pub(super) step: i32,
    pub(super) values: &'a mut [f32],
    pub(super) memory: [&'a mut [f32]; N],
    pub(super) gradient: &'a [f32],
}

impl<const N: usize> Memory<N> {
    /// A memory whose values start at something other than zero.
    pub(super) fn starting_at(initial: f32) -> Self {
        Memory { entries: HashMap::new(), initial }
    }

    /// Calls `change` with every parameter that has a gradient, all in one layout.
    pub(super) fn for_each(
        &mut self,
        model: &dyn Module,
        gradients: &Gradients,
        mut change: impl FnMut(Turn<'_, N>),
    ) {
        crate::nn::warn_of_unsaid(gradients);
        let initial = self.initial;
        for (name, parameter) in model.parameters() {
            let Some(gradient) = gradients.get(&parameter) else { continue };
            let gradient = gradient.in_layout(parameter.array().layout());
            let fresh = || Entry {
                parameter: parameter.clone(),
                steps: 0,
                slots: [(); N].map(|()| vec![initial; gradient.len()]),
            };
            let entry = self.entries.entry(name).or_insert_with(fresh);
            if entry.parameter.id() != parameter.id() {
                *entry = fresh();
            }
            entry.steps += 1;
            let (step, memory) = (entry.steps as i32, entry.slots.each_mut().map(Vec::as_mut_slice));
            parameter.update(|values| change(Turn { step, values, memory, gradient: gradient.values() }));
        }
    }

    /// Everything, in the order of the names.
    pub(super) fn state(&self) -> Vec<Remembered> {
        let entries = self.entries.iter().map(|(name, entry)| Remembered {
            parameter: name.clone(),
            steps: entry.steps,
            slots: entry
                .slots
                .iter()
                .map(|slot| Array::from_vec(&entry.parameter.sizes(), slot.clone()))
                .collect(),
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
            let slots: Vec<Vec<f32>> = slots.iter().map(Array::to_vec).collect();
            let slots = <[Vec<f32>; N]>::try_from(slots).map_err(|_| StateError::Slots {
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
