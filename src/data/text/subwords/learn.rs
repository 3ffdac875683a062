//! Byte-pair encoding's training: joining the most frequent pair of neighbours, again and again.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::Pair;
use crate::data::slow::SlowBar;

/// A word of the texts, as the tokens it consists of by now.
struct Word {
    symbols: Vec<u32>,
    /// How often it occurs.
    count: i64,
}

/// The tokens that are given, the characters of the words in the order of Unicode, and what is joined until there are `size`
/// of them or no pair occurs twice. Of pairs that are equally frequent, the one of lower numbers is joined first, as Hugging
/// Face's trainer does it.
pub(super) fn learn(
    mut tokens: Vec<String>,
    counts: &HashMap<String, i64>,
    size: usize,
) -> (Vec<String>, Vec<(Pair, u32)>) {
    let characters: HashSet<char> = counts.keys().flat_map(|word| word.chars()).collect();
    let mut characters: Vec<char> = characters.into_iter().collect();
    characters.sort_unstable();
    let first = tokens.len() as u32;
    let of_character: HashMap<char, u32> = characters.iter().copied().zip(first..).collect();
    tokens.extend(characters.iter().map(char::to_string));
    let mut numbers: HashMap<String, u32> = tokens.iter().cloned().zip(0..).collect();

    let words = counts
        .iter()
        .map(|(word, &count)| Word { symbols: word.chars().map(|c| of_character[&c]).collect(), count });
    let mut pairs = Pairs::of(words.collect());
    let (mut merges, mut bar) = (Vec::new(), SlowBar::new(size, "learning sub-words"));
    while tokens.len() < size
        && let Some(pair) = pairs.most_frequent()
    {
        let joined = format!("{}{}", tokens[pair.0 as usize], tokens[pair.1 as usize]);
        // Another pair may have given the same token before.
        let new = *numbers.entry(joined).or_insert_with_key(|joined| {
            tokens.push(joined.clone());
            tokens.len() as u32 - 1
        });
        merges.push((pair, new));
        pairs.join(pair, new);
        bar.inc(1);
    }
    (tokens, merges)
}

/// How often each pair of neighbours occurs, kept up to date while pairs are joined.
struct Pairs {
    words: Vec<Word>,
    counts: HashMap<Pair, i64>,
    /// The words that a pair occurs in, or did.
    places: HashMap<Pair, HashSet<usize>>,
    /// Counts may be out of date: they only fall without being put here anew.
    queue: BinaryHeap<(i64, Reverse<Pair>)>,
}

impl Pairs {
    fn of(words: Vec<Word>) -> Self {
        let (mut counts, mut places) = (HashMap::new(), HashMap::<Pair, HashSet<usize>>::new());
        for (place, word) in words.iter().enumerate() {
            for pair in neighbours(&word.symbols) {
                *counts.entry(pair).or_insert(0) += word.count;
                places.entry(pair).or_default().insert(place);
            }
        }
        let queue = counts.iter().map(|(&pair, &count)| (count, Reverse(pair))).collect();
        Pairs { words, counts, places, queue }
    }

    /// The pair to be joined next: none if all occur once only.
    fn most_frequent(&mut self) -> Option<Pair> {
        while let Some((count, Reverse(pair))) = self.queue.pop() {
            let now = self.counts.get(&pair).copied().unwrap_or(0);
            if now == count && count > 1 {
                return Some(pair);
            }
            if now != count && now > 1 {
                self.queue.push((now, Reverse(pair)));
            }
        }
        None
    }

    /// Replaces a pair by a new token in all words.
    fn join(&mut self, pair: Pair, new: u32) {
        let mut risen = HashSet::new();
        for place in self.places.remove(&pair).unwrap_or_default() {
            let word = &mut self.words[place];
            let joined = joined(&word.symbols, pair, new);
            for old in neighbours(&word.symbols) {
                *self.counts.entry(old).or_insert(0) -= word.count;
            }
            for found in neighbours(&joined) {
                *self.counts.entry(found).or_insert(0) += word.count;
                if found.0 == new || found.1 == new {
                    self.places.entry(found).or_default().insert(place);
                    risen.insert(found);
                }
            }
            word.symbols = joined;
        }
        self.counts.remove(&pair);
        self.queue.extend(risen.into_iter().map(|pair| (self.counts[&pair], Reverse(pair))));
    }
}

fn neighbours(symbols: &[u32]) -> impl Iterator<Item = Pair> {
    symbols.windows(2).map(|pair| (pair[0], pair[1]))
}

/// A word in which a pair is one token, from left to right.
fn joined(symbols: &[u32], pair: Pair, new: u32) -> Vec<u32> {
    let (mut joined, mut i) = (Vec::with_capacity(symbols.len()), 0);
    while i < symbols.len() {
        let here = symbols[i] == pair.0 && symbols.get(i + 1) == Some(&pair.1);
        joined.push(if here { new } else { symbols[i] });
        i += if here { 2 } else { 1 };
    }
    joined
}
