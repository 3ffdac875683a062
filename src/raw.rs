//! [`Raw`]: the dynamic tensor that the typed shell forwards to: an [`Array`] and its place in the graph of operations.

use std::sync::{Arc, RwLock, RwLockReadGuard};

use crate::array::{Array, Layout};
use crate::autograd::{self, Backward};

/// A tensor whose shape only the running program knows. Cloning gives another handle to the same tensor.
#[derive(Clone)]
pub struct Raw(Arc<Node>);

struct Node {
    array: RwLock<Array>,
    /// Gradients flow to this tensor: it was marked with [`Raw::requires_grad`] or made from one that was.
    tracked: bool,
    /// How this tensor was made, when gradients flow through it.
    origin: Option<Origin>,
}

/// The operation that made a tensor.
pub(crate) struct Origin {
    pub(crate) name: &'static str,
    pub(crate) parents: Vec<Raw>,
    pub(crate) backward: Backward,
}

impl Raw {
    /// A tensor that gradients do not flow to.
    pub fn new(array: Array) -> Raw {
        Raw(Arc::new(Node { array: RwLock::new(array), tracked: false, origin: None }))
    }

    /// A new tensor of the same values that gradients flow to: a parameter, or an input to be explained. Its values are
    /// row-major, and so is its gradient.
    pub fn requires_grad(&self) -> Raw {
        Raw(Arc::new(Node { array: RwLock::new(self.array().row_major()), tracked: true, origin: None }))
    }

    /// The same values, cut off from the graph.
    pub fn detach(&self) -> Raw {
        Raw::new(self.array())
    }

    /// The result of an operation. `backward` gets the gradient of the result and which parents want one, and returns
    /// one gradient a parent; it is kept only if some parent is tracked and gradients are not switched off.
    pub(crate) fn from_op<B>(name: &'static str, array: Array, parents: &[&Raw], backward: B) -> Raw
    where
        B: Fn(&Array, &[bool]) -> Vec<Option<Array>> + Send + Sync + 'static,
    {
        let tracked = autograd::is_enabled() && parents.iter().any(|parent| parent.is_tracked());
        let origin = tracked.then(|| Origin {
            name,
            parents: parents.iter().map(|&parent| parent.clone()).collect(),
            backward: Box::new(backward),
        });
        Raw(Arc::new(Node { array: RwLock::new(array), tracked, origin }))
    }

    /// The values now. Cheap: they are shared, and a later [`Raw::update`] does not change them.
    pub fn array(&self) -> Array {
        self.read().clone()
    }

    /// Replaces the values: how optimisers and `load` change parameters.
    ///
    /// ***Panics*** if the sizes differ.
    #[track_caller]
    pub fn set(&self, array: Array) {
        assert!(
            array.sizes() == self.sizes(),
            "a tensor of shape {:?} cannot take values of shape {:?}",
            self.sizes(),
            array.sizes()
        );
        *self.0.array.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = array.row_major();
    }

    /// Changes the values, in row-major order, in place; they are copied first if a graph still needs the old ones.
    pub fn update(&self, change: impl FnOnce(&mut [f32])) {
        let mut array = self.0.array.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if array.layout() != Layout::RowMajor {
            *array = array.row_major();
        }
        change(array.values_mut());
    }

    /// The sizes, `[N, C, H, W]` for pictures whatever the memory layout.
    pub fn sizes(&self) -> Vec<usize> {
        self.read().sizes().to_vec()
    }

    /// Whether the sizes are those given, [`crate::shape::DYN`] standing for any.
    pub(crate) fn has_sizes(&self, sizes: &[usize]) -> bool {
        crate::shape::fit(self.read().sizes(), sizes)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in row-major order.
    pub fn to_vec(&self) -> Vec<f32> {
        self.array().to_vec()
    }

    /// Whether gradients flow to this tensor.
    pub fn is_tracked(&self) -> bool {
        self.0.tracked
    }

    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// What tells two tensors apart, as long as both live.
    pub(crate) fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn read(&self) -> RwLockReadGuard<'_, Array> {
        self.0.array.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Node {
    /// Takes the graph apart with a list: the default, recursive drop would overflow the stack on a long graph.
    fn drop(&mut self) {
        let mut rest: Vec<Raw> = self.origin.take().map(|origin| origin.parents).unwrap_or_default();
        while let Some(Raw(mut node)) = rest.pop() {
            if let Some(node) = Arc::get_mut(&mut node)
                && let Some(origin) = node.origin.take()
            {
                rest.extend(origin.parents);
            }
        }
    }
}
