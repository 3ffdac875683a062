//! [`Source`]: examples of one's own to train on. [`TrainingData`]: all that can be trained on.

use std::any::Any;

use super::feed::{Content, Feed, Table};
use crate::raw::Raw;

/// Examples that can be taken in any order: what PyTorch calls a map-style data set. Implement it to train on data of one's
/// own that are no [`Dataset`](crate::Dataset) and no [`TensorDataset`](crate::TensorDataset): read from a data base,
/// computed, of several tensors.
///
/// ```
/// use ferrolab::data::Source;
/// use ferrolab::prelude::*;
///
/// /// Sums of two random numbers, never the same again.
/// struct Sums;
/// impl Source for Sums {
///     type Input = Tensor<(usize, Const<2>)>;
///     type Target = Tensor<(usize, Const<1>)>;
///
///     fn len(&self) -> usize {
///         256 // in one epoch
///     }
///     fn batch(&self, positions: &[usize]) -> (Self::Input, Self::Target) {
///         let x = ferrolab::random::uniform(&[positions.len(), 2], 0.0, 1.0).to_vec();
///         let y = x.chunks(2).map(|pair| pair[0] + pair[1]).collect();
///         (Tensor::from_vec(x), Tensor::from_vec(y))
///     }
/// }
///
/// manual_seed(1);
/// let mut model = sequential!(Input([2]).dense(1));
/// let history = Trainer::new(Adam::new(0.05))
///     .epochs(20)
///     .seed(1)
///     .fit_with(&mut model, &Sums, |model, x, y| mse(&model.forward(x), y));
/// assert!(history.loss[19] < 0.01 * history.loss[0]);
/// ```
///
/// A trainer makes the next batches on another thread while the model learns, so a source is [`Sync`] and what it gives
/// [`Send`]. Random numbers that `batch` draws from ferrolab's generator depend on the seed of the training, the epoch and the
/// batch only: they are the same with and without that thread, and after a training is resumed.
pub trait Source: Sync {
    /// What the model is given: a tensor, or anything else that the loss takes apart.
    type Input: Send + 'static;
    /// What it should make of it: a tensor, labels, `()` …
    type Target: Send + 'static;

    /// Number of examples in an epoch.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The examples at these positions, in this order.
    fn batch(&self, positions: &[usize]) -> (Self::Input, Self::Target);

    /// The order in which an epoch goes through the examples, made of a random one: a source whose examples are of different
    /// lengths puts those of the same length into the same batch. It must hold the same positions. It is the random one, unless
    /// it is said otherwise.
    fn arrange(&self, order: Vec<usize>, batch_size: usize) -> Vec<usize> {
        let _ = batch_size;
        order
    }

    /// Whether making a batch takes long enough to be worth a thread of its own. Yes, unless it is said otherwise.
    fn is_lazy(&self) -> bool {
        true
    }

    /// Changes the pictures `[N, C, H, W]` of an input by `change`: how [`Trainer::augment`](crate::Trainer::augment)
    /// reaches them. For an input that is a tensor: `Tensor::from_raw(change(input.raw()))`.
    ///
    /// ***Panics*** unless it is implemented.
    fn augment(input: Self::Input, change: &dyn Fn(&Raw) -> Raw) -> Self::Input {
        let _ = (input, change);
        panic!(
            "augment() does not know the pictures of this source: implement `Source::augment` for `{}`",
            std::any::type_name::<Self>()
        )
    }

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Feed<'_>
    where
        Self: Sized,
    {
        Feed::Table(Box::new(Own(self)))
    }

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (Self::Input, Self::Target) {
        match content {
            Content::Own(batch) => *opened(batch),
            _ => unreachable!("a source opens what it has made"),
        }
    }
}

/// All that a [`Trainer`](crate::Trainer) and a [`Loader`](super::Loader) take: every [`Source`], and streams.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to train on",
    label = "expected a `Dataset`, a `TensorDataset`, a stream or another `Source`"
)]
pub trait TrainingData: Sync {
    /// What the model is given.
    type Input;
    /// What it should make of it.
    type Target;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Feed<'_>;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (Self::Input, Self::Target);
}

#[diagnostic::do_not_recommend]
impl<S: Source> TrainingData for S {
    type Input = S::Input;
    type Target = S::Target;

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Feed<'_> {
        Source::feed(self)
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (S::Input, S::Target) {
        <S as Source>::open(content)
    }
}

/// Shared, so that a [`Loader`](super::Loader) can keep it.
impl<S: Source + Send> Source for std::sync::Arc<S> {
    type Input = S::Input;
    type Target = S::Target;

    fn len(&self) -> usize {
        (**self).len()
    }

    fn batch(&self, positions: &[usize]) -> (S::Input, S::Target) {
        (**self).batch(positions)
    }

    fn arrange(&self, order: Vec<usize>, batch_size: usize) -> Vec<usize> {
        (**self).arrange(order, batch_size)
    }

    fn is_lazy(&self) -> bool {
        (**self).is_lazy()
    }

    fn augment(input: S::Input, change: &dyn Fn(&Raw) -> Raw) -> S::Input {
        S::augment(input, change)
    }
}

/// A source of a user's as a table.
struct Own<'a, S>(&'a S);

impl<S: Source> Table for Own<'_, S> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn arrange(&self, order: Vec<usize>, batch_size: usize) -> Vec<usize> {
        self.0.arrange(order, batch_size)
    }

    fn is_lazy(&self) -> bool {
        self.0.is_lazy()
    }

    fn batch(&self, positions: &[usize]) -> Content {
        Content::Own(Box::new(self.0.batch(positions)))
    }

    fn change(&self, own: Box<dyn Any + Send>, change: &dyn Fn(&Raw) -> Raw) -> Box<dyn Any + Send> {
        let (input, target) = *opened::<(S::Input, S::Target)>(own);
        Box::new((S::augment(input, change), target))
    }
}

/// What [`Own`] packed.
fn opened<T: 'static>(batch: Box<dyn Any + Send>) -> Box<T> {
    batch.downcast().unwrap_or_else(|_| unreachable!("a source opens what it has made"))
}
