//! The trainer's typed front: what it trains, on what.

use super::network::{Data, Task, fit_network};
use super::run::{Judged, Lesson, Run};
use super::{History, Trainer, ValidationData};
use crate::data::{Content, Dataset, TrainingData};
use crate::loss::Labels;
use crate::nn::{Module, Sequential};
use crate::shape::{Batch, Rank1, Shape};
use crate::tensor::Tensor;

impl<V> Trainer<V> {
    /// Trains a classifier by the cross entropy of its scores. Called again, it goes on: the optimiser remembers.
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[inline]
    #[track_caller]
    pub fn fit<X: Batch<usize>, const CLASSES: usize>(
        &mut self,
        model: &mut Sequential<X, Rank1<CLASSES>>,
        data: &Dataset<X, CLASSES>,
    ) -> History
    where
        V: ValidationData<Tensor<X::Of>, Labels<usize, CLASSES>>,
    {
        let train = Data::of(data.rows().feed());
        let open = |content| labelled(V::open(content));
        let validation = self.validation.feed().map(|feed| Data { feed, open: &open });
        fit_network(&mut self.drive, &self.settings, (model.network(), Task::Classes), train, validation)
    }

    /// Trains a classifier as [`fit`](Self::fit), on any data whose inputs are tensors and whose targets are labels: streams,
    /// sources of one's own.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// manual_seed(1);
    /// let points = Stream::<Rank1<2>, 2>::new(|| (0..1000).map(|i| (vec![(i % 37) as f32, (i % 7) as f32], i % 7 / 4)));
    /// let mut model = sequential!(Input([2]).dense(8).relu().dense(2));
    /// let mut trainer = Trainer::new(Adam::new(0.01)).epochs(10);
    /// let history = trainer.fit_classifier(&mut model, &points.shuffle_buffer(100));
    /// assert!(history.accuracy[9] > 0.9);
    /// ```
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[track_caller]
    pub fn fit_classifier<X: Batch<usize>, const CLASSES: usize, D>(
        &mut self,
        model: &mut Sequential<X, Rank1<CLASSES>>,
        data: &D,
    ) -> History
    where
        D: TrainingData<Input = Tensor<X::Of>, Target = Labels<usize, CLASSES>>,
        V: ValidationData<Tensor<X::Of>, Labels<usize, CLASSES>>,
    {
        let train = Data { feed: data.feed(), open: &|content| labelled(D::open(content)) };
        let open = |content| labelled(V::open(content));
        let validation = self.validation.feed().map(|feed| Data { feed, open: &open });
        fit_network(&mut self.drive, &self.settings, (model.network(), Task::Classes), train, validation)
    }

    /// Trains a network to predict tensors, by the mean squared error; for another loss, there is [`fit_with`](Self::fit_with).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// // The next value of a wave from the last eight.
    /// let wave: Vec<f32> = (0..200).map(|i| (i as f32 / 5.0).sin()).collect();
    /// let (past, future) = wave.split_at(150);
    /// type Windows = TensorDataset<Rank2<8, 1>, Rank1<1>>;
    /// let (train, test) = (Windows::windows(past.to_vec())?, Windows::windows(future.to_vec())?);
    ///
    /// manual_seed(1);
    /// let mut model = sequential!(Input([8, 1]).flatten().dense(1));
    /// let history = Trainer::new(Adam::new(0.01)).epochs(50).seed(1).validate(&test).fit_regression(&mut model, &train);
    /// assert!(history.val_loss[49] < 0.01);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[track_caller]
    pub fn fit_regression<X: Batch<usize>, Y: Batch<usize>, D>(
        &mut self,
        model: &mut Sequential<X, Y>,
        data: &D,
    ) -> History
    where
        D: TrainingData<Input = Tensor<X::Of>, Target = Tensor<Y::Of>>,
        V: ValidationData<Tensor<X::Of>, Tensor<Y::Of>>,
    {
        let train = Data { feed: data.feed(), open: &|content| paired(D::open(content)) };
        let open = |content| paired(V::open(content));
        let validation = self.validation.feed().map(|feed| Data { feed, open: &open });
        fit_network(&mut self.drive, &self.settings, (model.network(), Task::Numbers), train, validation)
    }

    /// Trains any module on any data: a [`Dataset`], a [`TensorDataset`](crate::TensorDataset), a stream, a
    /// [`Source`](crate::data::Source) of one's own. `loss` is the loss of one batch: it is given the model, the inputs and
    /// the targets.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// #[derive(Default, Module)]
    /// struct Net { hidden: Linear<2, 8>, output: Linear<8, 2> }
    /// impl Net {
    ///     fn forward<B: Dim>(&self, x: &Tensor<(B, Const<2>)>) -> Tensor<(B, Const<2>)> {
    ///         self.output.forward(&self.hidden.forward(x).relu())
    ///     }
    /// }
    ///
    /// let mut net = Net::default();
    /// let train = Dataset::<Rank1<2>, 2>::new(vec![0.0, 1.0, 1.0, 0.0], vec![0, 1])?;
    /// let history = Trainer::new(Adam::new(0.01))
    ///     .epochs(20)
    ///     .fit_with(&mut net, &train, |net, x, labels| cross_entropy(&net.forward(x), labels));
    /// assert!(history.loss[19] < history.loss[0]);
    /// # Ok::<(), ferrolab::data::DatasetError>(())
    /// ```
    ///
    /// ***Panics*** if there are no examples, or a checkpoint cannot be written or belongs to another training.
    #[track_caller]
    pub fn fit_with<M: Module, D: TrainingData>(
        &mut self,
        model: &mut M,
        data: &D,
        loss: impl Fn(&M, &D::Input, &D::Target) -> Tensor<()>,
    ) -> History
    where
        V: ValidationData<D::Input, D::Target>,
    {
        let model = &*model;
        let judge =
            |(x, y): (D::Input, D::Target)| Judged { loss: loss(model, &x, &y).raw().clone(), right: None };
        let train = Lesson { feed: data.feed(), judge: &|content| judge(D::open(content)) };
        let by_validation = |content| judge(V::open(content));
        let validation = self.validation.feed().map(|feed| Lesson { feed, judge: &by_validation });
        Run { settings: &self.settings, model, train, validation }.fit(&mut self.drive)
    }
}

/// A batch of a user's source as a network takes it.
fn labelled<S: Shape, const CLASSES: usize>(batch: (Tensor<S>, Labels<usize, CLASSES>)) -> Content {
    Content::of_labels(batch.0.raw(), batch.1.as_slice())
}

/// A batch of a user's source as a network takes it.
fn paired<X: Shape, Y: Shape>(batch: (Tensor<X>, Tensor<Y>)) -> Content {
    Content::of_pair(batch.0.raw(), batch.1.raw())
}
