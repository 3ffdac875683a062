//! One value of each channel or feature: the words `global_avg_pool1d`, `global_max_pool1d`, `global_avg_pool2d` and
//! `global_max_pool2d` over the places of a picture or sequence, `mean_over_time` and `max_over_time` over its steps.
//! Structs call the tensor's own methods.

use crate::io::onnx::{Attribute, Nodes};
use crate::nn::plan::{Plan, Sizes, Word};
use crate::ops;
use crate::say::Msg;

macro_rules! words {
    ($($(#[$docs:meta])* $WORD:ident $name:ident [$channels:literal $rank:literal $needs:literal] $operator:literal
        [$($axis:literal)*] $forward:expr;)*) => {
        $(
            pub(crate) static $WORD: Word = Word {
                name: stringify!($name),
                arguments: &[],
                add: |plan, _| plan.$name(),
                code: |step| step.call(0),
                parameters: |_| Vec::new(),
                forward: |_, _, x| $forward(x),
                onnx: |_, nodes, x| reduce(nodes, x, $operator, &[$($axis),*]),
            };
        )*

        impl Plan {
            $(
                $(#[$docs])*
                #[track_caller]
                pub const fn $name(self) -> Plan {
                    let output = Sizes::new(&[self.output().get($channels)]);
                    if self.output().rank() != $rank {
                        let message = Msg::new().s(concat!(stringify!($name), "() needs ", $needs, ", got "));
                        let harmless = Sizes::new(&[1]);
                        return self.fail_on_input(message, "").then(&$WORD, [0.0; 8], harmless);
                    }
                    self.then(&$WORD, [0.0; 8], output)
                }
            )*
        }
    };
}

words! {
    /// The mean of each channel: `[C, L]` becomes `[C]`.
    AVG1D global_avg_pool1d [0 2 "sequences [channels, length]"] "ReduceMean" [2] |x| ops::mean_axis(x, 2);
    /// The greatest value of each channel: `[C, L]` becomes `[C]`.
    MAX1D global_max_pool1d [0 2 "sequences [channels, length]"] "ReduceMax" [2] |x| ops::max_axis(x, 2);
    /// The mean of each channel: `[C, H, W]` becomes `[C]`.
    AVG2D global_avg_pool2d [0 3 "an image [channels, height, width]"] "ReduceMean" [2 3] ops::global_avg_pool2d;
    /// The greatest value of each channel: `[C, H, W]` becomes `[C]`.
    MAX2D global_max_pool2d [0 3 "an image [channels, height, width]"] "ReduceMax" [2 3] ops::global_max_pool2d;
    /// The mean of each feature over the steps of a sequence: `[steps, features]` becomes `[features]`, the bag of words of
    /// a text. Keras's `GlobalAveragePooling1D`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([50]).embedding(1000, 16).mean_over_time().dense(4));
    /// assert_eq!(model.forward(&Tensor::<Rank2<3, 50>>::zeros()).shape(), [3, 4]);
    /// ```
    MEAN mean_over_time [1 2 "sequences [steps, features]"] "ReduceMean" [1] |x| ops::mean_axis(x, 1);
    /// The greatest value of each feature over the steps of a sequence: `[steps, features]` becomes `[features]`. Keras's
    /// `GlobalMaxPooling1D`.
    MAX max_over_time [1 2 "sequences [steps, features]"] "ReduceMax" [1] |x| ops::max_axis(x, 1);
}

fn reduce(nodes: &mut Nodes, x: &str, operator: &'static str, axes: &[usize]) -> String {
    nodes.op(operator, &[x], &[("axes", Attribute::Ints(axes.to_vec())), ("keepdims", Attribute::Int(0))])
}
