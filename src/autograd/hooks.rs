//! What a tensor was asked to do when its gradient is there: to keep it, and to show it to hooks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, Weak};

use crate::array::Array;
use crate::raw::{Node, Raw};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Sees a gradient and may give another one to go on with.
type Hook = Arc<dyn Fn(&Raw) -> Option<Raw> + Send + Sync>;

/// The wishes of one tensor. Only tensors that have some hold one: the others pay a pointer.
#[derive(Default)]
pub(crate) struct Watch {
    retained: AtomicBool,
    hooks: RwLock<Vec<(u64, Hook)>>,
}

impl Watch {
    pub(super) fn is_retained(&self) -> bool {
        self.retained.load(Ordering::Relaxed)
    }

    /// Shows the gradient to every hook in their order, and puts what they give back in its place.
    #[track_caller]
    pub(super) fn call_hooks(&self, gradient: &mut Array) {
        // The list is not locked while a hook runs, so that it may remove itself.
        let hooks: Vec<Hook> = self.read().iter().map(|(_, hook)| hook.clone()).collect();
        for hook in hooks {
            let Some(other) = hook(&Raw::gradient(gradient.clone())) else { continue };
            assert!(
                other.sizes() == gradient.sizes(),
                "a hook must give a gradient of the tensor's shape, {:?}, got {:?}",
                gradient.sizes(),
                other.sizes()
            );
            *gradient = other.array();
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<(u64, Hook)>> {
        self.hooks.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<(u64, Hook)>> {
        self.hooks.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Takes a hook away again; dropped, it leaves the hook where it is. From [`Tensor::register_hook`].
#[derive(Clone, Debug)]
pub struct HookHandle {
    tensor: Weak<Node>,
    number: u64,
}

impl HookHandle {
    /// The hook is not called any more. Does nothing if the tensor is gone.
    pub fn remove(self) {
        if let Some(watch) = self.tensor.upgrade().as_deref().and_then(Node::watch) {
            watch.write().retain(|(number, _)| *number != self.number);
        }
    }
}

impl<S: Shape> Tensor<S> {
    /// Lets backward passes keep the gradient of this tensor, though it was computed on the way; PyTorch's word. Gives the
    /// same tensor, so that it fits into a chain.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<2>>::from([1.0, 2.0]).requires_grad();
    /// let y = (&x * 3.0).retain_grad();
    /// let gradients = (&y * &y).sum().backward();
    /// assert_eq!(gradients.of(&y).to_vec(), [6.0, 12.0]); // 2 y
    /// assert_eq!(gradients.of(&x).to_vec(), [18.0, 36.0]);
    /// ```
    ///
    /// ***Panics*** if no gradients flow to this tensor.
    #[inline]
    #[track_caller]
    pub fn retain_grad(&self) -> Self {
        self.raw().retain_grad();
        self.clone()
    }

    /// Calls `hook` with the gradient of this tensor in every backward pass, once it is complete. What the hook gives goes
    /// on in its place; `None` leaves it as it is. Several hooks are called in their order, each with what the one before
    /// gave. [`Gradients`](crate::Gradients) hold the last.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let w = Tensor::<Rank1<2>>::from([1.0, 2.0]).requires_grad();
    /// let hook = w.register_hook(|gradient| Some(gradient.clamp(-1.0, 1.0)));
    /// assert_eq!((&w * 5.0).sum().backward().of(&w).to_vec(), [1.0, 1.0]);
    /// hook.remove();
    /// assert_eq!((&w * 5.0).sum().backward().of(&w).to_vec(), [5.0, 5.0]);
    /// ```
    ///
    /// The tensor keeps the hook as long as it lives: a hook must not hold the tensor itself, or both live forever.
    ///
    /// ***Panics*** if no gradients flow to this tensor; the backward pass does if the hook gives another shape.
    #[inline]
    #[track_caller]
    pub fn register_hook(
        &self,
        hook: impl Fn(&Tensor<S>) -> Option<Tensor<S>> + Send + Sync + 'static,
    ) -> HookHandle {
        self.raw().register_hook(move |gradient| {
            hook(&Tensor::from_raw(gradient.clone())).map(|other| other.raw().clone())
        })
    }
}

impl Raw {
    /// [`Tensor::retain_grad`].
    #[track_caller]
    pub fn retain_grad(&self) {
        self.must_be_tracked("retain_grad");
        self.watch_or_new().retained.store(true, Ordering::Relaxed);
    }

    /// [`Tensor::register_hook`].
    #[track_caller]
    pub fn register_hook(&self, hook: impl Fn(&Raw) -> Option<Raw> + Send + Sync + 'static) -> HookHandle {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        self.must_be_tracked("register_hook");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        self.watch_or_new().write().push((number, Arc::new(hook)));
        HookHandle { tensor: self.downgrade(), number }
    }

    #[track_caller]
    fn must_be_tracked(&self, method: &str) {
        assert!(
            self.is_tracked(),
            "{method}: no gradient flows to this tensor of shape {:?}: make it from something that \
             `.requires_grad()`, outside `no_grad`",
            self.sizes()
        );
    }
}

#[cfg(test)]
mod tests;
