//! [`words`]: a text in words and marks.

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
    text.split_word_bounds().filter(|part| !part.trim().is_empty()).map(str::to_lowercase).collect()
}
