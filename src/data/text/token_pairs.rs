//! [`TokenPairs`]: sentences and their translations as numbers, to train a translator on; [`TokenBatch`]: texts of a batch,
//! filled up to the longest.

use std::fmt;

use super::batching::alike;
use super::{SubWords, TextEncoder, padded};
use crate::data::slow::SlowBar;
use crate::data::{DatasetError, Source};
use crate::loss::Labels;
use crate::ops::AttentionMask;
use crate::shape::Dyn;
use crate::tensor::Tensor;

/// Texts as numbers, filled up behind to the length of the longest. `T` names that length: two batches of different names
/// cannot be mixed up.
///
/// ```
/// use ferrolab::data::text::TokenBatch;
/// use ferrolab::prelude::*;
/// let batch = TokenBatch::<'S'>::new(&[vec![7, 8, 9], vec![5]], 0);
/// assert_eq!(batch.ids.shape(), [2, 3]);
/// assert_eq!(batch.ids.to_vec(), [7, 8, 9, 5, 0, 0]);
/// assert_eq!(batch.lengths, [3, 1]);
/// assert_eq!(batch.texts(), [vec![7, 8, 9], vec![5]]);
///
/// // An attention that is given the mask does not look at what was filled up.
/// let x = Embedding::<10, 4>::default().forward(&batch.ids);
/// let weights = MultiHeadAttention::<4, 1>::default().weights(&x, &x, &batch.mask());
/// assert_eq!(weights.to_vec()[9..12], [1.0, 0.0, 0.0]);
/// ```
#[derive(Clone)]
pub struct TokenBatch<const T: char> {
    /// `[texts, tokens of the longest]`
    pub ids: Tensor<(usize, Dyn<T>), i64>,
    /// How many tokens each text has.
    pub lengths: Vec<usize>,
}

impl<const T: char> TokenBatch<T> {
    /// Fills texts up with the number `padding`.
    pub fn new(texts: &[Vec<usize>], padding: usize) -> Self {
        let (ids, lengths) = filled_up(texts, padding);
        TokenBatch { ids: Tensor::from_stored(ids), lengths }
    }

    /// How many tokens the longest has.
    pub fn steps(&self) -> usize {
        self.ids.shape()[1]
    }

    /// The numbers of each text, without what was filled up.
    pub fn texts(&self) -> Vec<Vec<usize>> {
        shortened(&self.ids.to_vec(), &self.lengths)
    }

    /// What attention may look at: the tokens, not what was filled up.
    pub fn mask(&self) -> AttentionMask {
        AttentionMask::none().lengths(&self.lengths, self.steps())
    }

    /// The texts at these places, each as often as it is named; as long as they are here.
    ///
    /// ***Panics*** if there is no such text.
    #[track_caller]
    pub fn select(&self, places: &[usize]) -> Self {
        let ids = Tensor::from_stored(self.ids.index_select::<0>(places).stored().clone());
        TokenBatch { ids, lengths: places.iter().map(|&place| self.lengths[place]).collect() }
    }
}

impl TokenBatch<'S'> {
    /// Sentences as the encoder of a translator reads them: the end token behind each.
    ///
    /// ```
    /// use ferrolab::data::text::{SubWords, TokenBatch};
    /// let subwords = SubWords::train(["ab"], 10); // <pad>, <unk>, <bos>, <eos>, a, b, ▁
    /// assert_eq!(TokenBatch::sentences(&["ab"], &subwords).texts(), [[6, 4, 5, 3]]);
    /// ```
    ///
    /// ***Panics*** if the tokenizer has no end token.
    #[track_caller]
    pub fn sentences<S: AsRef<str>>(texts: &[S], subwords: &SubWords) -> Self {
        let text = |text: &S| [subwords.encode(text.as_ref()), vec![subwords.end()]].concat();
        TokenBatch::new(&texts.iter().map(text).collect::<Vec<_>>(), subwords.padding())
    }
}

