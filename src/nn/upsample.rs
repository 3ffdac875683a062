//! Larger pictures, each pixel repeated: the word `upsample`, and [`Upsample`] for structs.

use crate::axes::EnlargedBy;
use crate::io::onnx::Attribute;
use crate::nn::module::{Module, Visitor};
use crate::nn::plan::{Plan, Sizes, Word, arguments};
use crate::ops;
use crate::ops::Enlarged;
use crate::say::Msg;
use crate::tensor::Tensor;

pub(crate) static WORD: Word = Word {
    name: "upsample",
    arguments: &["factor"],
    add: |plan, &[factor, ..]| plan.upsample(factor as usize),
    code: |step| step.call(1),
    parameters: |_| Vec::new(),
    forward: |step, _, x| ops::upsample_nearest2d(x, step.size(0)),
    onnx: |step, nodes, x| {
        let factor = step.size(0) as f32;
        let scales = nodes.floats("scales", &[4], vec![1.0, 1.0, factor, factor]);
        let settings = [
            ("mode", Attribute::Text("nearest")),
            ("coordinate_transformation_mode", Attribute::Text("asymmetric")),
            ("nearest_mode", Attribute::Text("floor")),
        ];
        // The second input, a region of interest, is left out.
        nodes.op("Resize", &[x, "", &scales], &settings)
    },
};

impl Plan {
    /// Makes pictures `factor` times as high and wide, each pixel repeated: `[C, H, W]` becomes
    /// `[C, factor · H, factor · W]`. Keras's `UpSampling2D`.
    #[track_caller]
    pub const fn upsample(self, factor: usize) -> Plan {
        let (input, numbers) = (self.output(), arguments(&[factor as f64]));
        if factor == 0 {
            let message = Msg::call(WORD.name, &[factor]).s(": every size must be at least 1");
            return self.fail(message).then_alike(&WORD, arguments(&[1.0]));
        }
        if input.rank() != 3 {
            let message =
                Msg::call(WORD.name, &[factor]).s(" needs an image [channels, height, width], got ");
            return self.fail_on_input(message, "").then_alike(&WORD, numbers);
        }
        let output = Sizes::new(&[input.get(0), input.get(1) * factor, input.get(2) * factor]);
        self.then(&WORD, numbers, output)
    }
}

/// Pictures `FACTOR` times as high and wide, each pixel repeated: PyTorch's `Upsample(scale_factor=FACTOR)`.
///
/// ```
/// use ferrolab::nn::Upsample;
/// use ferrolab::prelude::*;
/// let x = Tensor::<Rank4<1, 1, 1, 2>>::from([[[[1.0, 2.0]]]]);
/// assert_eq!(Upsample::<2>.forward(&x).to_vec(), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Upsample<const FACTOR: usize>;

impl<const FACTOR: usize> Upsample<FACTOR> {
    /// From `[batch, C, H, W]` to `[batch, C, FACTOR · H, FACTOR · W]`.
    #[inline]
    pub fn forward<S: EnlargedBy<FACTOR>>(&self, x: &Tensor<S>) -> Enlarged<S, FACTOR> {
        x.upsample_nearest2d::<FACTOR>()
    }
}

impl<const FACTOR: usize> Module for Upsample<FACTOR> {
    fn visit(&self, _: &mut dyn Visitor) {}
}
