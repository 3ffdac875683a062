//! One value of each channel or feature: the words `global_avg_pool1d`, `global_max_pool1d`, `global_avg_pool2d` and
//! `global_max_pool2d` over the places of a picture or sequence, `mean_over_time` and `max_over_time` over its steps.
//! Structs call the tensor's own methods.

use crate::io::onnx::{Attribute, Nodes};
use crate::nn::plan::{Plan, Sizes, Word};
use crate::ops;
use crate::say::Msg;

macro_rules! words {
    ($($WORD:ident $name:ident $operator:literal [$($axis:literal)*] $forward:expr;)*) => { $(
        pub(crate) static $WORD: Word = Word {
            name: stringify!($name),
            arguments: &[],
            add: |plan, _| plan.$name(),
            code: |step| step.call(0),
            parameters: |_| Vec::new(),
            forward: |_, _, x| $forward(x),
            onnx: |_, nodes, x| reduce(nodes, x, $operator, &[$($axis),*]),
        };
    )* };
}

// Axes are counted with the batch's.
words! {
    AVG1D global_avg_pool1d "ReduceMean" [2] |x| ops::mean_axis(x, 2);
    MAX1D global_max_pool1d "ReduceMax" [2] |x| ops::max_axis(x, 2);
    AVG2D global_avg_pool2d "ReduceMean" [2 3] ops::global_avg_pool2d;
    MAX2D global_max_pool2d "ReduceMax" [2 3] ops::global_max_pool2d;
    MEAN mean_over_time "ReduceMean" [1] |x| ops::mean_axis(x, 1);
    MAX max_over_time "ReduceMax" [1] |x| ops::max_axis(x, 1);
}

impl Plan {
    /// The mean of each channel: `[C, L]` becomes `[C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([16, 12]).global_avg_pool1d());
    /// assert_eq!(model.network().output(), [16]);
    /// ```
    #[track_caller]
    pub const fn global_avg_pool1d(self) -> Plan {
        self.reduced(&AVG1D, AVG1D.needs(), 2, 0)
    }

    /// The greatest value of each channel: `[C, L]` becomes `[C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([16, 12]).global_max_pool1d());
    /// assert_eq!(model.network().output(), [16]);
    /// ```
    #[track_caller]
    pub const fn global_max_pool1d(self) -> Plan {
        self.reduced(&MAX1D, MAX1D.needs(), 2, 0)
    }

    /// The mean of each channel: `[C, H, W]` becomes `[C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([3, 9, 8]).global_avg_pool2d());
    /// assert_eq!(model.network().output(), [3]);
    /// ```
    #[track_caller]
    pub const fn global_avg_pool2d(self) -> Plan {
        self.reduced(&AVG2D, AVG2D.needs(), 3, 0)
    }

    /// The greatest value of each channel: `[C, H, W]` becomes `[C]`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([3, 9, 8]).global_max_pool2d());
    /// assert_eq!(model.network().output(), [3]);
    /// ```
    #[track_caller]
    pub const fn global_max_pool2d(self) -> Plan {
        self.reduced(&MAX2D, MAX2D.needs(), 3, 0)
    }

    /// The mean of each feature over the steps of a sequence: `[steps, features]` becomes `[features]`, the bag of words of
    /// a text. Keras's `GlobalAveragePooling1D`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([50]).embedding(1000, 16).mean_over_time().dense(4));
    /// assert_eq!(model.forward(&Tensor::<Rank2<3, 50>>::zeros()).shape(), [3, 4]);
    /// ```
    #[track_caller]
    pub const fn mean_over_time(self) -> Plan {
        self.reduced(&MEAN, " needs sequences [steps, features], got ", 2, 1)
    }

    /// The greatest value of each feature over the steps of a sequence: `[steps, features]` becomes `[features]`. Keras's
    /// `GlobalMaxPooling1D`.
    #[track_caller]
    pub const fn max_over_time(self) -> Plan {
        self.reduced(&MAX, " needs sequences [steps, features], got ", 2, 1)
    }

    /// From an input of that rank to one of its axes.
    #[track_caller]
    const fn reduced(self, word: &'static Word, needs: &str, rank: usize, axis: usize) -> Plan {
        let input = self.output();
        if input.rank() != rank {
            let message = Msg::call(word.name, &[]).s(needs);
            return self.fail_on_input(message, "").then(word, [0.0; 8], Sizes::new(&[1]));
        }
        self.then(word, [0.0; 8], Sizes::new(&[input.get(axis)]))
    }
}

fn reduce(nodes: &mut Nodes, x: &str, operator: &'static str, axes: &[usize]) -> String {
    nodes.op(operator, &[x], &[("axes", Attribute::Ints(axes.to_vec())), ("keepdims", Attribute::Int(0))])
}
