//! Batch normalisation: the word `batch_norm`, and [`BatchNorm1d`] and [`BatchNorm2d`] for structs.

use crate::axes::{Channelled, Pictures};
use crate::cuda;
use crate::io::onnx::Attribute;
use crate::nn::init;
use crate::nn::mode::{RUNNING_STATISTICS, evaluated, is_training};
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Word};
use crate::ops;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Fits, Rank1, same_size};
use crate::tensor::Tensor;

/// PyTorch's defaults: against division by zero, and how fast the running statistics follow the batches.
const EPSILON: f32 = 1e-5;
const MOMENTUM: f32 = 0.1;

pub(crate) static WORD: Word = Word {
    name: "batch_norm",
    arguments: &[],
    add: |plan, _| plan.batch_norm(),
    code: |step| step.call(0),
    parameters: |step| {
        let channels = step.input.get(0);
        let mut all = init::ones_and_zeros(channels);
        let [mean, variance] = init::running(channels);
        all.extend([("running_mean", mean), ("running_var", variance)]);
        all
    },
    forward: |_, parameters, x| {
        let [weight, bias, mean, variance] = parameters else { unreachable!("as `parameters` made them") };
        forward(x, [weight, bias], [mean, variance], EPSILON, MOMENTUM)
    },
    onnx: |_, nodes, x| {
        nodes.op_of_parameters("BatchNormalization", x, &[("epsilon", Attribute::Float(EPSILON))])
    },
};

impl Plan {
    /// Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it by learnt numbers (Ioffe and
    /// Szegedy 2015, <https://arxiv.org/abs/1502.03167>). `[C]`, `[C, L]` and `[C, H, W]` stay. While training, mean and
    /// variance are those of the batch; otherwise their running means, which are saved with the weights.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([8, 5, 5]).batch_norm());
    /// assert_eq!(model.network().output(), [8, 5, 5]);
    /// ```
    #[track_caller]
    pub const fn batch_norm(self) -> Plan {
        if self.output().rank() > 3 {
            let message = crate::say::Msg::new().s("batch_norm() needs [channels], [channels, length] or ");
            let plan = self.fail_on_input(message.s("[channels, height, width], got "), "");
            return plan.then_alike(&WORD, [0.0; 8]);
        }
        self.then_alike(&WORD, [0.0; 8])
    }
}

/// Normalises by the moments of the batch while training, which the running ones then follow; otherwise by these.
#[track_caller]
fn forward(
    x: &Raw,
    [weight, bias]: [&Raw; 2],
    [mean, variance]: [&Raw; 2],
    epsilon: f32,
    momentum: f32,
) -> Raw {
    if !is_training() {
        let y = ops::batch_norm_with(x, &mean.array(), &variance.array(), weight, bias, epsilon);
        return evaluated(RUNNING_STATISTICS, y);
    }
    let (y, moments) = ops::batch_norm(x, weight, bias, epsilon);
    // The running variance estimates that of all data: divided by n - 1.
    let unbiased = moments.count as f32 / (moments.count - 1) as f32;
    if let Some(gpu) = cuda::active() {
        let running = [mean, variance].map(Raw::array);
        let now = [&moments.mean, &moments.variance];
        let [new_mean, new_variance] = gpu.followed(running.each_ref(), now, momentum, unbiased);
        mean.set(new_mean);
        variance.set(new_variance);
        return y;
    }
    follow(mean, moments.mean.values(), 1.0, momentum);
    follow(variance, moments.variance.values(), unbiased, momentum);
    y
}

fn follow(running: &Raw, now: &[f32], factor: f32, momentum: f32) {
    running.update(|values| {
        for (value, &now) in values.iter_mut().zip(now) {
            *value = (1.0 - momentum) * *value + momentum * factor * now;
        }
    });
}

