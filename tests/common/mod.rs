//! The CNN of the course, as several tests need it.

use ferrolab::array::Array;
use ferrolab::prelude::*;

pub type Cnn = Sequential<Rank3<3, 32, 32>, Rank1<10>>;

/// The network with the initial parameters of the scripts `tests/peers/cnn_*.py`, which compute them by the same formula.
pub fn cnn() -> Cnn {
    let model = sequential!(
        Input([3, 32, 32])
            .conv2d(32, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(64, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(64, 3)
            .relu()
            .flatten()
            .dense(64)
            .relu()
            .dense(10)
    );
    let (mut state, mut bound) = (1u32, 0.0);
    for (name, parameter) in model.parameters() {
        let sizes = parameter.sizes();
        if name.ends_with("weight") {
            bound = 1.0 / (sizes[1..].iter().product::<usize>() as f32).sqrt();
        }
        let values = (0..parameter.len()).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * bound
        });
        parameter.set(Array::from_vec(&sizes, values.collect()));
    }
    model
}