impl TokenBatch<'T'> {
    /// Beginnings of translations as the decoder of a translator reads them: the start token before each.
    ///
    /// ```
    /// use ferrolab::data::text::{SubWords, TokenBatch};
    /// let subwords = SubWords::train(["ab"], 10);
    /// assert_eq!(TokenBatch::beginnings(&["ab"], &subwords).texts(), [[2, 6, 4, 5]]);
    /// ```
    ///
    /// ***Panics*** if the tokenizer has no start token.
    #[track_caller]
    pub fn beginnings<S: AsRef<str>>(texts: &[S], subwords: &SubWords) -> Self {
        let text = |text: &S| [vec![subwords.start()], subwords.encode(text.as_ref())].concat();
        TokenBatch::new(&texts.iter().map(text).collect::<Vec<_>>(), subwords.padding())
    }
}

// Not generic, so that a notebook's cell compiles none of it.
fn filled_up(texts: &[Vec<usize>], padding: usize) -> (crate::dtype::Values<i64>, Vec<usize>) {
    let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
    let steps = lengths.iter().copied().max().unwrap_or(0);
    let ids = texts.iter().flat_map(|text| padded(text, steps, padding)).map(|id| id as i64).collect();
    (crate::dtype::Stored::from_vec(&[texts.len(), steps], ids), lengths)
}

fn shortened(ids: &[i64], lengths: &[usize]) -> Vec<Vec<usize>> {
    let steps = ids.len() / lengths.len().max(1);
    let text = |(row, &length): (usize, &usize)| {
        ids[row * steps..][..length].iter().map(|&id| id as usize).collect()
    };
    lengths.iter().enumerate().map(text).collect()
}

/// What a translator is given while it learns: the sentences, and their translations up to each token.
///
/// | | |
/// |---|---|
/// | `source` | `Click OK . <eos>` |
/// | `target` | `<bos> Cliquez sur OK .` |
/// | labels | `Cliquez sur OK . <eos>` |
///
/// Behind every token of `target` stands, as its label, the one that comes next. That the right beginning is given, not what
/// the model has said so far, is called teacher forcing.
#[derive(Clone)]
pub struct PairBatch {
    /// The sentences, an end token behind each.
    pub source: TokenBatch<'S'>,
    /// Their translations, a start token before each.
    pub target: TokenBatch<'T'>,
}

/// Sentences and their translations as numbers below `V`: data for [`Trainer::fit_with`](crate::Trainer::fit_with).
///
/// A batch is a [`PairBatch`] and, as labels, the token that follows at each place of each translation, row by row; where a
/// translation is shorter than others, the padding's number: `CrossEntropy::new().ignore_index(0)` leaves those places out.
/// Translations of the same length come into the same batch, so that little is filled up.
///
/// ```
/// use ferrolab::data::text::{SubWords, TokenPairs};
/// let pairs = [("Click OK.", "Cliquez sur OK."), ("Cancel", "Annuler")];
/// let subwords = SubWords::train(pairs.iter().flat_map(|pair| [pair.0, pair.1]), 30);
/// let data = TokenPairs::<30>::new(pairs, &subwords)?;
/// let (batch, labels) = data.batch(&[1]);
/// assert_eq!(batch.source.ids.to_vec().last(), Some(&3)); // <eos>
/// assert_eq!(batch.target.ids.to_vec()[0], 2); // <bos>
/// assert_eq!(subwords.decode(labels.as_slice()), "Annuler");
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[derive(Clone)]
pub struct TokenPairs<const V: usize> {
    pairs: Encoded,
}

#[derive(Clone)]
struct Encoded {
    /// With the end token.
    sources: Vec<Vec<usize>>,
    /// With the start token and the end token.
    targets: Vec<Vec<usize>>,
    padding: usize,
}

