//! [`Stream`] and [`TensorStream`]: examples one after another, larger than memory and perhaps of unknown number.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::sync::Arc;

use super::TrainingData;
use super::feed::{Content, Feed};
use super::flow::{Answer, Answers, Examples, Flow, Open, Sample};
use crate::loss::Labels;
use crate::shape::{Batch, Shape};
use crate::tensor::Tensor;

/// What an iterator behind a stream may give: `(values, class)` or `(values, target values)`, or a [`Result`] of that, whose
/// error ends the training with a panic that tells it.
pub trait Example<Y> {
    #[doc(hidden)]
    fn sample(self) -> Result<Sample, String>;
}

impl Example<usize> for (Vec<f32>, usize) {
    fn sample(self) -> Result<Sample, String> {
        Ok(Sample { x: self.0, y: Answer::Class(self.1) })
    }
}

impl Example<Vec<f32>> for (Vec<f32>, Vec<f32>) {
    fn sample(self) -> Result<Sample, String> {
        Ok(Sample { x: self.0, y: Answer::Values(self.1) })
    }
}

impl<Y, T: Example<Y>, E: Display> Example<Y> for Result<T, E> {
    fn sample(self) -> Result<Sample, String> {
        self.map_err(|error| error.to_string()).and_then(T::sample)
    }
}

/// Examples of shape `X`, each of one of `CLASSES` classes, that come one after another: from a file that is larger than
/// memory, over a network, from a generator. Cloning is cheap.
///
/// It is made from a function that begins anew in each epoch and gives any iterator. Records of a binary file:
///
/// ```
/// use std::fs::File;
/// use std::io::{BufReader, Read};
/// use ferrolab::prelude::*;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("points.bin");
/// # std::fs::write(&path, (0..64u8).flat_map(|i| [i % 2, 100 * (i % 2), 7 * (i % 9)]).collect::<Vec<u8>>())?;
/// // A byte for the class, two for the values.
/// let points = Stream::<Rank1<2>, 2>::new(move || {
///     let mut file = BufReader::new(File::open(&path).expect("the file is there"));
///     std::iter::from_fn(move || {
///         let mut record = [0; 3];
///         file.read_exact(&mut record).ok()?; // the end
///         Some((record[1..].iter().map(|&byte| f32::from(byte) / 255.0).collect(), usize::from(record[0])))
///     })
/// });
///
/// let mut model = sequential!(Input([2]).dense(2));
/// let mut trainer = Trainer::new(Adam::new(0.1)).epochs(20).batch_size(16);
/// let history = trainer.fit_classifier(&mut model, &points.shuffle_buffer(32));
/// assert!(*history.accuracy.last().unwrap() > 0.9);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Files in the layout of CIFAR-10 are read by [`Stream::from_cifar10`]. If the examples can be taken in any order,
/// [`Dataset::lazy`](crate::Dataset::lazy) can do more: it shuffles all of them, it can be split and measured.
#[derive(Clone)]
pub struct Stream<X: Shape, const CLASSES: usize> {
    flow: Flow,
    shape: PhantomData<X>,
}

/// Examples of shape `X`, each with a target of shape `Y`, that come one after another; otherwise as [`Stream`].
///
/// Lines of a CSV file, as a data set of two numbers and a third to be predicted from them:
///
/// ```
/// use std::fs::File;
/// use std::io::{BufRead, BufReader};
/// use ferrolab::prelude::*;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("sums.csv");
/// # std::fs::write(&path, (0..50).map(|i| format!("{},{},{}\n", i, 3 * i % 7, i + 3 * i % 7)).collect::<String>())?;
/// let sums = TensorStream::<Rank1<2>, Rank1<1>>::new(move || {
///     BufReader::new(File::open(&path).expect("the file is there")).lines().map(|line| {
///         let line = line.map_err(|error| error.to_string())?;
///         let numbers: Result<Vec<f32>, _> = line.split(',').map(str::parse).collect();
///         let mut numbers = numbers.map_err(|error| format!("`{line}`: {error}"))?;
///         let sum = numbers.split_off(2);
///         Ok::<_, String>((numbers, sum))
///     })
/// });
/// let mut model = sequential!(Input([2]).dense(1));
/// let mut trainer = Trainer::new(Adam::new(0.01)).epochs(30);
/// let history = trainer.fit_regression(&mut model, &sums);
/// assert!(history.loss[29] < history.loss[0]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct TensorStream<X: Shape, Y: Shape> {
    flow: Flow,
    shapes: PhantomData<(X, Y)>,
}

/// The function behind a stream, whose iterator gives examples.
fn opened<Y: 'static, I: IntoIterator<Item: Example<Y> + 'static, IntoIter: Send + 'static>>(
    open: impl Fn() -> I + Send + Sync + 'static,
) -> Arc<Open> {
    Arc::new(move || Box::new(open().into_iter().map(Example::sample)) as Box<Examples>)
}

/// The function behind a stream, whose iterator gives batches of so many inputs and what belongs to them.
fn unbatched<B: 'static, I: IntoIterator<Item = B, IntoIter: Send + 'static>>(
    open: impl Fn() -> I + Send + Sync + 'static,
    taken_apart: fn(B) -> Vec<Sample>,
) -> Arc<Open> {
    Arc::new(move || Box::new(open().into_iter().flat_map(taken_apart).map(Ok)) as Box<Examples>)
}

