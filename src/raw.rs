//! [`Raw`]: the dynamic tensor that the typed shell forwards to: an [`Array`] and its place in the graph of operations.

use std::fmt;
use std::sync::{Arc, OnceLock, RwLock, RwLockReadGuard, Weak};

use crate::amp;
use crate::array::{Array, Kept, Layout};
use crate::autograd::{self, Backward, Watch};
use crate::dtype::Stored;

/// A tensor whose shape only the running program knows. Cloning gives another handle to the same tensor.
///
/// ```
/// use ferrolab::Raw;
/// use ferrolab::array::Array;
/// let w = Raw::new(Array::from_vec(&[2], vec![1.0, 2.0])).requires_grad();
/// assert_eq!((w.sizes(), w.len(), w.is_empty(), w.is_tracked()), (vec![2], 2, false, true));
///
/// let before = w.array();
/// w.update(|values| values[0] = 5.0);
/// assert_eq!((before.to_vec(), w.to_vec()), (vec![1.0, 2.0], vec![5.0, 2.0]));
/// w.set(before);
/// assert_eq!(w.to_vec(), [1.0, 2.0]);
/// assert!(!w.detach().is_tracked());
/// ```
#[derive(Clone)]
pub struct Raw(Arc<Node>);

pub(crate) struct Node {
    array: RwLock<Kept>,
    /// Gradients flow to this tensor: it was marked with [`Raw::requires_grad`] or made from one that was.
    tracked: bool,
    /// It is a gradient or was made from one: no backward pass goes through it.
    of_gradients: bool,
    /// How this tensor was made, when gradients flow through it.
    origin: Option<Origin>,
    /// What shall happen with its gradient; empty for nearly all tensors.
    watch: OnceLock<Box<Watch>>,
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
        Raw::made(array.into(), false, false, None)
    }

    /// [`Raw::new`] for a gradient, which a backward pass will not go through again.
    pub(crate) fn gradient(array: Array) -> Raw {
        Raw::made(array.into(), false, true, None)
    }

    fn made(array: Kept, tracked: bool, of_gradients: bool, origin: Option<Origin>) -> Raw {
        let (array, watch) = (RwLock::new(array), OnceLock::new());
        Raw(Arc::new(Node { array, tracked, of_gradients, origin, watch }))
    }

    /// A new tensor of the same values that gradients flow to: a parameter, or an input to be explained. Its values are
    /// row-major, and so is its gradient.
    pub fn requires_grad(&self) -> Raw {
        Raw::made(self.array().row_major().into(), true, false, None)
    }

    /// The same values, cut off from the graph.
    pub fn detach(&self) -> Raw {
        Raw::made(self.kept(), false, false, None)
    }

    /// The result of an operation. `backward` gets the gradient of the result and which parents want one, and returns
    /// one gradient a parent; it is kept only if some parent is tracked and gradients are not switched off.
    pub(crate) fn from_op<B>(name: &'static str, array: impl Into<Kept>, parents: &[&Raw], backward: B) -> Raw
    where
        B: Fn(&Array, &[bool]) -> Vec<Option<Array>> + Send + Sync + 'static,
    {
        let recording = autograd::is_enabled();
        let tracked = recording && parents.iter().any(|parent| parent.is_tracked());
        let of_gradients = recording && parents.iter().any(|parent| parent.is_of_gradients());
        let origin = tracked.then(|| Origin {
            name,
            parents: parents.iter().map(|&parent| parent.clone()).collect(),
            backward: Box::new(backward),
        });
        Raw::made(array.into(), tracked, of_gradients, origin)
    }

    /// [`Raw::from_op`] for a matrix product of whatever kind: inside [`autocast`](amp::autocast), its result and its
    /// gradients are rounded and kept in 16 bits. The operation rounds its inputs itself: [`Kept::for_product`].
    pub(crate) fn from_product<B>(name: &'static str, array: Array, parents: &[&Raw], backward: B) -> Raw
    where
        B: Fn(&Array, &[bool]) -> Vec<Option<Array>> + Send + Sync + 'static,
    {
        let Some(precision) = amp::precision() else { return Raw::from_op(name, array, parents, backward) };
        Raw::from_op(name, Kept::half(&array, precision), parents, move |gradient, wanted| {
            let mut parts = backward(&precision.rounded(gradient.clone()), wanted);
            for part in parts.iter_mut() {
                *part = part.take().map(|part| precision.rounded(part));
            }
            parts
        })
    }

    /// The values now. Cheap: they are shared, and a later [`Raw::update`] does not change them. Only what was made inside
    /// [`autocast`](amp::autocast) is kept in 16 bits, and brought to 32 with each call.
    pub fn array(&self) -> Array {
        self.read().array()
    }

    /// The values as they are kept, shared.
    pub(crate) fn kept(&self) -> Kept {
        self.read().clone()
    }

    /// What an operation made of these tensors, kept in 16 bits if all of them are.
    pub(crate) fn kept_as(tensors: &[&Raw], result: Array) -> Kept {
        let mut precisions = tensors.iter().map(|tensor| tensor.read().precision());
        match precisions.next().flatten() {
            Some(precision) if precisions.all(|other| other == Some(precision)) => {
                Kept::half(&result, precision)
            }
            _ => result.into(),
        }
    }

    /// Replaces the values: how optimisers and `load` change parameters. A graph that was made before keeps the old ones.
    ///
    /// ***Panics*** if the sizes differ, or if a graph knows this tensor as the result of an operation.
    #[track_caller]
    pub fn set(&self, array: Array) {
        self.must_not_be_a_result("set");
        assert!(
            array.sizes() == self.sizes(),
            "a tensor of shape {:?} cannot take values of shape {:?}",
            self.sizes(),
            array.sizes()
        );
        *self.0.array.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = array.row_major().into();
    }

    /// Changes the values, in row-major order, in place; they are copied first if a graph still needs the old ones.
    ///
    /// ***Panics*** if a graph knows this tensor as the result of an operation: its values would no longer be what its
    /// gradient is computed for.
    #[track_caller]
    pub fn update(&self, change: impl FnOnce(&mut [f32])) {
        self.change(|array| change(array.values_mut()));
    }

    /// [`Raw::update`] wherever the values are; the array is row-major.
    #[track_caller]
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Array) -> T) -> T {
        self.must_not_be_a_result("update");
        let mut kept = self.0.array.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Kept::Half(_) = *kept {
            *kept = kept.array().into();
        }
        let Kept::Full(array) = &mut *kept else { unreachable!("brought to 32 bits") };
        if array.layout() != Layout::RowMajor {
            *array = array.row_major();
        }
        change(array)
    }

    #[track_caller]
    fn must_not_be_a_result(&self, method: &str) {
        if let Some(origin) = self.origin() {
            panic!(
                "{method}: this tensor of shape {:?} is the result of `{}` in a graph, and changing it would make its \
                 gradient wrong: compute a new tensor from it, or take a copy out of the graph by `.detach()`",
                self.sizes(),
                origin.name
            );
        }
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

    /// Whether there are no values.
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

    /// Whether this is a gradient, or was computed from one outside [`no_grad`](autograd::no_grad).
    pub(crate) fn is_of_gradients(&self) -> bool {
        self.0.of_gradients
    }

    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// What shall happen with its gradient, if anything.
    pub(crate) fn watch(&self) -> Option<&Watch> {
        self.0.watch()
    }

    pub(crate) fn watch_or_new(&self) -> &Watch {
        self.0.watch.get_or_init(Box::default)
    }

    /// A handle that does not keep the tensor alive.
    pub(crate) fn downgrade(&self) -> Weak<Node> {
        Arc::downgrade(&self.0)
    }

    /// What tells two tensors apart, as long as both live.
    pub(crate) fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn read(&self) -> RwLockReadGuard<'_, Kept> {
        self.0.array.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The values and the shape, as of a [`Tensor`](crate::Tensor).
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f)
    }
}

impl Node {
    pub(crate) fn watch(&self) -> Option<&Watch> {
        self.watch.get().map(Box::as_ref)
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