impl<const V: usize> TokenPairs<V> {
    /// From sentences and their translations: `datasets::english_french()?.train.iter()`.
    ///
    /// # Errors
    /// [`DatasetError::Tokens`] if the tokenizer has more than `V` tokens.
    pub fn new<S: AsRef<str>, T: AsRef<str>>(
        pairs: impl IntoIterator<Item = (S, T)>,
        subwords: &SubWords,
    ) -> Result<Self, DatasetError> {
        let pairs = pairs.into_iter().map(|(s, t)| (s.as_ref().to_owned(), t.as_ref().to_owned())).collect();
        Ok(TokenPairs { pairs: encoded(pairs, subwords, V)? })
    }

    /// Without the pairs of which one side has more than so many tokens, `<bos>` and `<eos>` not counted.
    #[must_use]
    pub fn up_to_tokens(&self, tokens: usize) -> Self {
        TokenPairs { pairs: self.pairs.up_to_tokens(tokens) }
    }

    /// The pairs at these positions, and their labels.
    ///
    /// ***Panics*** if there is no such pair.
    #[track_caller]
    pub fn batch(&self, positions: &[usize]) -> (PairBatch, Labels<usize, V>) {
        let (batch, labels) = self.pairs.batch(positions);
        (batch, Labels::new(labels))
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.sources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tokens of each sentence, `<eos>` not among them.
    pub fn source_lengths(&self) -> Vec<usize> {
        self.pairs.sources.iter().map(|source| source.len() - 1).collect()
    }

    /// The tokens of each translation, `<bos>` and `<eos>` not among them.
    pub fn target_lengths(&self) -> Vec<usize> {
        self.pairs.targets.iter().map(|target| target.len() - 2).collect()
    }
}

fn encoded(pairs: Vec<(String, String)>, subwords: &SubWords, size: usize) -> Result<Encoded, DatasetError> {
    if subwords.len() > size {
        return Err(DatasetError::Tokens { expected: size, found: subwords.len() });
    }
    let (start, end) = (subwords.start(), subwords.end());
    let (mut sources, mut targets) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
    let mut bar = SlowBar::new(pairs.len(), "encoding sentences");
    for (source, target) in pairs {
        sources.push([subwords.encode(&source), vec![end]].concat());
        targets.push([vec![start], subwords.encode(&target), vec![end]].concat());
        bar.inc(1);
    }
    Ok(Encoded { sources, targets, padding: subwords.padding() })
}

impl Encoded {
    fn up_to_tokens(&self, tokens: usize) -> Encoded {
        let short = |(source, target): &(&Vec<usize>, &Vec<usize>)| {
            source.len() <= tokens + 1 && target.len() <= tokens + 2
        };
        let both = self.sources.iter().zip(&self.targets).filter(short);
        let (sources, targets) = both.map(|(source, target)| (source.clone(), target.clone())).unzip();
        Encoded { sources, targets, padding: self.padding }
    }

    fn batch(&self, positions: &[usize]) -> (PairBatch, Vec<usize>) {
        let of = |texts: &[Vec<usize>], cut: &dyn Fn(&[usize]) -> Vec<usize>| -> Vec<Vec<usize>> {
            positions.iter().map(|&position| cut(&texts[position])).collect()
        };
        let source = TokenBatch::new(&of(&self.sources, &|text| text.to_vec()), self.padding);
        let target =
            TokenBatch::new(&of(&self.targets, &|text| text[..text.len() - 1].to_vec()), self.padding);
        let steps = target.steps();
        let labels =
            positions.iter().flat_map(|&position| padded(&self.targets[position][1..], steps, self.padding));
        let labels = labels.collect();
        (PairBatch { source, target }, labels)
    }

    /// Batches of translations that are equally long, and sentences that nearly are; the batches in a random order. An
    /// incomplete one stays the last.
    fn arrange(&self, order: Vec<usize>, batch_size: usize) -> Vec<usize> {
        alike(order, batch_size, |position| (self.targets[position].len(), self.sources[position].len()))
    }
}

impl<const V: usize> Source for TokenPairs<V> {
    type Input = PairBatch;
    type Target = Labels<usize, V>;

    fn len(&self) -> usize {
        self.len()
    }

