//! [`TokenFeatures`]: several numbers for each token, of what a model may look at: the word, its ending, its shape.

use super::{PaddedTokens, Vocabulary};

/// The pattern of a token's letters: `X` for a capital, `x` for a small one, `d` for a digit, other marks as they are; of more
/// than four equal signs in a row, four are kept. spaCy's `shape_`.
///
/// ```
/// use ferrolab::data::text::word_shape;
/// assert_eq!(["And", "LORD", "Jerusalem", "3rd", ","].map(word_shape), ["Xxx", "XXXX", "Xxxxx", "dxx", ","]);
/// ```
pub fn word_shape(token: &str) -> String {
    let (mut shape, mut run) = (String::new(), 0);
    for letter in token.chars() {
        let sign = match letter {
            _ if letter.is_uppercase() => 'X',
            _ if letter.is_alphabetic() => 'x',
            _ if letter.is_numeric() => 'd',
            _ => letter,
        };
        run = if shape.ends_with(sign) { run + 1 } else { 1 };
        if run <= 4 {
            shape.push(sign);
        }
    }
    shape
}

/// The first `letters` letters of a token, or all it has.
///
/// ```
/// assert_eq!(ferrolab::data::text::prefix("Überlingen", 3), "Übe");
/// ```
pub fn prefix(token: &str, letters: usize) -> String {
    token.chars().take(letters).collect()
}

/// The last `letters` letters of a token, or all it has.
///
/// ```
/// assert_eq!(["Canaanites", "is"].map(|word| ferrolab::data::text::suffix(word, 4)), ["ites", "is"]);
/// ```
pub fn suffix(token: &str, letters: usize) -> String {
    let skipped = token.chars().count().saturating_sub(letters);
    token.chars().skip(skipped).collect()
}

/// What a model sees of a token: `F` features, each made by a function from the token to a string, and a [`Vocabulary`] that
/// numbers those strings. A word that was never seen still has a known ending and a known shape.
///
/// ```
/// use ferrolab::data::text::{self, TokenFeatures};
/// let sentences = [["Paul", "saw", "Rome"], ["Saul", "saw", "Paul"]];
/// let features = TokenFeatures::fit(
///     [|token| token.to_lowercase(), |token| text::suffix(token, 2), text::word_shape],
///     [100, 100, 20], // at most so many different ones
///     sentences.iter().map(|sentence| &sentence[..]),
/// );
/// let batch = features.batch(&[["Raul", "saw"]]);
/// let [words, endings, shapes] = &batch.features;
/// assert_eq!(words.to_vec(), [1, 3]); // `raul` is unknown
/// assert_eq!(endings.to_vec(), [2, 3]); // but it ends as `Paul` does
/// ```
#[derive(Clone, Debug)]
pub struct TokenFeatures<const F: usize> {
    functions: [fn(&str) -> String; F],
    vocabularies: [Vocabulary; F],
}

impl<const F: usize> TokenFeatures<F> {
    /// Numbers the features of sentences to learn from: of each feature the most frequent `max_sizes`, `<pad>` and `<unk>`
    /// among them.
    ///
    /// ***Panics*** if one of these sizes is less than 2.
    #[track_caller]
    pub fn fit<'a, T: AsRef<str> + 'a>(
        functions: [fn(&str) -> String; F],
        max_sizes: [usize; F],
        sentences: impl IntoIterator<Item = &'a [T]>,
    ) -> Self {
        let tokens: Vec<&str> = sentences.into_iter().flatten().map(AsRef::as_ref).collect();
        let vocabularies = std::array::from_fn(|feature| {
            let builder = Vocabulary::builder().max_size(max_sizes[feature]);
            builder.build_tokens(tokens.iter().map(|token| functions[feature](token)))
        });
        TokenFeatures { functions, vocabularies }
    }

    /// The numbers of each feature.
    pub fn vocabularies(&self) -> &[Vocabulary; F] {
        &self.vocabularies
    }

    /// The features of a sentence: `F` lists of one number a token.
    pub fn encode<T: AsRef<str>>(&self, tokens: &[T]) -> [Vec<usize>; F] {
        std::array::from_fn(|feature| {
            let number = |token: &T| {
                let text = self.functions[feature](token.as_ref());
                self.vocabularies[feature].number(&text).unwrap_or(1)
            };
            tokens.iter().map(number).collect()
        })
    }

    /// Sentences as a model takes them: padded to the longest.
    ///
    /// ***Panics*** if there is no sentence, or one without a token.
    #[track_caller]
    pub fn batch<S: AsRef<[T]>, T: AsRef<str>>(&self, sentences: &[S]) -> PaddedTokens<F> {
        let encoded: Vec<[Vec<usize>; F]> =
            sentences.iter().map(|sentence| self.encode(sentence.as_ref())).collect();
        PaddedTokens::new(&encoded.iter().collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_keep_marks_and_shorten_runs() {
        let shapes = ["", "McDonald's", "1000000", "......", "ÄÖx"].map(word_shape);
        assert_eq!(shapes, ["", "XxXxxxx'x", "dddd", "....", "XXx"]);
    }

    #[test]
    fn the_most_frequent_ones_have_numbers() {
        let sentences: [&[&str]; 2] = [&["a", "b", "b"], &["c"]];
        let features = TokenFeatures::fit([str::to_owned], [3], sentences);
        assert_eq!(features.vocabularies()[0].words(), ["<pad>", "<unk>", "b"]);
        assert_eq!(features.encode(&["b", "a"]), [[2, 1]]);
    }
}