/// The methods of both kinds of streams.
macro_rules! stream_of {
    ([$($generics:tt)*] $Data:ty) => {
        impl<$($generics)*> $Data {
            /// Examples change places: each is chosen at random from so many that are held in memory, as TensorFlow's
            /// `shuffle(buffer_size)` does. Without, a training sees them in the same order in every epoch.
            ///
            /// ***Panics*** if that is 0.
            #[track_caller]
            pub fn shuffle_buffer(self, examples: usize) -> Self {
                Self::of(self.flow.with_buffer(examples))
            }

            /// Says how many examples there are, for progress bars that know the time left. A training finds out in its
            /// first epoch.
            pub fn with_len(self, examples: usize) -> Self {
                Self::of(self.flow.with_len(examples))
            }
        }
    };
}
stream_of!([X: Shape, const CLASSES: usize] Stream<X, CLASSES>);
stream_of!([X: Shape, Y: Shape] TensorStream<X, Y>);

impl<X: Shape, const CLASSES: usize> Stream<X, CLASSES> {
    /// From a function that gives an iterator over the examples from the beginning: of `(values, class)`, or of results of
    /// that.
    ///
    /// Where examples are used, ***panics*** if one is an error, has another number of values or a class that is not below
    /// `CLASSES`.
    pub fn new<I: IntoIterator<Item: Example<usize> + 'static, IntoIter: Send + 'static>>(
        open: impl Fn() -> I + Send + Sync + 'static,
    ) -> Self {
        Self::of(Flow::new(opened(open), &X::DIMS[..X::RANK], Answers::Classes(CLASSES)))
    }

    /// From a function that gives an iterator over batches. They are taken apart: a training makes batches of its own size.
    pub fn from_batches<I>(open: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        X: Batch<usize>,
        I: IntoIterator<Item = (Tensor<X::Of>, Labels<usize, CLASSES>), IntoIter: Send + 'static>,
    {
        let taken_apart = |(x, labels): (Tensor<X::Of>, Labels<usize, CLASSES>)| {
            Sample::of_batch(
                &x.to_vec(),
                labels.as_slice().iter().map(|&class| Answer::Class(class)).collect(),
            )
        };
        Self::of(Flow::new(unbatched(open, taken_apart), &X::DIMS[..X::RANK], Answers::Classes(CLASSES)))
    }

    fn of(flow: Flow) -> Self {
        const { super::known::<X>() }
        Stream { flow, shape: PhantomData }
    }
}

impl<X: Shape, Y: Shape> TensorStream<X, Y> {
    /// From a function that gives an iterator over the examples from the beginning: of `(values, target values)`, or of
    /// results of that.
    ///
    /// Where examples are used, ***panics*** if one is an error or has another number of values.
    pub fn new<I: IntoIterator<Item: Example<Vec<f32>> + 'static, IntoIter: Send + 'static>>(
        open: impl Fn() -> I + Send + Sync + 'static,
    ) -> Self {
        Self::of(Flow::new(opened(open), &X::DIMS[..X::RANK], Answers::Values(Y::DIMS[..Y::RANK].into())))
    }

    /// From a function that gives an iterator over batches. They are taken apart: a training makes batches of its own size.
    pub fn from_batches<I>(open: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        X: Batch<usize>,
        Y: Batch<usize>,
        I: IntoIterator<Item = (Tensor<X::Of>, Tensor<Y::Of>), IntoIter: Send + 'static>,
    {
        let taken_apart = |(x, y): (Tensor<X::Of>, Tensor<Y::Of>)| {
            let (y, row) = (y.to_vec(), Y::DIMS[..Y::RANK].iter().product::<usize>().max(1));
            Sample::of_batch(&x.to_vec(), y.chunks_exact(row).map(|y| Answer::Values(y.to_vec())).collect())
        };
        Self::of(Flow::new(
            unbatched(open, taken_apart),
            &X::DIMS[..X::RANK],
            Answers::Values(Y::DIMS[..Y::RANK].into()),
        ))
    }

    fn of(flow: Flow) -> Self {
        const { super::known::<X>() }
        const { super::known::<Y>() }
        TensorStream { flow, shapes: PhantomData }
    }
}

impl Sample {
    /// The examples of a batch with these answers.
    fn of_batch(x: &[f32], answers: Vec<Answer>) -> Vec<Sample> {
        let row = x.len() / answers.len().max(1);
        answers.into_iter().enumerate().map(|(i, y)| Sample { x: x[i * row..][..row].to_vec(), y }).collect()
    }
}

impl<X: Batch<usize>, const CLASSES: usize> TrainingData for Stream<X, CLASSES> {
    type Input = Tensor<X::Of>;
    type Target = Labels<usize, CLASSES>;

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Feed<'_> {
        self.flow.feed()
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (Tensor<X::Of>, Labels<usize, CLASSES>) {
        let (x, labels) = content.labelled();
        (Tensor::from_raw(x), Labels::new(labels))
    }
}

impl<X: Batch<usize>, Y: Batch<usize>> TrainingData for TensorStream<X, Y> {
    type Input = Tensor<X::Of>;
    type Target = Tensor<Y::Of>;

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn feed(&self) -> Feed<'_> {
        self.flow.feed()
    }

    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn open(content: Content) -> (Tensor<X::Of>, Tensor<Y::Of>) {
        let (x, y) = content.paired();
        (Tensor::from_raw(x), Tensor::from_raw(y))
    }
}

/// `Stream(examples of [3, 32, 32], 10 classes)`
impl<X: Shape, const CLASSES: usize> fmt::Debug for Stream<X, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream(examples of {:?}, {CLASSES} classes)", self.flow.sizes())
    }
}

/// `TensorStream(examples of [13] to [1])`
impl<X: Shape, Y: Shape> fmt::Debug for TensorStream<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorStream(examples of {:?} to {:?})", self.flow.sizes(), &Y::DIMS[..Y::RANK])
    }
}
