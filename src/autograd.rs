//! Reverse-mode differentiation: the walk back through the graph, [`Gradients`], [`no_grad`], the numeric gradient check.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use crate::array::Array;
use crate::cpu::elementwise;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// From the gradient of a result, and which parents want one, the gradient of each parent.
pub(crate) type Backward = Box<dyn Fn(&Array, &[bool]) -> Vec<Option<Array>> + Send + Sync>;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// Whether operations of this thread record how to differentiate them.
pub fn is_enabled() -> bool {
    ENABLED.get()
}

/// Runs `body` without recording a graph: faster, and no memory is kept for a backward pass.
///
/// ```
/// use ferrolab::prelude::*;
/// let w = Tensor::<Rank1<2>>::ones().requires_grad();
/// let y = no_grad(|| w.sum());
/// assert!(!y.is_tracked());
/// ```
pub fn no_grad<T>(body: impl FnOnce() -> T) -> T {
    /// Puts the switch back even when `body` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            ENABLED.set(self.0);
        }
    }
    let _restore = Restore(ENABLED.replace(false));
    body()
}

/// The gradients that a backward pass computed, by tensor.
pub struct Gradients(HashMap<usize, (Raw, Array)>);

impl Gradients {
    /// The gradient with respect to `tensor`, in its shape; zero if the result does not depend on it.
    ///
    /// ***Panics*** if no gradients flow to `tensor`: mark it with `.requires_grad()` before the forward pass.
    #[track_caller]
    pub fn of<S: Shape>(&self, tensor: &Tensor<S>) -> Tensor<S> {
        Tensor::from_raw(Raw::new(self.of_raw(tensor.raw())))
    }

    /// [`Gradients::of`] for a tensor of run-time shape.
    #[track_caller]
    pub fn of_raw(&self, tensor: &Raw) -> Array {
        assert!(
            tensor.is_tracked(),
            "no gradient was kept for this tensor of shape {:?}: call `.requires_grad()` on it before the forward pass",
            tensor.sizes()
        );
        assert!(
            tensor.origin().is_none(),
            "gradients are kept for parameters and inputs, not for what was computed on the way (`{}`): \
             call `.requires_grad()` on its values and go on from there",
            tensor.origin().map_or("", |origin| origin.name)
        );
        self.get(tensor).cloned().unwrap_or_else(|| Array::full(&tensor.sizes(), 0.0))
    }

    /// The gradient with respect to `tensor`, if the result depends on it.
    pub fn get(&self, tensor: &Raw) -> Option<&Array> {
        self.0.get(&tensor.id()).map(|(_, gradient)| gradient)
    }

    /// [`Gradients::get`], to be changed.
    pub(crate) fn get_mut(&mut self, tensor: &Raw) -> Option<&mut Array> {
        self.0.get_mut(&tensor.id()).map(|(_, gradient)| gradient)
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
        for (tensor, part) in other.0.into_values() {
            add(&mut self.0, &tensor, part);
        }
    }

    /// Multiplies all gradients by a number.
    pub fn scale(&mut self, factor: f32) {
        for (_, gradient) in self.0.values_mut() {
            *gradient = elementwise::map(gradient, |g| g * factor);
        }
    }
}

