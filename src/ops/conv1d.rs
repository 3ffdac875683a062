//! `conv1d`: convolutions over sequences, which are pictures of one row.

use super::{Moves, convolve, reshape};
use crate::raw::Raw;

/// The convolution of sequences `[n, c, l]` with `weight`, `[o, c / groups, k]`, plus `bias`, `[o]`; of `moves`, the
/// second numbers count.
///
/// ***Panics*** as [`convolve`].
#[track_caller]
pub fn conv1d(x: &Raw, weight: &Raw, bias: Option<&Raw>, moves: &Moves) -> Raw {
    let (&[n, c, l], &[o, of_group, k]) = (&x.sizes()[..], &weight.sizes()[..]) else {
        panic!(
            "conv1d: expected sequences [batch, channels, length] and a weight [out channels, in channels, kernel], got \
             {:?} and {:?}",
            x.sizes(),
            weight.sizes()
        )
    };
    let [_, stride] = moves.stride;
    let moves = Moves {
        stride: [1, stride],
        padding: [0, moves.padding[1]],
        dilation: [1, moves.dilation[1]],
        groups: moves.groups,
    };
    let y = convolve(&reshape(x, &[n, c, 1, l]), &reshape(weight, &[o, of_group, 1, k]), bias, &moves);
    let length = y.sizes()[3];
    reshape(&y, &[n, o, length])
}
