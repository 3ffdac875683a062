//! `dropout`: zeroes a random part of the values while training.

use crate::cpu::elementwise;
use crate::cuda;
use crate::random;
use crate::raw::Raw;

/// Every value with probability `p` replaced by 0, the others multiplied by `1 / (1 - p)`, so that the expected sum
/// stays. It always drops: whether the model is training is for the layer to know.
///
/// Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*, JMLR 15 (2014).
///
/// ***Panics*** unless `0 <= p < 1`.
#[track_caller]
pub fn dropout(x: &Raw, p: f32) -> Raw {
    assert!((0.0..1.0).contains(&p), "dropout: expected a probability from 0 to below 1, got {p}");
    let array = x.array();
    if let Some(gpu) = cuda::active() {
        // The mask is drawn again on the way back, which is cheaper than to keep it.
        let (seed, layout) = (random::seed(), array.layout());
        let y = Raw::kept_as(&[x], gpu.dropout(&array, seed, p));
        return Raw::from_op("dropout", y, &[x], move |gradient, _| {
            vec![Some(gpu.dropout(&gradient.in_layout(layout), seed, p))]
        });
    }
    let kept = random::bernoulli(&x.sizes(), 1.0 - p);
    let mask = elementwise::map(&kept, |kept| kept / (1.0 - p));
    let y = Raw::kept_as(&[x], elementwise::zip(&array, &mask, |x, mask| x * mask));
    Raw::from_op("dropout", y, &[x], move |gradient, _| {
        vec![Some(elementwise::zip(gradient, &mask, |g, mask| g * mask))]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::scattered;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[3], vec![1.0, -2.0, 0.5])], |x| {
            random::manual_seed(3);
            dropout(&x[0], 0.4)
        });
    }

    #[test]
    fn a_share_of_p_is_dropped_and_the_mean_stays() {
        random::manual_seed(5);
        let y = dropout(&Raw::new(Array::full(&[10_000], 1.0)), 0.25).to_vec();
        let dropped = y.iter().filter(|&&y| y == 0.0).count();
        assert!((2_300..2_700).contains(&dropped), "{dropped} of 10000 dropped");
        assert!(y.iter().all(|&y| y == 0.0 || y == 1.0 / 0.75));
    }

    #[test]
    #[should_panic(expected = "dropout: expected a probability from 0 to below 1, got 1")]
    fn not_everything_can_be_dropped() {
        dropout(&Raw::new(Array::full(&[1], 1.0)), 1.0);
    }

    #[test]
    fn the_gradient_is_dropped_where_the_values_are() {
        let x = Raw::new(scattered(&[3, 2, 5, 7])).requires_grad();
        random::manual_seed(2);
        let y = dropout(&x, 0.3);
        let seed_again = || {
            random::manual_seed(2);
            dropout(&x, 0.3).to_vec()
        };
        assert_eq!(seed_again(), y.to_vec());
        assert_ne!(dropout(&x, 0.3).to_vec(), y.to_vec());
        let mask = backward(&crate::ops::sum(&y)).of_raw(&x).to_vec();
        for ((x, y), mask) in x.to_vec().into_iter().zip(y.to_vec()).zip(mask) {
            assert!(y == x * mask && (mask == 0.0 || mask == 1.0 / (1.0 - 0.3)), "{x} {y} {mask}");
        }
    }
}
