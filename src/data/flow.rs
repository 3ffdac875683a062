//! [`Flow`]: what a stream is underneath, without types: examples one after another, as often as wanted from the beginning.

use std::sync::Arc;

use super::feed::{Content, Feed, Parcel};
use crate::array::Array;
use crate::random::{Generator, Place};
use crate::raw::Raw;

/// One example of a stream.
pub struct Sample {
    pub(crate) x: Vec<f32>,
    pub(crate) y: Answer,
}

/// What an example of a stream is to be answered with.
pub(crate) enum Answer {
    Class(usize),
    Values(Vec<f32>),
}

/// What answers a stream has.
#[derive(Clone, Debug)]
pub(crate) enum Answers {
    /// Classes below this number.
    Classes(usize),
    /// Tensors of these sizes.
    Values(Arc<[usize]>),
}

/// The examples, from the first to the last, or why there are no more.
pub(crate) type Examples = dyn Iterator<Item = Result<Sample, String>> + Send;

/// Begins anew.
pub(crate) type Open = dyn Fn() -> Box<Examples> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Flow {
    open: Arc<Open>,
    /// The sizes of one input.
    sizes: Arc<[usize]>,
    answers: Answers,
    /// How many examples are held to choose the next one from.
    buffer: usize,
    len: Option<usize>,
}

impl Flow {
    pub(crate) fn new(open: Arc<Open>, sizes: &[usize], answers: Answers) -> Flow {
        Flow { open, sizes: sizes.into(), answers, buffer: 1, len: None }
    }

    #[track_caller]
    pub(crate) fn with_buffer(self, buffer: usize) -> Flow {
        assert!(buffer > 0, "shuffle_buffer: expected at least 1 example, got 0");
        Flow { buffer, ..self }
    }

    pub(crate) fn with_len(self, len: usize) -> Flow {
        Flow { len: Some(len), ..self }
    }

    pub(crate) fn len(&self) -> Option<usize> {
        self.len
    }

    /// The batches of these examples.
    pub(crate) fn feed(&self) -> Feed<'static> {
        Feed::Flow(self.clone())
    }

    pub(crate) fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The examples from the beginning; with a seed, shuffled as far as the buffer allows.
    pub(crate) fn samples(&self, seed: Option<u64>) -> Samples {
        let shuffle = seed.filter(|_| self.buffer > 1).map(|seed| Shuffle {
            random: Generator::at(Place { seed, ..Place::default() }),
            held: Vec::new(),
        });
        Samples { examples: (self.open)(), flow: self.clone(), shuffle, number: 0 }
    }
}

/// A stream under way.
pub(crate) struct Samples {
    examples: Box<Examples>,
    flow: Flow,
    shuffle: Option<Shuffle>,
    /// How many were read.
    number: usize,
}

/// Chooses each example from the next few (TensorFlow's `shuffle(buffer_size)`).
struct Shuffle {
    random: Generator,
    held: Vec<Sample>,
}

impl Samples {
    pub(crate) fn skip(&mut self, count: usize) {
        (0..count).for_each(|_| drop(self.next()));
    }

    /// Up to `count` examples as one batch.
    pub(crate) fn batch(&mut self, count: usize) -> Option<Parcel> {
        let (mut values, mut classes, mut targets, mut examples) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while examples < count
            && let Some(Sample { x, y }) = self.next()
        {
            values.extend(x);
            match y {
                Answer::Class(class) => classes.push(class),
                Answer::Values(target) => targets.extend(target),
            }
            examples += 1;
        }
        let tensor =
            |sizes: &[usize], values| Raw::new(Array::from_vec(&[&[examples], sizes].concat(), values));
        (examples > 0).then(|| Parcel {
            content: match &self.flow.answers {
                Answers::Classes(_) => Content::Labelled(tensor(&self.flow.sizes, values), classes),
                Answers::Values(sizes) => {
                    Content::Paired(tensor(&self.flow.sizes, values), tensor(sizes, targets))
                }
            },
            examples,
        })
    }

    fn next(&mut self) -> Option<Sample> {
        let Some(mut shuffle) = self.shuffle.take() else { return self.read() };
        while shuffle.held.len() < self.flow.buffer
            && let Some(sample) = self.read()
        {
            shuffle.held.push(sample);
        }
        let count = shuffle.held.len();
        let chosen = (count > 0).then(|| {
            let at = (shuffle.random.unit() as f64 * count as f64) as usize;
            shuffle.held.swap_remove(at.min(count - 1))
        });
        self.shuffle = Some(shuffle);
        chosen
    }

    /// The next example as it comes.
    fn read(&mut self) -> Option<Sample> {
        let number = self.number;
        let sample =
            self.examples.next()?.unwrap_or_else(|error| panic!("example {number} of the stream: {error}"));
        self.number += 1;
        let fits = |what: &str, sizes: &[usize], found: usize| {
            let expected = sizes.iter().product::<usize>();
            assert!(
                found == expected,
                "example {number} of the stream: expected {expected} {what} (of shape {sizes:?}), got {found}"
            );
        };
        fits("values", &self.flow.sizes, sample.x.len());
        match (&sample.y, &self.flow.answers) {
            (Answer::Values(target), Answers::Values(sizes)) => fits("target values", sizes, target.len()),
            (Answer::Class(class), Answers::Classes(classes)) => assert!(
                class < classes,
                "example {number} of the stream: expected a label below the number of classes, {classes}, got {class}"
            ),
            _ => unreachable!("the types of streams tell what they hold"),
        }
        Some(sample)
    }
}
