//! [`NGram`]: the model of language that only counts.

use std::collections::HashMap;

/// How likely each token is behind the `n - 1` tokens before it, by counting: with 1 how frequent it is, with 2 how often it
/// follows the token before it, and so on. The baseline for every network that writes. Tokens are numbers: of characters
/// ([`Characters`](super::Characters)) or of words ([`Vocabulary`](super::Vocabulary)).
///
/// ```
/// use ferrolab::data::text::{Characters, NGram};
/// let letters = Characters::of("banana");
/// let pairs = NGram::new(2, &letters.encode("banana"), letters.len());
/// let after_n = pairs.probabilities(&letters.encode("n")); // in "banana", an `a` each time
/// assert!(after_n[0] > 0.8);
/// assert!((after_n.iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// ```
///
/// Rare contexts know little. Each count is therefore mixed with the estimate of the next shorter context, and the more so the
/// more different tokens have been seen in the context (Witten and Bell 1991): with `c` the count of a token, `N` the number of
/// all and `T` of the different ones, `(c + T · shorter) / (N + T)`. The shortest estimate is that all tokens are equally likely.
#[derive(Clone, Debug)]
pub struct NGram {
    n: usize,
    tokens: usize,
    /// By the tokens before, from none up to `n - 1`.
    contexts: HashMap<Vec<usize>, Counts>,
}

/// What followed a context.
#[derive(Clone, Debug, Default)]
struct Counts {
    total: u32,
    of: HashMap<usize, u32>,
}

impl NGram {
    /// Counts a text of token numbers below `tokens`.
    ///
    /// ***Panics*** if `n` is 0, or a number is not below `tokens`.
    #[track_caller]
    pub fn new(n: usize, text: &[usize], tokens: usize) -> Self {
        assert!(n > 0, "NGram: n is the length of the pieces that are counted, at least 1");
        check(text, tokens);
        let mut contexts: HashMap<Vec<usize>, Counts> = HashMap::new();
        for (place, &token) in text.iter().enumerate() {
            for length in 0..n.min(place + 1) {
                let before = &text[place - length..place];
                if !contexts.contains_key(before) {
                    contexts.insert(before.to_vec(), Counts::default());
                }
                if let Some(counts) = contexts.get_mut(before) {
                    counts.total += 1;
                    *counts.of.entry(token).or_default() += 1;
                }
            }
        }
        NGram { n, tokens, contexts }
    }

    /// The probability of each token as the next one; they add up to 1. Of the tokens before, the last `n - 1` count.
    pub fn probabilities(&self, before: &[usize]) -> Vec<f32> {
        let mut all = vec![1.0 / self.tokens as f64; self.tokens];
        for counts in self.counts(before) {
            let (total, kinds) = (f64::from(counts.total), counts.of.len() as f64);
            all.iter_mut().for_each(|p| *p = *p * kinds / (total + kinds));
            for (&token, &count) in &counts.of {
                all[token] += f64::from(count) / (total + kinds);
            }
        }
        all.into_iter().map(|p| p as f32).collect()
    }

    /// How many bits a token costs on average, in a text of the same kind: the cross entropy with the logarithm of base 2. The
    /// fewer, the better the model guesses.
    ///
    /// ```
    /// use ferrolab::data::text::NGram;
    /// let undecided = NGram::new(1, &[0, 1, 2, 3], 4);
    /// assert!((undecided.bits(&[3, 3, 0]) - 2.0).abs() < 1e-6); // one of four: two bits
    /// ```
    ///
    /// NaN for an empty text. ***Panics*** if a number is not below the number of tokens.
    #[track_caller]
    pub fn bits(&self, text: &[usize]) -> f32 {
        check(text, self.tokens);
        let bits = |place: usize| -self.probability(&text[..place], text[place]).log2();
        ((0..text.len()).map(bits).sum::<f64>() / text.len() as f64) as f32
    }

    fn probability(&self, before: &[usize], token: usize) -> f64 {
        self.counts(before).fold(1.0 / self.tokens as f64, |shorter, counts| {
            let (total, kinds) = (f64::from(counts.total), counts.of.len() as f64);
            let count = f64::from(counts.of.get(&token).copied().unwrap_or(0));
            (count + kinds * shorter) / (total + kinds)
        })
    }

    /// The counts of the ends of `before`, from the shortest to the longest that has been seen.
    fn counts<'a>(&'a self, before: &'a [usize]) -> impl Iterator<Item = &'a Counts> {
        let lengths = 0..self.n.min(before.len() + 1);
        lengths.map_while(|length| self.contexts.get(&before[before.len() - length..]))
    }
}

#[track_caller]
fn check(text: &[usize], tokens: usize) {
    if let Some(token) = text.iter().find(|&&token| token >= tokens) {
        panic!("NGram: expected tokens below their number, {tokens}, got {token}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 1 0 1 0 2
    const TEXT: [usize; 6] = [0, 1, 0, 1, 0, 2];

    #[test]
    fn counts_are_mixed_with_those_of_shorter_contexts() {
        let model = NGram::new(2, &TEXT, 4);
        // Token 1: alone (2 + 3 · 1/4) / (6 + 3); behind a 0 (2 + 2 · that) / (3 + 2).
        let alone = 2.75 / 9.0;
        let behind = (2.0 + 2.0 * alone) / 5.0;
        assert!((model.probability(&[], 1) - alone).abs() < 1e-12);
        assert!((model.probability(&[3, 0], 1) - behind).abs() < 1e-12);
        assert!((model.probabilities(&[0])[1] - behind as f32).abs() < 1e-6);
        // Nothing has followed a 2: what is known without it.
        assert_eq!(model.probability(&[2], 1), model.probability(&[], 1));
    }

    #[test]
    fn probabilities_add_up_and_are_never_zero() {
        for n in 1..5 {
            let model = NGram::new(n, &TEXT, 5);
            for before in [&[][..], &[0], &[0, 1], &[1, 0, 1, 0], &[4, 4]] {
                let all = model.probabilities(before);
                assert!((all.iter().sum::<f32>() - 1.0).abs() < 1e-6 && all.iter().all(|&p| p > 0.0));
            }
        }
    }

    #[test]
    fn longer_contexts_guess_better_what_repeats() {
        let text: Vec<usize> = (0..300).map(|i| [0, 1, 2, 1][i % 4]).collect();
        let bits = [1, 2, 3].map(|n| NGram::new(n, &text, 3).bits(&text));
        assert!(bits[0] > 1.4 && bits[1] < 0.6 && bits[2] < 0.2, "{bits:?}");
        assert!(NGram::new(1, &text, 3).bits(&[]).is_nan());
    }

    #[test]
    #[should_panic(expected = "NGram: expected tokens below their number, 4, got 7")]
    fn tokens_are_numbered() {
        NGram::new(2, &[1, 7], 4);
    }
}
