//! [`words`] and [`tokens`]: a text in words and marks; [`word_counts`]: how often each word is in texts.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

/// The words of a text in lower case, and its punctuation marks, by the rules of Unicode (Standard Annex 29): apostrophes and
/// decimal points stay within words, and each emoji is one.
///
/// ```
/// use ferrolab::data::text::words;
/// assert_eq!(words("Don't panic, it's 3.5 €!"), ["don't", "panic", ",", "it's", "3.5", "€", "!"]);
/// assert_eq!(words("ÜBER-Straße 👩‍🚀"), ["über", "-", "straße", "👩‍🚀"]);
/// ```
pub fn words(text: &str) -> Vec<String> {
    parts(text).map(str::to_lowercase).collect()
}

/// The same as [`words`], with the letters as they are: for models that look at capitals.
///
/// ```
/// use ferrolab::data::text::tokens;
/// assert_eq!(tokens("And Adam knew Eve."), ["And", "Adam", "knew", "Eve", "."]);
/// ```
pub fn tokens(text: &str) -> Vec<String> {
    parts(text).map(str::to_owned).collect()
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split_word_bounds().filter(|part| !part.trim().is_empty())
}

/// The [`words`] of texts and how often each occurs, the most frequent first; among equally frequent ones, the first in the
/// alphabet comes first.
///
/// ```
/// use ferrolab::data::text::word_counts;
/// let counts = word_counts(["One fish", "two fish"]);
/// assert_eq!(counts, [("fish".into(), 2), ("one".into(), 1), ("two".into(), 1)]);
/// ```
pub fn word_counts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Vec<(String, usize)> {
    let mut counts = HashMap::new();
    texts.into_iter().for_each(|text| count(words(text.as_ref()), &mut counts));
    by_count(counts)
}

/// Adds words to the counts.
pub(super) fn count(words: Vec<String>, counts: &mut HashMap<String, usize>) {
    words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
}

/// In an order that depends on nothing but the counts.
pub(super) fn by_count(counts: HashMap<String, usize>) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, times), (b, others)| others.cmp(times).then_with(|| a.cmp(b)));
    counts
}