macro_rules! batch_norm {
    ($(#[$docs:meta])* $Name:ident, $Input:ident, $shape:literal) => {
        $(#[$docs])*
        pub struct $Name<const C: usize> {
            /// `[C]`, at first ones.
            pub weight: Tensor<Rank1<C>>,
            /// `[C]`, at first zeros.
            pub bias: Tensor<Rank1<C>>,
            /// `[C]`, at first zeros; not learnt, but saved.
            pub running_mean: Tensor<Rank1<C>>,
            /// `[C]`, at first ones; not learnt, but saved.
            pub running_var: Tensor<Rank1<C>>,
            /// Added to the variance, against division by zero: 1e-5.
            pub epsilon: f32,
            /// How much of each batch the running statistics take: 0.1.
            pub momentum: f32,
        }

        impl<const C: usize> Default for $Name<C> {
            fn default() -> Self {
                let ([weight, bias], [mean, variance]) = (init::one_and_zero(C), init::running(C));
                $Name {
                    weight: Tensor::from_raw(weight),
                    bias: Tensor::from_raw(bias),
                    running_mean: Tensor::from_raw(mean),
                    running_var: Tensor::from_raw(variance),
                    epsilon: EPSILON,
                    momentum: MOMENTUM,
                }
            }
        }

        impl<const C: usize> $Name<C> {
            #[doc = concat!("The same shape, ", $shape, ".")]
            ///
            /// ***Panics*** while training if there is only one value a channel.
            #[inline]
            #[track_caller]
            pub fn forward<S: $Input>(&self, x: &Tensor<S>) -> Tensor<S>
            where
                S::Channels: Fits<Const<C>>,
            {
                const {
                    let what = "the channels of the input and of the layer";
                    same_size(stringify!($Name), what, <S::Channels>::SIZE, C)
                }
                Tensor::from_raw(forward(
                    x.raw(),
                    [self.weight.raw(), self.bias.raw()],
                    [self.running_mean.raw(), self.running_var.raw()],
                    self.epsilon,
                    self.momentum,
                ))
            }
        }

        impl<const C: usize> Module for $Name<C> {
            fn visit(&self, visitor: &mut dyn Visitor) {
                visitor.parameter("weight", self.weight.raw());
                visitor.parameter("bias", self.bias.raw());
                visitor.buffer("running_mean", self.running_mean.raw());
                visitor.buffer("running_var", self.running_var.raw());
            }
        }
    };
}

batch_norm! {
    /// Batch normalisation of rows `[batch, C]` or sequences `[batch, C, length]`; see [`Plan::batch_norm`].
    ///
    /// ```
    /// use ferrolab::nn::{BatchNorm1d, training};
    /// use ferrolab::prelude::*;
    /// let norm = BatchNorm1d::<1>::default();
    /// let x = Tensor::<Rank2<2, 1>>::from([[1.0], [3.0]]);
    /// let y = training(|| norm.forward(&x));
    /// assert!((y.to_vec()[1] - 1.0).abs() < 1e-4);
    /// assert_eq!(norm.running_mean.to_vec(), [0.2]); // a tenth of the way to the batch's mean, 2
    /// ```
    BatchNorm1d, Channelled, "`[batch, C]` or `[batch, C, length]`"
}

batch_norm! {
    /// Batch normalisation of pictures `[batch, C, height, width]`; see [`Plan::batch_norm`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let norm = BatchNorm2d::<3>::default();
    /// let x = Tensor::<Rank4<2, 3, 4, 4>>::ones();
    /// assert_eq!(norm.forward(&x).shape(), [2, 3, 4, 4]);
    /// assert_eq!(norm.parameter_count(), 6); // the running statistics are not learnt
    /// ```
    BatchNorm2d, Pictures, "`[batch, C, height, width]`"
}

#[cfg(test)]
mod tests {
    use crate::nn::{BatchNorm1d, training};
    use crate::prelude::*;

    #[test]
    fn running_statistics_are_saved_and_loaded_and_not_learnt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut model = sequential!(Input([2]).dense(3).batch_norm().dense(1));
        let x = Tensor::<Rank2<4, 2>>::uniform(-1.0, 1.0);
        training(|| model.forward(&x));
        let before = model.forward(&x).to_vec();
        model.save(&path).unwrap();
        let names: Vec<String> = model.state().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[2..6], ["1.weight", "1.bias", "1.running_mean", "1.running_var"].map(str::to_owned));
        assert_eq!(model.parameters().len(), 6);
        for (_, tensor) in model.state() {
            tensor.update(|values| values.fill(0.5));
        }
        model.load(&path).unwrap();
        assert_eq!(model.forward(&x).to_vec(), before);
        assert_eq!(crate::nn::Network::open(&path).unwrap().forward(x.raw()).to_vec(), before);
    }

    #[test]
    fn running_statistics_follow_alike_on_every_device() {
        let follow = || {
            let norm = BatchNorm1d::<3>::default();
            let batch = crate::random::Generator::new(1).uniform(&[40, 3], -1.0, 3.0);
            training(|| norm.forward(&Tensor::<Rank2<40, 3>>::from_raw(crate::raw::Raw::new(batch))));
            [norm.running_mean.to_vec(), norm.running_var.to_vec()].concat()
        };
        let (here, expected) = (follow(), crate::Device::Cpu.scope(follow));
        assert!(here.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5), "{here:?} {expected:?}");
    }

    #[test]
    fn evaluation_leaves_the_statistics_alone() {
        let norm = BatchNorm1d::<2>::default();
        norm.forward(&Tensor::<Rank2<3, 2>>::uniform(-1.0, 1.0));
        assert_eq!((norm.running_mean.to_vec(), norm.running_var.to_vec()), (vec![0.0; 2], vec![1.0; 2]));
    }
}