/// The gradients of a scalar with respect to every tracked tensor that it was computed from.
///
/// ***Panics*** if `result` has more than one value or nothing it was made from is tracked.
#[track_caller]
pub fn backward(result: &Raw) -> Gradients {
    assert!(result.len() == 1, "backward needs a scalar such as a loss, got shape {:?}", result.sizes());
    assert!(
        result.is_tracked(),
        "backward: nothing to differentiate: no tensor that this result was made from `.requires_grad()`"
    );
    let mut gradients: HashMap<usize, (Raw, Array)> = HashMap::new();
    gradients.insert(result.id(), (result.clone(), Array::full(&result.sizes(), 1.0)));
    for tensor in topological_order(result).into_iter().rev() {
        let Some(origin) = tensor.origin() else { continue };
        // What lies between is not kept: only leaves are asked for, and the memory is reused.
        let Some((_, gradient)) = gradients.remove(&tensor.id()) else { continue };
        let wanted: Vec<bool> = origin.parents.iter().map(Raw::is_tracked).collect();
        let parts = (origin.backward)(&gradient, &wanted);
        debug_assert_eq!(parts.len(), origin.parents.len(), "{} returns one gradient a parent", origin.name);
        for (parent, part) in origin.parents.iter().zip(parts) {
            if let (true, Some(part)) = (parent.is_tracked(), part) {
                debug_assert_eq!(
                    part.sizes(),
                    parent.sizes(),
                    "{}: gradient of the parent's shape",
                    origin.name
                );
                add(&mut gradients, parent, part);
            }
        }
    }
    // Optimisers walk over values and gradients side by side: both are row-major.
    for (_, gradient) in gradients.values_mut() {
        *gradient = gradient.row_major();
    }
    Gradients(gradients)
}

fn add(gradients: &mut HashMap<usize, (Raw, Array)>, tensor: &Raw, part: Array) {
    match gradients.get_mut(&tensor.id()) {
        Some((_, sum)) => elementwise::add_into(sum, &part),
        None => {
            gradients.insert(tensor.id(), (tensor.clone(), part));
        }
    }
}

/// Every tracked tensor below `result`, parents before children. Iterative: graphs of recurrent networks are deep.
fn topological_order(result: &Raw) -> Vec<Raw> {
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    let mut stack = vec![(result.clone(), false)];
    while let Some((tensor, parents_done)) = stack.pop() {
        if parents_done {
            order.push(tensor);
        } else if tensor.is_tracked() && seen.insert(tensor.id()) {
            let parents = tensor.origin().map(|origin| origin.parents.clone()).unwrap_or_default();
            stack.push((tensor, true));
            stack.extend(parents.into_iter().map(|parent| (parent, false)));
        }
    }
    order
}

/// Compares the gradients of `f` with central differences, for every value of every input.
///
/// The outputs of `f` are weighted by fixed, uneven numbers before they are summed, so that a gradient that is only
/// right on average is found out. `f` must be smooth near the inputs: keep them away from the kinks of `relu` or `max`.
///
/// ***Panics*** with the input, the position and both numbers where they differ by more than `1e-2` relatively.
#[track_caller]
pub fn check_gradient(inputs: &[Array], f: impl Fn(&[Raw]) -> Raw) {
    const STEP: f32 = 1e-2;
    let weights =
        |len: usize| -> Vec<f32> { (0..len).map(|i| ((i * 7919 + 13) % 17) as f32 / 8.0 - 0.9).collect() };
    let weighted = |outputs: &Raw| -> Raw {
        let weights = Raw::new(Array::from_vec(&outputs.sizes(), weights(outputs.len())));
        crate::ops::sum(&crate::ops::mul(outputs, &weights))
    };
    let tracked: Vec<Raw> = inputs.iter().map(|input| Raw::new(input.clone()).requires_grad()).collect();
    let gradients = backward(&weighted(&f(&tracked)));
    let value_at = |which: usize, position: usize, delta: f32| -> f64 {
        let moved: Vec<Raw> = inputs.iter().map(|input| Raw::new(input.row_major())).collect();
        moved[which].update(|values| values[position] += delta);
        let outputs = no_grad(|| f(&moved));
        outputs.to_vec().iter().zip(weights(outputs.len())).map(|(&y, w)| f64::from(y) * f64::from(w)).sum()
    };
    for (which, input) in tracked.iter().enumerate() {
        for (position, &analytic) in gradients.of_raw(input).to_vec().iter().enumerate() {
            let difference = value_at(which, position, STEP) - value_at(which, position, -STEP);
            let numeric = (difference / (2.0 * f64::from(STEP))) as f32;
            assert!(
                (numeric - analytic).abs() <= 1e-2 * (1.0 + numeric.abs()),
                "input {which}, value {position}: numeric gradient {numeric}, analytic {analytic}"
            );
        }
    }
}

#[cfg(test)]
mod tests;
