//! [`Trainer`]: the settings of a training, and its typed front. The loop itself is in `run.rs`.

use super::History;
use super::run::{Judged, Run, Settings, fit_network};
use crate::data::{Augment, Dataset, Rows};
use crate::loss::Labels;
use crate::nn::{Module, Sequential};
use crate::optim::Optimizer;
use crate::raw::Raw;
use crate::shape::{Batch, Rank1, Shape};
use crate::tensor::Tensor;

/// Trains models.
///
/// ```
/// use ferrolab::prelude::*;
/// manual_seed(1);
/// // Which of two numbers is greater?
/// let values: Vec<f32> = (0..200).map(|i| ((i * 37) % 101) as f32 / 100.0).collect();
/// let labels = values.chunks(2).map(|pair| usize::from(pair[1] > pair[0])).collect();
/// let (train, test) = Dataset::<Rank1<2>, 2>::new(values, labels)?.split(0.8, 0);
///
/// let mut model = sequential!(Input([2]).dense(8).relu().dense(2));
/// let history = Trainer::new(Adam::new(0.05)).epochs(30).batch_size(16).validate(&test).fit(&mut model, &train);
///
/// assert!(history.loss[29] < history.loss[0]);
/// assert!(accuracy(&model, &test) > 0.8);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
///
/// Training that is interrupted leaves the model as it is by then.
pub struct Trainer<V = NoValidation> {
    optimizer: Box<dyn Optimizer>,
    settings: Settings,
    validation: V,
}

/// A training without validation data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoValidation;

/// What a training on examples `X` of `CLASSES` classes may be validated with.
pub trait ValidationData<X: Shape, const CLASSES: usize> {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn rows(&self) -> Option<&Rows>;
}

impl<X: Shape, const CLASSES: usize> ValidationData<X, CLASSES> for NoValidation {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn rows(&self) -> Option<&Rows> {
        None
    }
}

impl<X: Shape, const CLASSES: usize> ValidationData<X, CLASSES> for &Dataset<X, CLASSES> {
    #[expect(private_interfaces, reason = "only this crate calls it")]
    fn rows(&self) -> Option<&Rows> {
        Some(Dataset::rows(self))
    }
}

impl Trainer {
    /// One epoch in batches of 32, unless [`Trainer::epochs`] and [`Trainer::batch_size`] say otherwise.
    pub fn new(optimizer: impl Optimizer + 'static) -> Self {
        let settings = Settings { epochs: 1, batch_size: 32, seed: None, augment: Augment::new() };
        Trainer { optimizer: Box::new(optimizer), settings, validation: NoValidation }
    }

    /// Measures loss and accuracy on these data after each epoch.
    pub fn validate<X: Shape, const CLASSES: usize>(
        self,
        data: &Dataset<X, CLASSES>,
    ) -> Trainer<&Dataset<X, CLASSES>> {
        Trainer { optimizer: self.optimizer, settings: self.settings, validation: data }
    }
}

impl<V> Trainer<V> {
    /// How often the data are gone through.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// How many examples a step looks at.
    ///
    /// ***Panics*** if that is none.
    #[track_caller]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        assert!(batch_size > 0, "a batch has at least one example");
        self.settings.batch_size = batch_size;
        self
    }

    /// Calls [`manual_seed`](crate::manual_seed) when the training starts: the order of the examples and what dropout
    /// drops are then the same each time. The initial parameters are not: seed before the model is made, too.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Changes the training pictures at random, anew each time they are seen; validation data stay as they are.
    pub fn augment(mut self, augment: Augment) -> Self {
        self.settings.augment = augment;
        self
    }

    /// Trains a classifier by the cross entropy of its scores. Called again, it goes on: the optimiser remembers.
    ///
    /// ***Panics*** if there are no examples.
    #[track_caller]
    pub fn fit<X: Shape, const CLASSES: usize>(
        &mut self,
        model: &mut Sequential<X, Rank1<CLASSES>>,
        data: &Dataset<X, CLASSES>,
    ) -> History
    where
        V: ValidationData<X, CLASSES>,
    {
        let (train, validation) = (data.rows(), self.validation.rows());
        fit_network(&mut *self.optimizer, self.settings, model.network(), train, validation)
    }

    /// Trains any module; `loss` is the loss of one batch.
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
    /// ***Panics*** if there are no examples.
    #[track_caller]
    pub fn fit_with<M: Module, X: Batch<usize>, const CLASSES: usize>(
        &mut self,
        model: &mut M,
        data: &Dataset<X, CLASSES>,
        loss: impl Fn(&M, &Tensor<X::Of>, &Labels<usize, CLASSES>) -> Tensor<()>,
    ) -> History
    where
        V: ValidationData<X, CLASSES>,
    {
        let model = &*model;
        let judge = |x: &Raw, labels: &[usize]| {
            let loss = loss(model, &Tensor::from_raw(x.clone()), &Labels::new(labels.to_vec()));
            Judged { loss: loss.raw().clone(), right: None }
        };
        let (train, validation) = (data.rows(), self.validation.rows());
        Run { settings: self.settings, model, train, validation, judge: &judge }.fit(&mut *self.optimizer)
    }
}
