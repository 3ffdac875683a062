//! Reverse-mode differentiation: the walk back through the graph, [`no_grad`], the numeric gradient check.

mod gradients;
mod hooks;
mod table;

use std::cell::Cell;
use std::collections::HashSet;

use crate::array::Array;
use crate::raw::Raw;

pub(crate) use gradients::Finite;
pub use gradients::Gradients;
pub use hooks::HookHandle;
pub(crate) use hooks::Watch;
pub use table::GradientTable;

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

/// The gradients of a scalar with respect to every tracked tensor that it was computed from.
///
/// Nothing is used up by that: a second call walks through the same graph again and gives the same gradients. The graph goes
/// when the last tensor made from it does.
///
/// ***Panics*** if `result` has more than one value, if nothing it was made from is tracked, or if something it was made from
/// is a gradient: there are no derivatives of derivatives.
#[track_caller]
pub fn backward(result: &Raw) -> Gradients {
    assert!(result.len() == 1, "backward needs a scalar such as a loss, got shape {:?}", result.sizes());
    assert!(
        !result.is_of_gradients(),
        "backward: this was computed from gradients, and ferrolab does not differentiate those again. \
         To use them as plain numbers, `.detach()` them first"
    );
    assert!(
        result.is_tracked(),
        "backward: nothing to differentiate: no tensor that this result was made from `.requires_grad()`"
    );
    let mut gradients = Gradients::default();
    gradients.add_part(result, Array::full(&result.sizes(), 1.0));
    for tensor in topological_order(result).into_iter().rev() {
        // Everything that the tensor went into has been walked through: its gradient is complete.
        let watch = tensor.watch();
        if let (Some(watch), Some(gradient)) = (watch, gradients.get_mut(&tensor)) {
            watch.call_hooks(gradient);
        }
        let Some(origin) = tensor.origin() else { continue };
        // What lies between is kept only where that was asked for, and the memory is reused.
        let Some(gradient) = gradients.take(&tensor) else { continue };
        gradients.note_operation(origin.name);
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
                gradients.add_part(parent, part);
            }
        }
        if watch.is_some_and(Watch::is_retained) {
            gradients.add_part(&tensor, gradient);
        }
    }
    gradients.make_row_major();
    gradients
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
