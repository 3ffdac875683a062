//! Data as a training loop sees them: batches without types, one pass after another.

use std::any::Any;

use super::Augment;
use super::flow::Flow;
use crate::Device;
use crate::random::{self, Place};
use crate::raw::Raw;

/// What is in a batch.
pub(crate) enum Content {
    /// Inputs and their classes.
    Labelled(Raw, Vec<usize>),
    /// Inputs and their targets.
    Paired(Raw, Raw),
    /// The pair `(Input, Target)` of a user's own [`Source`](super::Source).
    Own(Box<dyn Any + Send>),
}

impl Content {
    pub(crate) fn of_labels(x: &Raw, labels: &[usize]) -> Self {
        Content::Labelled(x.clone(), labels.to_vec())
    }

    pub(crate) fn of_pair(x: &Raw, y: &Raw) -> Self {
        Content::Paired(x.clone(), y.clone())
    }

    /// Of data whose type says that they have classes.
    pub(crate) fn labelled(self) -> (Raw, Vec<usize>) {
        match self {
            Content::Labelled(x, labels) => (x, labels),
            _ => unreachable!("the types of data tell what they hold"),
        }
    }

    /// Of data whose type says that their targets are tensors.
    pub(crate) fn paired(self) -> (Raw, Raw) {
        match self {
            Content::Paired(x, y) => (x, y),
            _ => unreachable!("the types of data tell what they hold"),
        }
    }
}

/// A batch on its way to the model.
pub(crate) struct Parcel {
    pub(crate) content: Content,
    /// How many examples it has.
    pub(crate) examples: usize,
}

/// Where batches come from.
pub(crate) enum Feed<'a> {
    Table(Box<dyn Table + 'a>),
    Flow(Flow),
}

/// Examples that can be taken in any order.
pub(crate) trait Table: Send + Sync {
    fn len(&self) -> usize;

    /// See [`Source::arrange`](super::Source::arrange).
    fn arrange(&self, order: Vec<usize>, _: usize) -> Vec<usize> {
        order
    }

    /// Whether making a batch is worth a thread of its own.
    fn is_lazy(&self) -> bool;

    fn batch(&self, positions: &[usize]) -> Content;

    /// Changes the inputs of a batch of [`Content::Own`].
    fn change(&self, own: Box<dyn Any + Send>, _: &dyn Fn(&Raw) -> Raw) -> Box<dyn Any + Send> {
        own
    }
}

/// One way through the data. Which random numbers a batch is made with depends on the seed and its number only, so that
/// it is the same whoever makes it, and when.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    /// The order of the examples; of a stream, which has its own, nothing.
    pub(crate) order: Vec<usize>,
    /// Whether a stream is shuffled as far as its buffer allows.
    pub(crate) shuffle: bool,
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    /// The batch that is next.
    pub(crate) next: usize,
    /// Whether a last batch that is smaller is left out.
    pub(crate) drop_last: bool,
    pub(crate) augment: Augment,
}

impl Pass {
    /// All examples in their order.
    pub(crate) fn in_order(len: usize, batch_size: usize) -> Pass {
        Pass {
            order: (0..len).collect(),
            shuffle: false,
            seed: 0,
            batch_size,
            next: 0,
            drop_last: false,
            augment: Augment::new(),
        }
    }

    /// How many batches are left of a table.
    pub(crate) fn batches_left(&self) -> usize {
        let batches = if self.drop_last {
            self.order.len() / self.batch_size
        } else {
            self.order.len().div_ceil(self.batch_size)
        };
        batches.saturating_sub(self.next)
    }

    /// What makes a batch: with its own random numbers, on the CPU. A GPU would have to be waited for at each example.
    fn make<T>(&self, make: impl FnOnce() -> T) -> T {
        // Those of place 0 are for the order.
        let place = Place { seed: self.seed, thread: self.next as u64 + 1, draws: 0 };
        Device::Cpu.scope(|| random::from_place(place, make))
    }

    /// The next batch of a table.
    pub(crate) fn take(&mut self, table: &dyn Table) -> Option<Parcel> {
        if self.batches_left() == 0 {
            return None;
        }
        let rest = &self.order[self.next * self.batch_size..];
        let positions = &rest[..rest.len().min(self.batch_size)];
        let parcel = self.make(|| Parcel {
            content: self.augmented(table.batch(positions), &|own, change| table.change(own, change)),
            examples: positions.len(),
        });
        self.next += 1;
        Some(parcel)
    }

    /// The next batch of a stream.
    fn take_from(&mut self, flow: &mut dyn FnMut(usize) -> Option<Parcel>) -> Option<Parcel> {
        let parcel = Device::Cpu.scope(|| flow(self.batch_size))?;
        if self.drop_last && parcel.examples < self.batch_size {
            return None;
        }
        let content = self.make(|| self.augmented(parcel.content, &|own, _| own));
        self.next += 1;
        Some(Parcel { content, ..parcel })
    }

    fn augmented(&self, content: Content, own: &ChangeOwn<'_>) -> Content {
        if self.augment.is_empty() {
            return content;
        }
        match content {
            Content::Labelled(x, labels) => Content::Labelled(self.augment.change(&x), labels),
            Content::Paired(x, y) => Content::Paired(self.augment.change(&x), y),
            Content::Own(batch) => Content::Own(own(batch, &|x| self.augment.change(x))),
        }
    }
}

type ChangeOwn<'a> = dyn Fn(Box<dyn Any + Send>, &dyn Fn(&Raw) -> Raw) -> Box<dyn Any + Send> + 'a;

/// Gives one batch after another.
pub(crate) type Next<'a> = dyn FnMut() -> Option<Parcel> + Send + 'a;

impl<'a> Feed<'a> {
    /// The number of examples, if it is known.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Feed::Table(table) => Some(table.len()),
            Feed::Flow(flow) => flow.len(),
        }
    }

    /// Whether making a batch is worth a thread of its own.
    pub(crate) fn is_lazy(&self) -> bool {
        match self {
            Feed::Table(table) => table.is_lazy(),
            Feed::Flow(_) => true,
        }
    }

    /// The batches of a pass.
    pub(crate) fn batches<'b>(&'b self, mut pass: Pass) -> Box<Next<'b>> {
        match self {
            Feed::Table(table) => Box::new(move || pass.take(&**table)),
            Feed::Flow(flow) => flow.batches(pass),
        }
    }
}

impl Flow {
    /// The batches of a pass; those that it has behind it are read once more and thrown away.
    pub(crate) fn batches(&self, mut pass: Pass) -> Box<Next<'static>> {
        let mut samples = self.samples(pass.shuffle.then_some(pass.seed));
        samples.skip(pass.next * pass.batch_size);
        Box::new(move || pass.take_from(&mut |count| samples.batch(count)))
    }
}
