//! [`sample`]: the next token, drawn by its scores.

use crate::random;

/// A token drawn at random, with the probabilities that the softmax makes of `scores / temperature`: at 1 as the model believes;
/// below, likely tokens become likelier; above, all become more alike. At 0 it is the token of the highest score. Drawn by this
/// thread's generator: see [`manual_seed`](crate::manual_seed).
///
/// ```
/// use ferrolab::data::text::sample;
/// let scores = [1.0, 3.0, 0.0];
/// assert_eq!(sample(&scores, 0.0), 1);
/// assert!((0..100).all(|_| sample(&scores, 0.05) == 1)); // nearly as sure
/// assert!((0..100).any(|_| sample(&scores, 2.0) != 1));
/// ```
///
/// ***Panics*** if there are no scores, one is not a number, or the temperature is below 0.
#[track_caller]
pub fn sample(scores: &[f32], temperature: f32) -> usize {
    assert!(!scores.is_empty(), "sample: there are no scores");
    assert!(temperature >= 0.0, "sample: the temperature must be at least 0, got {temperature}");
    if let Some(token) = scores.iter().position(|score| score.is_nan()) {
        panic!("sample: the score of token {token} is not a number");
    }
    let best =
        (1..scores.len()).fold(0, |best, token| if scores[token] > scores[best] { token } else { best });
    if temperature == 0.0 {
        return best;
    }
    let weights: Vec<f32> = scores.iter().map(|score| ((score - scores[best]) / temperature).exp()).collect();
    let mut left = random::uniform(&[1], 0.0, weights.iter().sum()).values()[0];
    for (token, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return token;
        }
    }
    best // what rounding leaves over
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_as_often_as_their_probability_says() {
        crate::manual_seed(1);
        let scores = [0.5f32, 0.3, 0.2].map(f32::ln);
        let mut counts = [0.0f32; 3];
        (0..20_000).for_each(|_| counts[sample(&scores, 1.0)] += 1.0 / 20_000.0);
        for (count, share) in counts.iter().zip([0.5, 0.3, 0.2]) {
            assert!((count - share).abs() < 0.015, "{counts:?}");
        }
        // At half the temperature the probabilities are squared.
        let firsts = (0..20_000).filter(|_| sample(&scores, 0.5) == 0).count() as f32 / 20_000.0;
        assert!((firsts - 0.25 / 0.38).abs() < 0.015, "{firsts}");
    }

    #[test]
    fn what_is_impossible_is_never_drawn() {
        assert!((0..1000).all(|_| sample(&[f32::NEG_INFINITY, 0.0, f32::NEG_INFINITY], 5.0) == 1));
    }

    #[test]
    #[should_panic(expected = "sample: the temperature must be at least 0, got -1")]
    fn there_is_no_negative_temperature() {
        sample(&[0.0], -1.0);
    }
}
