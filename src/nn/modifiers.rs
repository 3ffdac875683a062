//! Words that change the layer before them: `same`, `padding`, `stride`, `dilation`, `groups`, `without_bias`. Those that
//! only one layer knows are in its file.

use crate::nn::conv_transpose2d::{Transposed, is_transposed};
use crate::nn::convolution::Convolution;
use crate::nn::linear;
use crate::nn::plan::{Plan, Step};
use crate::say::Msg;

/// The convolution that a step is.
const fn convolution(step: Option<Step>) -> Option<Convolution> {
    match step {
        Some(step) if matches!(step.word.name.as_bytes(), b"conv2d" | b"conv1d") => {
            Some(Convolution::of(&step))
        }
        _ => None,
    }
}

/// The transposed convolution that a step is.
const fn transposed(step: Option<Step>) -> Option<Transposed> {
    match step {
        Some(step) if is_transposed(&step) => Some(Transposed::of(&step)),
        _ => None,
    }
}

/// Whether a step is a pooling by windows.
const fn is_pooling(step: &Step) -> bool {
    matches!(step.word.name.as_bytes(), b"max_pool2d" | b"avg_pool2d" | b"max_pool1d" | b"avg_pool1d")
}

impl Plan {
    /// Pads the convolution before it with zeros so that, at stride 1, its sizes stay, also if it is dilated. Needs an odd
    /// kernel. A transposed convolution is padded so that its result is `stride` times as large as its input.
    #[track_caller]
    pub const fn same(self) -> Plan {
        match convolution(self.last()) {
            Some(it) if it.kernel.is_multiple_of(2) => {
                self.fail(Msg::new().s("same() needs an odd kernel, got ").u(it.kernel))
            }
            Some(it) => {
                let padding = it.dilation * (it.kernel / 2);
                self.without_last().convolve(Convolution { padding, same: true, ..it })
            }
            None => match transposed(self.last()) {
                Some(it) => self.without_last().transposed(Transposed { same: true, ..it }),
                None => self.fail(Msg::new().s("same() follows a convolution: `.conv2d(64, 3).same()`")),
            },
        }
    }

    /// Puts `padding` zeros on each side of what the convolution or pooling before it reads; of what a transposed
    /// convolution makes, cuts off as much.
    #[track_caller]
    pub const fn padding(self, padding: usize) -> Plan {
        if let Some(it) = convolution(self.last()) {
            return self.without_last().convolve(Convolution { padding, same: false, ..it });
        }
        if let Some(it) = transposed(self.last()) {
            return self.without_last().transposed(Transposed { padding, same: false, ..it });
        }
        match self.last() {
            Some(pool) if is_pooling(&pool) => {
                self.without_last().pool(pool.word, pool.size(0), pool.size(1), padding)
            }
            _ => self.fail(
                Msg::new().s("padding() follows a convolution or a pooling: `.conv2d(64, 3).padding(1)`"),
            ),
        }
    }

    /// Moves the kernel of the convolution, or the window of the pooling, before it by `stride` pixels at a time; of a
    /// transposed convolution, by as many on what it makes.
    #[track_caller]
    pub const fn stride(self, stride: usize) -> Plan {
        if let Some(it) = convolution(self.last()) {
            return self.without_last().convolve(Convolution { stride, ..it });
        }
        if let Some(it) = transposed(self.last()) {
            return self.without_last().transposed(Transposed { stride, ..it });
        }
        match self.last() {
            Some(pool) if is_pooling(&pool) && stride > 0 => {
                self.without_last().pool(pool.word, pool.size(0), stride, pool.size(2))
            }
            Some(pool) if is_pooling(&pool) => {
                self.fail(Msg::new().s("stride(0): every size must be at least 1"))
            }
            _ => self.fail(Msg::new().s("stride() follows a convolution: `.conv2d(64, 3).stride(2)`")),
        }
    }

    /// Lets the kernel of the convolution before it read pixels that lie `dilation` apart.
    #[track_caller]
    pub const fn dilation(self, dilation: usize) -> Plan {
        match convolution(self.last()) {
            Some(it) => {
                let padding = if it.same { dilation * (it.kernel / 2) } else { it.padding };
                self.without_last().convolve(Convolution { dilation, padding, ..it })
            }
            None => self.fail(Msg::new().s("dilation() follows a convolution: `.conv2d(64, 3).dilation(2)`")),
        }
    }

    /// Cuts the channels of the convolution before it into groups: each filter reads those of its group only.
    #[track_caller]
    pub const fn groups(self, groups: usize) -> Plan {
        match convolution(self.last()) {
            Some(it) => self.without_last().convolve(Convolution { groups, ..it }),
            None => self.fail(Msg::new().s("groups() follows a convolution: `.conv2d(64, 3).groups(4)`")),
        }
    }

    /// Takes the bias away from the convolution or dense layer before it: a normalisation behind it makes it superfluous.
    #[track_caller]
    pub const fn without_bias(self) -> Plan {
        if let Some(it) = convolution(self.last()) {
            return self.without_last().convolve(Convolution { bias: false, ..it });
        }
        if let Some(it) = transposed(self.last()) {
            return self.without_last().transposed(Transposed { bias: false, ..it });
        }
        match self.last() {
            Some(step) if matches!(step.word.name.as_bytes(), b"dense") => {
                self.without_last().then(&linear::WORD, linear::numbers(step.size(0), false), step.output)
            }
            _ => {
                self.fail(Msg::new().s(
                    "without_bias() follows a convolution or a dense layer: `.conv2d(64, 3).without_bias()`",
                ))
            }
        }
    }
}