    fn batch(&self, positions: &[usize]) -> (PairBatch, Labels<usize, V>) {
        self.batch(positions)
    }

    fn arrange(&self, order: Vec<usize>, batch_size: usize) -> Vec<usize> {
        self.pairs.arrange(order, batch_size)
    }

    fn is_lazy(&self) -> bool {
        false
    }
}

/// `TokenPairs(16284 pairs, 3000 tokens)`
impl<const V: usize> fmt::Debug for TokenPairs<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenPairs({} pairs, {V} tokens)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Loader;

    fn data() -> TokenPairs<40> {
        // a: 1 token, ab: 2 …; nothing occurs twice, so nothing is joined.
        let texts: Vec<String> = (1..=5).map(|len| "abcde"[..len].to_owned()).collect();
        let subwords = SubWords::train(["a", "b", "c", "d", "e"], 40);
        let pairs = (0..23).map(|i| (texts[i % 5].clone(), texts[i * 7 % 5].clone()));
        TokenPairs::new(pairs, &subwords).unwrap()
    }

    #[test]
    fn the_labels_are_what_comes_next() {
        let data = data();
        let (batch, labels) = data.batch(&[1, 0]);
        // ▁ is a token, and comes first.
        assert_eq!(data.source_lengths()[..2], [2, 3]);
        assert_eq!(data.target_lengths()[..2], [2, 4]);
        assert_eq!(batch.source.ids.shape(), [2, 4]);
        assert_eq!(batch.target.ids.shape(), [2, 5]);
        assert_eq!((&batch.source.lengths[..], &batch.target.lengths[..]), (&[4, 3][..], &[5, 3][..]));
        let target: Vec<usize> = batch.target.ids.to_vec().iter().map(|&id| id as usize).collect();
        for (target, labels) in target.chunks(5).zip(labels.as_slice().chunks(5)) {
            let filled = target.iter().rposition(|&id| id != 0).unwrap();
            assert_eq!(target[0], 2);
            assert_eq!(target[1..=filled], labels[..filled]);
            assert_eq!(labels[filled], 3);
            assert!(labels[filled + 1..].iter().all(|&label| label == 0));
        }
    }

    #[test]
    fn batches_hold_what_is_equally_long_and_every_pair_once() {
        let data = data();
        let loader = Loader::new(&data, 4).shuffle(3);
        let mut seen = Vec::new();
        for epoch in 0..2 {
            let batches: Vec<usize> = loader.epoch(epoch).map(|(batch, _)| batch.target.steps()).collect();
            assert_eq!(batches.len(), 6);
            seen.push(batches);
        }
        assert_ne!(seen[0], seen[1]);
        let order = data.arrange((0..23).rev().collect(), 4);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..23).collect::<Vec<_>>());
        let lengths = data.target_lengths();
        let spread = |batch: &[usize]| {
            let of = || batch.iter().map(|&position| lengths[position]);
            of().max().unwrap() - of().min().unwrap()
        };
        assert!(order.chunks(4).all(|batch| spread(batch) <= 1), "{order:?}");
    }

    #[test]
    fn long_pairs_can_be_left_out() {
        let short = data().up_to_tokens(3);
        assert!(!short.is_empty());
        assert!(short.source_lengths().into_iter().chain(short.target_lengths()).all(|len| len <= 3));
    }

    #[test]
    fn there_must_be_a_number_for_every_token() {
        let subwords = SubWords::train(["abc"], 100);
        let error = TokenPairs::<5>::new([("a", "b")], &subwords).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the data set is for 5 tokens, the tokenizer has 8: change its argument"
        );
    }

    #[test]
    fn texts_of_a_batch_can_be_chosen() {
        let batch = TokenBatch::<'S'>::new(&[vec![1, 2], vec![3]], 0).select(&[1, 0, 1]);
        assert_eq!(batch.ids.to_vec(), [3, 0, 1, 2, 3, 0]);
        assert_eq!(batch.lengths, [1, 2, 1]);
    }
}
