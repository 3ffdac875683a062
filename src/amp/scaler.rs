//! [`GradScaler`]: keeps gradients in the narrow range of `f16` by a factor on the loss.

use crate::autograd::{Finite, Gradients};
use crate::compute;
use crate::nn::Module;
use crate::ops;
use crate::optim::Optimizer;
use crate::raw::Raw;
use crate::tensor::Tensor;

/// Multiplies the loss, so that small gradients do not become zero in 16 bits, and takes the factor out of the gradients
/// again. If they overflowed, the step is left out and the factor made smaller; after many good steps it is made greater
/// (Micikevicius et al. 2018, <https://arxiv.org/abs/1710.03740>). PyTorch's `GradScaler`, with its defaults.
///
/// [`Trainer::mixed_precision`](crate::Trainer::mixed_precision) does this by itself. In a loop of one's own:
///
/// ```
/// use ferrolab::amp::{GradScaler, Precision, autocast};
/// use ferrolab::nn::training;
/// use ferrolab::optim::clip_grad_norm;
/// use ferrolab::prelude::*;
/// let model = sequential!(Input([2]).dense(16).relu().dense(2));
/// let (mut optimizer, mut scaler) = (Adam::new(0.05), GradScaler::new());
/// let (x, labels) = (Tensor::<Rank2<2, 2>>::from([[0.0, 1.0], [1.0, 0.0]]), Labels::from([0, 1]));
/// for _ in 0..3 {
///     let loss = training(|| autocast(Precision::F16, || cross_entropy(&model.forward(&x), &labels)));
///     let mut gradients = scaler.scale(&loss).backward();
///     scaler.unscale(&mut gradients); // only where gradients are clipped or looked at
///     clip_grad_norm(&model, &mut gradients, 1.0);
///     scaler.step(&mut optimizer, &model, &mut gradients);
///     scaler.update();
/// }
/// ```
#[derive(Clone, Debug)]
pub struct GradScaler {
    scale: f32,
    growth_factor: f32,
    backoff_factor: f32,
    growth_interval: u32,
    /// Good steps since the factor last changed.
    good: u32,
    /// What has been unscaled since the last `update`.
    found: Option<Finite>,
}

/// What a [`GradScaler`] remembers, for a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalerState {
    /// The factor on the loss.
    pub scale: f32,
    /// Good steps since the factor last changed.
    pub growth_tracker: u32,
}

impl Default for GradScaler {
    fn default() -> Self {
        GradScaler {
            scale: 65536.0,
            growth_factor: 2.0,
            backoff_factor: 0.5,
            growth_interval: 2000,
            good: 0,
            found: None,
        }
    }
}

impl GradScaler {
    /// The factor starts at 65536, is halved after a step that overflowed, and doubled after 2000 good ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the factor starts.
    ///
    /// ***Panics*** unless it is positive.
    #[track_caller]
    pub fn init_scale(mut self, scale: f32) -> Self {
        assert!(scale > 0.0, "init_scale: the factor on the loss must be positive, got {scale}");
        self.scale = scale;
        self
    }

    /// What the factor is multiplied with after `growth_interval` good steps in a row.
    ///
    /// ***Panics*** unless it is above 1.
    #[track_caller]
    pub fn growth_factor(mut self, factor: f32) -> Self {
        assert!(factor > 1.0, "growth_factor: expected more than 1, got {factor}");
        self.growth_factor = factor;
        self
    }

    /// What the factor is multiplied with after a step that overflowed.
    ///
    /// ***Panics*** unless it is between 0 and 1.
    #[track_caller]
    pub fn backoff_factor(mut self, factor: f32) -> Self {
        assert!(
            factor > 0.0 && factor < 1.0,
            "backoff_factor: expected a number between 0 and 1, got {factor}"
        );
        self.backoff_factor = factor;
        self
    }

    /// How many good steps in a row make the factor grow.
    ///
    /// ***Panics*** if that is none.
    #[track_caller]
    pub fn growth_interval(mut self, steps: u32) -> Self {
        assert!(steps > 0, "growth_interval: the factor grows after at least 1 step, not 0");
        self.growth_interval = steps;
        self
    }

    /// The loss, multiplied: call `backward` on this.
    pub fn scale(&self, loss: &Tensor<()>) -> Tensor<()> {
        Tensor::from_raw(self.scale_raw(loss.raw()))
    }

    /// [`GradScaler::scale`] for a tensor of run-time shape.
    pub fn scale_raw(&self, loss: &Raw) -> Raw {
        ops::mul_scalar(loss, self.scale)
    }

    /// Takes the factor out of the gradients again: before they are clipped or looked at. [`GradScaler::step`] does it
    /// otherwise.
    ///
    /// ***Panics*** if that was done to these gradients before.
    #[track_caller]
    pub fn unscale(&mut self, gradients: &mut Gradients) {
        assert!(
            gradients.unscaled().is_none(),
            "unscale: the factor has been taken out of these gradients already"
        );
        let finite = compute::scale_and_check(gradients.values_mut(), 1.0 / self.scale);
        let found = if finite { Finite::Yes } else { Finite::No };
        gradients.set_unscaled(found);
        if self.found != Some(Finite::No) {
            self.found = Some(found);
        }
    }

    /// A step of the optimiser, unless the gradients hold an infinity or a `NaN`. Says whether the step was made.
    pub fn step(
        &mut self,
        optimizer: &mut dyn Optimizer,
        model: &dyn Module,
        gradients: &mut Gradients,
    ) -> bool {
        if gradients.unscaled().is_none() {
            self.unscale(gradients);
        }
        let good = gradients.unscaled() == Some(Finite::Yes);
        if good {
            optimizer.step(model, gradients);
        }
        good
    }

    /// After each step, once for all optimisers: makes the factor smaller if gradients overflowed, and greater after many
    /// steps in which they did not.
    ///
    /// ***Panics*** if nothing was unscaled since the last call.
    #[track_caller]
    pub fn update(&mut self) {
        match self.found.take() {
            None => panic!(
                "update: no gradients were unscaled: call `step` before it, with gradients of `scale(&loss)`"
            ),
            Some(Finite::No) => {
                self.scale *= self.backoff_factor;
                self.good = 0;
            }
            Some(Finite::Yes) => {
                self.good += 1;
                if self.good == self.growth_interval {
                    // As in PyTorch, a factor that would become infinite stays.
                    let grown = self.scale * self.growth_factor;
                    self.scale = if grown.is_finite() { grown } else { self.scale };
                    self.good = 0;
                }
            }
        }
    }

    /// The factor on the loss now.
    pub fn get_scale(&self) -> f32 {
        self.scale
    }

    /// What it remembers, for a checkpoint.
    pub fn state(&self) -> ScalerState {
        ScalerState { scale: self.scale, growth_tracker: self.good }
    }

    /// Goes on from a state, with the settings it has now.
    pub fn restore(&mut self, state: ScalerState) {
        (self.scale, self.good, self.found) = (state.scale, state.growth_tracker, None);
    }
}
